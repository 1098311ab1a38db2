#!/bin/sh
# Says what keeps a controller's etcd and API server from being ready; what is well is not mentioned. Changes nothing.
# After a service it says nothing where that succeeded (systemd sets SERVICE_RESULT).
# ROOT=FOLDER puts a folder before every path of the host, for tests.
set -u
[ "${SERVICE_RESULT:-}" != success ] || exit 0
root=${ROOT:-}
pki=$root/etc/ssl/etcd/etcd
settings=$root/etc/etcd/etcd.conf

#include members.sh

say() { echo "diagnose: $*"; }

last_lines() { sed 's/^/    /' | tail -n 5; }

# A unit that does not run, and the files that it waits for.
unit() { # UNIT FILE...
  unit=$1; shift
  for file; do [ -e "$root$file" ] || say "$unit waits for $file, which a delivery brings"; done
  state=$(systemctl is-active "$unit")
  [ "$state" != active ] || return 0
  say "$unit is $state; its last lines:"
  journalctl --unit="$unit" --lines=5 --no-pager --output=cat 2>&1 | last_lines
}

etcd() {
  health=$(curl --silent --show-error --max-time 10 "$(setting ETCD_LISTEN_METRICS_URLS)/health" 2>&1)
  case $health in *'"health":"true"'*) return 0 ;; esac
  say "etcd is not healthy: $health"
  answering=0 members=1 silent=
  for member in $(others); do
    members=$((members + 1))
    # One without a leader answers that it is not healthy: it runs.
    if answer=$(ask "$member/version" 2>&1); then answering=$((answering + 1)); else silent="$silent
    $member: $answer"; fi
  done
  case $health in *'"health"'*) answering=$((answering + 1)) ;; esac
  if [ "$answering" -le $((members / 2)) ]; then
    say "etcd has no majority: $answering of $members members run, $((members / 2 + 1)) are needed$silent"
  fi
}

api_server() {
  ready=$(curl --silent --show-error --max-time 5 --cacert "$root/etc/kubernetes/pki/ca.crt" \
    "https://127.0.0.1:6443/readyz?verbose" 2>&1)
  case $ready in *"readyz check passed"*) return 0 ;; esac
  say "the API server is not ready:"
  echo "$ready" | grep -v '^\[+\]' | last_lines
  # The newest of all pods; their names have no spaces.
  log=$(ls -t "$root"/var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log 2> /dev/null | head -n 1)
  if [ -z "$log" ]; then
    say "its container has not been started; the kubelet's last lines:"
    journalctl --unit=kubelet.service --lines=5 --no-pager --output=cat 2>&1 | last_lines
    return 0
  fi
  # The kubelet numbers the logs of a container by its starts.
  starts=${log##*/}
  say "its container was started again ${starts%.log} times; the last lines of $log:"
  last_lines < "$log"
}

unit containerd.service
unit etcd-member.service /etc/ssl/etcd/etcd/server.crt /etc/ssl/etcd/etcd/peer.crt /etc/etcd/etcd.conf
unit kubelet.service /etc/kubernetes/kubeconfig /etc/kubernetes/manifests/kube-apiserver.yaml
etcd
api_server
exit 0
