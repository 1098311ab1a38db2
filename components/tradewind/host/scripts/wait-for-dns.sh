#!/bin/sh
# Returns when the host knows a name server. /etc/resolv.conf always names resolved; its own file waits for a link.
# ROOT=FOLDER puts a folder before every path of the host, for tests.
set -u
root=${ROOT:-}
known=$root/run/systemd/resolve/resolv.conf
[ -e "$known" ] || known=$root/etc/resolv.conf
until grep -q '^nameserver' "$known" 2> /dev/null; do
  echo "waiting for a name server in $known"
  sleep 1
done
