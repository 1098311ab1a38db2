#!/bin/sh
# Before etcd starts: lets a machine without etcd's data take the place of the member whose name it has.
# Writes /run/etcd-join.env, which etcd reads after its settings. Can be run again, also after it was killed half-way.
# ROOT=FOLDER puts a folder before every path of the host, for tests.
set -eu
root=${ROOT:-}
pki=$root/etc/ssl/etcd/etcd
settings=$root/etc/etcd/etcd.conf
result=$root/run/etcd-join.env
: > "$result"

# Data: a member that starts again.
for log in "$root"/var/lib/etcd/member/wal/*.wal; do [ ! -e "$log" ] || exit 0; done

#include members.sh


add() { ask "$1/v3/cluster/member/add" --data "{\"peerURLs\":[\"$peer\"]}" > /dev/null; }

remove() { # CLIENT-URL ENTRY
  id=$(echo "$2" | sed -n 's/.*"ID":"\([0-9]*\)".*/\1/p')
  ask "$1/v3/cluster/member/remove" --data "{\"ID\":\"$id\"}" > /dev/null
}

peer=$(setting ETCD_INITIAL_ADVERTISE_PEER_URLS)
for member in $(others); do
  list=$(ask "$member/v3/cluster/member/list" --data '{}' 2> /dev/null) || continue
  # Each entry is an object without others inside; this machine's has its URL.
  entry=$(echo "$list" | tr -d ' \n\t' | tr '{' '\n' | grep -F "\"peerURLs\":[\"$peer\"]") || entry=
  case $entry in
    '')
      echo "etcd-join: adding $peer to the members"
      add "$member" ;;
    *'"clientURLs":["'*)
      echo "etcd-join: the data of the member $peer is gone: replacing the member"
      remove "$member" "$entry"
      add "$member" ;;
    # A member from the beginning that has never run: the cluster is being made, and this is its first start.
    *'"name":"'[!\"]*) exit 0 ;;
    # Added before, and not started since.
  esac
  echo "ETCD_INITIAL_CLUSTER_STATE=existing" > "$result"
  exit 0
done
# No other member answers: the cluster is being made. Where it is not, etcd itself refuses once it meets a member.
