#!/bin/sh
# Runs in a chroot of the root file system: what an immutable OS image ships and Debian's packages do not.
set -eu
groupadd --gid 232 etcd
useradd --system --uid 232 --gid 232 --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin etcd
useradd --create-home --shell /bin/bash --groups sudo core
chmod 0440 /etc/sudoers.d/core

# First boot: an uninitialized machine-id makes systemd read the presets, by which Ignition enables units.
echo uninitialized > /etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/hostname /etc/hosts /etc/resolv.conf /etc/ssh/ssh_host_* /etc/cni/net.d/*
: > /etc/fstab

# A machine has no terminal, no clock, no devices of its own.
for unit in systemd-firstboot.service console-getty.service getty.target systemd-timesyncd.service \
    systemd-modules-load.service sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    dev-hugepages.mount dev-mqueue.mount; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
rm -rf /etc/systemd/system/*.wants
systemctl preset-all

# Without modules of its own, but the kubelet mounts the folder.
mkdir -p /usr/lib/modules /var/log/journal /opt/images /opt/cni/bin /etc/cni/net.d
rm -rf /var/cache/* /var/lib/apt/lists/* /var/log/*.log /var/log/apt /var/backups/*
