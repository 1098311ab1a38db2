#!/bin/sh
# Returns when the host knows a name server.
set -u
until grep -q '^nameserver' /etc/resolv.conf 2> /dev/null; do
  echo "waiting for a name server in /etc/resolv.conf"
  sleep 1
done
