#!/bin/sh
# Fetches the images that units will run after a delivery, before anything of it is installed: where one can't be had,
# what runs goes on. Usage, as root: pull FOLDER
# FOLDER is the delivery. PULL_TIMEOUT: seconds for each image.
# ROOT=FOLDER puts a folder before every path of the host, for tests.
set -eu
export LC_ALL=C
root=${ROOT:-}
limit=${PULL_TIMEOUT:-300}
units=/etc/systemd/system
cd "$1"

now() { [ ! -f "$root$1" ] || cat "$root$1"; } # PATH-ON-HOST

# The delivery's file in the place of the host's; not one that came with an earlier delivery and is in this no more.
later() { # PATH-ON-HOST
  if [ -f "root$1" ]; then
    cat "root$1"
  elif ! grep -sqxF "$1" "$root/opt/bootstrap/delivered"; then
    now "$1"
  fi
}

# Drop-ins of a unit, one's own and those of all services, in the order in which systemd reads them: by name.
drop_ins() { # UNIT
  for folder in /run/systemd/system $units; do
    for path in "$root$folder"/service.d/*.conf "$root$folder/$1.d"/*.conf "root$folder/$1.d"/*.conf; do
      [ ! -f "$path" ] || echo "${path##*/} $folder/$(basename "${path%/*}")/${path##*/}"
    done
  done | sort -s -k 1,1 | cut -d' ' -f2
}

image() { # now|later UNIT VARIABLE: what the last drop-in that names an image says
  for path in $(drop_ins "$2"); do "$1" "$path"; done \
    | sed -n 's/^Environment=//p' | tr -d "\"'" | tr ' ' '\n' | sed -n "s/^$3=//p" | tail -n 1
}

fetch() { # UNIT VARIABLE
  [ -f "$root$units/$1" ] || return 0
  wanted=$(image later "$1" "$2")
  [ -n "$wanted" ] || return 0
  # A unit that runs what it should has its image.
  if [ "$wanted" = "$(image now "$1" "$2")" ] && systemctl is-active "$1" > /dev/null; then return 0; fi
  runtime=podman
  if grep -q '^Exec.*/docker ' "$root$units/$1"; then runtime=docker; fi
  if "$runtime" image inspect "$wanted" > /dev/null 2>&1; then return 0; fi
  echo "pulling $wanted"
  if ! said=$(timeout "$limit" "$runtime" pull --quiet "$wanted" 2>&1); then
    echo "the image of $1 can't be had within ${limit}s: $wanted" >&2
    echo "$said" | tail -n 5 >&2
    echo "nothing was installed, and what runs here goes on; choose another image, or try again" >&2
    exit 1
  fi
}

fetch kubelet.service KUBELET_IMAGE
fetch etcd-member.service ETCD_IMAGE
