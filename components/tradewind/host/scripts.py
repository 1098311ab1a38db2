"""The shell scripts of a host, as constants: nothing is ever put into them, they read arguments and files.

Pure. POSIX sh with coreutils, grep, sed and tar: Fedora CoreOS has no Python. `apply` runs in the kubelet image, on
busybox.
"""

LAYOUT = r"""#!/bin/sh
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
if command -v selinuxenabled > /dev/null && selinuxenabled; then selinux=yes; fi

# Static pods and the kubelet's container share these folders: a shared type, and no categories (level s0).
label() { # PATH-ON-HOST TARGET
  [ "$selinux" = yes ] || return 0
  case $1 in
    /etc/kubernetes/pki | /etc/kubernetes/pki/* | /etc/kubernetes/config | /etc/kubernetes/config/* \
      | /var/log/kubernetes)
      chcon -u system_u -t container_file_t -l s0 "$2" ;;
  esac
}

own() { # MODE UID GID TARGET
  [ "$(stat -c '%a %u %g' "$4")" != "$1 $2 $3" ] || return 0
  chown "$2:$3" "$4"
  chmod "$1" "$4"
}

paths() { sed 's/^[^ ]* [^ ]* [^ ]* //' FILES; }

# A unit is noted before its file changes, so that a run that is killed in between does not lose the restart.
note() { grep -qxF "$1" "$pending" || echo "$1" >> "$pending"; }

note_units() { # PATH-ON-HOST
  case $1 in /etc/systemd/system/*) note daemon-reload ;; esac
  case $1 in
    /etc/kubernetes/kubelet.yaml | /etc/kubernetes/ca.crt | /etc/systemd/system/kubelet.service*)
      note kubelet.service ;;
    /etc/ssl/etcd/* | /etc/etcd/* | /etc/systemd/system/etcd-member.service*) note etcd-member.service ;;
    /etc/containerd/* | /etc/systemd/system/containerd.service*) note containerd.service ;;
    # Containers in the host's network have a copy of this file.
    /etc/hosts) note kubelet.service; if [ -e "$units/etcd-member.service" ]; then note etcd-member.service; fi ;;
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
      sed "s/@FILES_DIGEST@/$files_digest/g" "$source" > stamped
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

# One digest of what the static pods read: a renewed certificate or a changed setting becomes a changed manifest.
files_digest=$(sed -n -e '\|  root/etc/kubernetes/pki/admin\.conf$|d' \
  -e '\|  root/etc/kubernetes/pki/|p' -e '\|  root/etc/kubernetes/config/|p' SHA256SUMS | sha256sum)
files_digest=${files_digest%% *}

mkdir -p "$state"
[ -e "$state/delivered" ] || : > "$state/delivered"
[ -e "$pending" ] || : > "$pending"

wanted=' '
while read -r mode uid gid path; do wanted="$wanted$path "; done < FILES

# Until the end the list holds the earlier files and these, so that a killed run forgets none.
paths | sort -u - "$state/delivered" > "$state/delivered.new"
mv -fT "$state/delivered.new" "$state/delivered"

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
for unit in containerd.service etcd-member.service kubelet.service; do
  if grep -qxF "$unit" "$pending"; then systemctl try-restart "$unit"; echo "restarted $unit, if it was running"; fi
done
rm -f "$pending"

# What waited for its files at boot. Not awaited: a machine that is still booting starts them in its own order.
[ ! -e "$units/etcd-member.service" ] || systemctl start --no-block etcd-member.service
if [ -e "$units/kubelet.service" ] && [ -e "$root/etc/kubernetes/kubeconfig" ]; then
  systemctl start --no-block kubelet.service
fi

# After this, a power cut loses nothing; before it, the delivery has not succeeded and is repeated.
sync --file-system "$root/etc" "$state"
"""
"""`/opt/bootstrap/layout`: puts a delivery in place and restarts what it concerns."""

APPLY = r"""#!/bin/sh
# Applies /assets/manifests to the cluster, once its API server is ready. Can be run again.
# APPLY_TIMEOUT: seconds after which it gives up, for each of the two steps.
set -u
export KUBECONFIG=/etc/kubernetes/pki/admin.conf
limit=${APPLY_TIMEOUT:-420}

kubectl() { command kubectl --request-timeout=20s "$@"; }

now() { cut -d. -f1 /proc/uptime; }

retry() { # WHAT COMMAND...
  what=$1; shift
  end=$(($(now) + limit))
  until output=$("$@" 2>&1); do
    if [ "$(now)" -ge "$end" ]; then
      echo "apply: $what: not within ${limit}s; the last answer was:" >&2
      echo "$output" >&2
      exit 1
    fi
    echo "apply: waiting for $what"
    sleep 1
  done
}

retry "the API server to be ready (see: journalctl -u etcd-member -u kubelet, /var/log/pods)" \
  kubectl get --raw '/readyz?verbose'
retry "every manifest to be accepted" \
  kubectl apply --server-side --force-conflicts --field-manager=tradewind --recursive --filename /assets/manifests
echo "$output"
"""
"""`/opt/bootstrap/apply`: runs in the kubelet image as the entry point of bootstrap.service."""

WAIT_FOR_DNS = r"""#!/bin/sh
# Returns when the host knows a name server.
set -u
until grep -q '^nameserver' /etc/resolv.conf 2> /dev/null; do
  echo "waiting for a name server in /etc/resolv.conf"
  sleep 1
done
"""
"""`/opt/bootstrap/wait-for-dns`: gate of everything that resolves names at its start."""
