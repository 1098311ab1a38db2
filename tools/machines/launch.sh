#!/bin/sh
# Starts a machine: into its control groups, then into namespaces of its own, then init.sh ($1) there as process 1.
# It dies with the supervisor, and everything in the machine dies with it. Environment: groups, and what init.sh reads.
set -eu
for group in $groups; do echo $$ > "$group/cgroup.procs"; done
exec setpriv --pdeathsig KILL \
  unshare --mount --pid --uts --ipc --net --cgroup --propagation private --fork --kill-child sh -c "$1" init
