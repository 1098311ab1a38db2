#!/bin/sh
# Process 1 of a machine until systemd takes over: mounts, network, pivot_root.
# Environment: folder (of the machine), layers, images, controllers (cgroup hierarchies; empty where v2 is alone), console
# (a terminal of the supervisor), name, address (with prefix), gateway, id.
# Says `ready` on stdout once its namespaces exist, and goes on when a line on stdin says that its link is plugged in.
set -eu
umask 022
echo ready
read -r _
exec < /dev/null > "$console" 2>&1

cd "$folder/root"
mount -t overlay tradewind -o "lowerdir=$layers,upperdir=$folder/upper,workdir=$folder/work" .
cd "$folder/root"
# Overlays on an overlay do not work, and /var is where containers have theirs.
mount --bind "$folder/var" var
mount --bind -o ro "$images" opt/images

mount -t proc -o nosuid,nodev,noexec proc proc
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
mount -t sysfs -o nosuid,nodev,noexec sysfs sys
if [ -n "$controllers" ]; then
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs sys/fs/cgroup
  for controller in $controllers; do
    place=sys/fs/cgroup/${controller#name=}
    mkdir "$place"
    case $controller in
      unified) mount -t cgroup2 cgroup2 "$place" ;;
      name=*) mount -t cgroup -o "none,$controller" cgroup "$place" ;;
      *) mount -t cgroup -o "$controller" cgroup "$place" ;;
    esac
    for alone in $(echo "$controller" | tr , ' '); do
      [ -e "sys/fs/cgroup/${alone#name=}" ] || ln -s "$controller" "sys/fs/cgroup/$alone"
    done
  done
  # Or else systemd mounts the hierarchies that this host does not use, which no machine would have for itself.
  mount -o remount,bind,ro,nosuid,nodev,noexec sys/fs/cgroup
else
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
fi

mount -t tmpfs -o mode=755,nosuid tmpfs dev
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue dev/mqueue
for device in null zero full random urandom tty fuse kmsg; do
  [ ! -e "/dev/$device" ] || { : > "dev/$device"; mount --bind "/dev/$device" "dev/$device"; }
done
: > dev/console
mount --bind "$console" dev/console
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs tmp

hostname "$name"
ip link set lo up
ip address add "$address" dev eth0
ip link set eth0 up
ip route add default via "$gateway"

mkdir run/host
pivot_root . run/host
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=other container_uuid="$id" \
  sh -c 'umount -l /run/host && rmdir /run/host && mount --make-rshared / && exec /lib/systemd/systemd --log-target=journal'
