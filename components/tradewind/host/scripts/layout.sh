#!/bin/sh
# Installs delivered files. Usage, as root: layout FOLDER
# FOLDER holds SHA256SUMS, DIRECTORIES and FILES (each line: mode, user id, group id, path) and the files under root/.
# Can be run again, also after it was killed half-way. Prints the paths of what changed, never content.
# ROOT=FOLDER puts a folder before every path of the host, for tests.
set -eu
umask 022
root=${ROOT:-}
state=$root/opt/bootstrap
pending=$state/pending
units=$root/etc/systemd/system

fail() { echo "layout: $*" >&2; exit 1; }

[ $# -eq 1 ] || fail "usage: layout FOLDER"
cd "$1"
for list in SHA256SUMS DIRECTORIES FILES; do [ -f "$list" ] || fail "the delivery has no $list"; done
sha256sum --check --strict --quiet SHA256SUMS >&2 || fail "the delivery is damaged; nothing was installed"

selinux=no
# Flatcar's SELinux is permissive, and its policy knows other types.
if ! grep -qx ID=flatcar "$root/usr/lib/os-release" 2> /dev/null \
  && command -v selinuxenabled > /dev/null && selinuxenabled; then selinux=yes; fi

# Several containers read or replace these: they need a shared type, and level s0, which is no categories. Each container
# has a random pair of categories, and what is labelled with one pair is closed to every other.
shared="/etc/kubernetes /var/log/kubernetes /etc/cni/net.d /opt/cni/bin"

set_label() { chcon -u system_u -t container_file_t -l s0 "$@"; }

# Before a file gets its name, so that no container ever meets it with another label.
label() { # PATH-ON-HOST TARGET
  [ "$selinux" = yes ] || return 0
  for place in $shared; do
    case $1 in "$place" | "$place"/*) set_label "$2" ;; esac
  done
}

# What is there already: written by an earlier version, by a container with a pair of its own, or by hand.
label_all() {
  [ "$selinux" = yes ] || return 0
  for place in $shared; do
    # The second time for a file that went away during the first.
    [ ! -e "$root$place" ] || set_label -R "$root$place" 2> /dev/null || set_label -R "$root$place"
  done
}

own() { # MODE UID GID TARGET
  [ "$(stat -c '%a %u %g' "$4")" != "$1 $2 $3" ] || return 0
  chown "$2:$3" "$4"
  chmod "$1" "$4"
}

paths() { sed 's/^[^ ]* [^ ]* [^ ]* //' FILES; }

# A unit is noted before its file changes, so that a run that is killed in between does not lose the restart.
note() { grep -qxF "$1" "$pending" || echo "$1" >> "$pending"; }

# A unit that does not run finds its files when it starts.
note_running() { case $(systemctl is-active "$1") in inactive | failed) ;; *) note "$1" ;; esac; }

note_units() { # PATH-ON-HOST
  case $1 in
    /etc/systemd/system/*)
      note daemon-reload
      # Also one that does not run: what starts it may be faster than the reload.
      unit=${1#/etc/systemd/system/}
      case $unit in
        containerd.service* | docker.service* | etcd-member.service* | kubelet.service*) note "${unit%%.service*}.service" ;;
      esac ;;
    /var/lib/kubelet/config.yaml)
      # What the kubelet remembers of CPUs and memory fits one configuration only, and it ends where they differ.
      rm -f "$root/var/lib/kubelet/cpu_manager_state" "$root/var/lib/kubelet/memory_manager_state"
      note_running kubelet.service ;;
    /etc/kubernetes/pki/ca.crt)
      # The kubelet has a copy of the authority in here, and makes it again with the certificate that it has.
      rm -f "$root/var/lib/kubelet/kubeconfig"
      note_running kubelet.service ;;
    # The kubelet asks at its start for how long a shutdown can be delayed.
    /etc/systemd/logind.conf.d/*) note_running systemd-logind.service; note_running kubelet.service ;;
    /etc/ssl/etcd/* | /etc/etcd/*) note_running etcd-member.service ;;
    # Read at every pull.
    /etc/containerd/certs.d/*) ;;
    /etc/containerd/*) note_running containerd.service ;;
    /etc/zincati/*) note_running zincati.service ;;
    # locksmithd ends where it has nothing to do.
    /etc/flatcar/update.conf) note_running update-engine.service; note locksmithd.service ;;
    # What may change in it, docker reads again without a restart.
    /etc/docker/daemon.json) if [ -e "$root$1" ]; then note docker-reload; else note docker.service; fi ;;
    /etc/haproxy/*) note_running haproxy.service ;;
    # Read at start only: a kubelet without a certificate would go on with a token that is no more.
    /etc/kubernetes/kubeconfig)
      [ -e "$root/var/lib/kubelet/pki/kubelet-client-current.pem" ] || note_running kubelet.service ;;
    # Containers in the host's network have a copy of this file.
    /etc/hosts) note_running kubelet.service; note_running etcd-member.service ;;
  esac
}

install_directory() { # MODE UID GID PATH
  [ -d "$root$4" ] || mkdir -p "$root$4"
  own "$1" "$2" "$3" "$root$4"
  label "$4" "$root$4"
}

install_file() { # MODE UID GID PATH
  source=root$4
  target=$root$4
  folder=${target%/*}
  temporary=$folder/.delivery
  [ -d "$folder" ] || mkdir -p "$folder"
  [ ! -e "$temporary" ] || rm -f "$temporary"
  case $4 in
    /etc/kubernetes/manifests/*)
      sed "s/@FILES_DIGEST@/$(digest_of_pod "$source")/g" "$source" > stamped
      source=stamped ;;
  esac
  if [ -f "$target" ] && [ ! -L "$target" ] && [ "$(sha256sum < "$source")" = "$(sha256sum < "$target")" ]; then
    own "$1" "$2" "$3" "$target"
    return 0
  fi
  note_units "$4"
  (umask 077; cat "$source" > "$temporary")
  own "$1" "$2" "$3" "$temporary"
  label "$4" "$temporary"
  mv -fT "$temporary" "$target"
  echo "changed $4"
}

# A digest of a static pod and what it reads: a renewed certificate or a changed setting becomes a changed manifest, and
# a running pod tells which manifest it was made of.
digest_of_pod() { # MANIFEST
  sed -n -e '\|  root/etc/kubernetes/controller-manager\.conf$|p' -e '\|  root/etc/kubernetes/scheduler\.conf$|p' \
    -e '\|  root/etc/kubernetes/scheduler\.yaml$|p' -e '\|  root/etc/kubernetes/pki/|p' \
    -e '\|  root/etc/kubernetes/config/|p' -e "\\|  $1\$|p" SHA256SUMS \
    | sha256sum | cut -d' ' -f1
}

mkdir -p "$state"
[ -e "$state/delivered" ] || : > "$state/delivered"
[ -e "$pending" ] || : > "$pending"

wanted=' '
while read -r mode uid gid path; do wanted="$wanted$path "; done < FILES

# Until the end the list holds the earlier files and these, so that a killed run forgets none.
paths | sort -u - "$state/delivered" > "$state/delivered.new"
mv -fT "$state/delivered.new" "$state/delivered"

label_all
while read -r mode uid gid path; do install_directory "$mode" "$uid" "$gid" "$path"; done < DIRECTORIES
while read -r mode uid gid path; do install_file "$mode" "$uid" "$gid" "$path"; done < FILES

while read -r path; do
  case $wanted in *" $path "*) continue ;; esac
  case $path in /*) ;; *) fail "$state/delivered is damaged" ;; esac
  [ -e "$root$path" ] || continue
  note_units "$path"
  rm -f "$root$path"
  echo "removed $path"
done < "$state/delivered"

paths > "$state/delivered.new"
mv -fT "$state/delivered.new" "$state/delivered"

if grep -qxF daemon-reload "$pending"; then systemctl daemon-reload; fi
if grep -qxF systemd-logind.service "$pending"; then systemctl kill --signal=HUP systemd-logind.service; fi
if grep -qxF docker-reload "$pending"; then systemctl try-reload-or-restart docker.service; fi
for unit in containerd.service docker.service etcd-member.service kubelet.service haproxy.service zincati.service \
  update-engine.service; do
  if grep -qxF "$unit" "$pending"; then systemctl try-restart "$unit"; echo "restarted $unit, if it was running"; fi
done
if grep -qxF locksmithd.service "$pending"; then systemctl --no-block restart locksmithd.service; fi
rm -f "$pending"

# What waited for its files at boot. Not awaited: a machine that is still booting starts them in its own order.
[ ! -e "$units/etcd-member.service" ] || systemctl start --no-block etcd-member.service
if [ -e "$units/kubelet.service" ] && [ -e "$root/etc/kubernetes/kubeconfig" ]; then
  systemctl start --no-block kubelet.service
fi

# After this, a power cut loses nothing; before it, the delivery has not succeeded and is repeated.
sync --file-system "$root/etc" "$root/var/lib" "$state"
