#!/bin/sh
# Keeps one machine's failure from becoming that of all. Usage, as root: gate before|after FOLDER
# before: refuses other etcd members than those that run; notes whether this controller or the cluster is healthy, and
# whether this node is Ready.
# after: where they were, waits until this controller is, and runs what it got, and until this node is Ready; fails when
# that takes GATE_TIMEOUT seconds.
# Where nothing was healthy, there is nothing to keep: a first boot or a repair goes on.
# FOLDER is the delivery. ROOT=FOLDER puts a folder before every path of the host, for tests.
set -u
root=${ROOT:-}
limit=${GATE_TIMEOUT:-300}
installed=$root/etc/etcd/etcd.conf
manifest=$root/etc/kubernetes/manifests/kube-apiserver.yaml
cd "$2" || exit 1
# Certificates and members of the delivery: a new machine has no others.
pki=root/etc/ssl/etcd/etcd
settings=root/etc/etcd/etcd.conf

#include members.sh


members() { sed -n 's/^ETCD_INITIAL_CLUSTER=//p' "$1" | tr ',' '\n' | sort | tr '\n' ' '; }

now() { cut -d. -f1 /proc/uptime; }

# Without its majority etcd answers after 7 s, and says why in the body.
etcd_is_healthy() {
  curl --silent --show-error --fail-with-body --max-time 10 "$(sed -n 's/^ETCD_LISTEN_METRICS_URLS=//p' "$installed")/health"
}

api_server_is_ready() {
  curl --silent --show-error --fail --max-time 5 --cacert "$root/etc/kubernetes/pki/ca.crt" https://127.0.0.1:6443/readyz
}

cluster_is_healthy() {
  for member in $(others); do ! ask "$member/health" || return 0; done
  return 1
}

# The old pod answers for a moment after its manifest has changed.
api_server_is_the_installed_one() {
  digest=$(sed -n "s|^ *tradewind/files-digest: *'\{0,1\}\([0-9a-f]*\).*|\1|p" "$manifest")
  for process in $(grep -lsx kube-apiserver "$root"/proc/[0-9]*/comm); do
    tr '\0' '\n' < "${process%comm}environ" | grep -qxF "FILES_DIGEST=$digest" && return 0
  done
  echo "it does not run from the installed manifest yet"
  return 1
}

# What the API server knows of this node, asked for with the node's own certificate. A kubelet tells it within seconds of
# its start; what an earlier one told stays for a while after that one is gone.
node_is_ready() {
  kubelet=$root/var/lib/kubelet
  certificate=$kubelet/pki/kubelet-client-current.pem
  [ -s "$certificate" ] || { echo "it has not joined yet"; return 1; }
  server=$(sed -n 's/^ *server: //p' "$kubelet/kubeconfig")
  node=$(tr '[:upper:]' '[:lower:]' < "$root/proc/sys/kernel/hostname")
  answer=$(curl --silent --show-error --fail --max-time 10 --cacert "$root/etc/kubernetes/pki/ca.crt" \
    --cert "$certificate" --key "$certificate" "$server/api/v1/nodes/$node" 2>&1) || { echo "$answer"; return 1; }
  ready=$(echo "$answer" | tr -d ' \n\t' | grep -o '{"type":"Ready",[^}]*}') || ready="there is no such condition"
  started=$(systemctl show --property=ActiveEnterTimestamp --value --timestamp=unix kubelet.service)
  told=$(date -d "$(echo "$ready" | sed -n 's/.*"lastHeartbeatTime":"\([^"]*\)".*/\1/p')" +%s)
  case $ready in
    *'"status":"True"'*) [ "$told" -lt "${started#@}" ] || return 0; echo "told by the kubelet that was there before" ;;
  esac
  echo "$ready"
  return 1
}

# Which members of etcd answer, one without its majority too, and the end of this one's log, which holds no secrets.
etcd_says() {
  for member in $(others); do
    echo "  etcd at $member: $(ask "$member/health?serializable=true" 2>&1 | head -c 300)"
  done
  journalctl --unit=etcd-member.service --lines=15 --no-pager --output=cat 2> /dev/null | cut -c-300 | sed 's/^/  etcd-member: /'
}

await() { # CHECK, which leaves in `reason` why not; WHAT IS NOT; WHERE TO LOOK
  end=$(($(now) + limit))
  until "$1"; do
    if [ "$(now)" -ge "$end" ]; then
      echo "$2 within ${limit}s of its delivery; the next one was not touched" >&2
      echo "$reason" >&2
      [ "$1" != controller_is_healthy ] || etcd_says >&2
      echo "see: $3" >&2
      exit 1
    fi
    sleep 1
  done
}

controller_is_healthy() {
  api="not asked, as it needs etcd"
  etcd=$(etcd_is_healthy 2>&1) && api=$(api_server_is_the_installed_one 2>&1 && api_server_is_ready 2>&1) && return 0
  reason="  etcd: $etcd
  API server: $api"
  return 1
}

kubelet_is_back() { reason=$(node_is_ready 2>&1); }

case $1 in
  before)
    if node_is_ready > /dev/null 2>&1; then : > ready; fi
    [ -f "$settings" ] || exit 0
    if [ -e "$root/var/lib/etcd/member" ] && [ "$(members "$settings")" != "$(members "$installed")" ]; then
      echo "the members of an etcd that runs can't be changed; nothing was installed" >&2
      echo "  they are:    $(members "$installed")" >&2
      echo "  they should: $(members "$settings")" >&2
      echo "set the controllers back to what they were, or make a new cluster" >&2
      exit 1
    fi
    if { etcd_is_healthy && api_server_is_ready || cluster_is_healthy; } > /dev/null 2>&1; then : > healthy; fi ;;
  after)
    if [ -e healthy ]; then
      await controller_is_healthy "this controller is not healthy" "journalctl -u etcd-member -u kubelet, /var/log/pods"
    fi
    if [ -e ready ]; then await kubelet_is_back "this node is not Ready" "journalctl -u kubelet"; fi
    if [ -e healthy ] || [ -e ready ]; then echo "healthy"; fi ;;
esac
