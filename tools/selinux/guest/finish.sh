#!/bin/sh
# Runs in a chroot of the root file system, before it is labelled.
set -eu
# Debian's policy has no complete rules for podman itself. Containers (container_t) are confined as everywhere.
semodule --noreload --install /usr/lib/tradewind/engines.cil
sed -i 's/^SELINUX=.*/SELINUX=enforcing/; s/^SELINUXTYPE=.*/SELINUXTYPE=default/' /etc/selinux/config

groupadd --gid 232 etcd
useradd --system --uid 232 --gid 232 --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin etcd
useradd --create-home --shell /bin/bash --groups sudo core

# First boot: an uninitialized machine-id makes systemd read the presets, by which Ignition enables units.
echo uninitialized > /etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/hostname
: > /etc/fstab
echo 'nameserver 127.0.0.1' > /etc/resolv.conf

# What an immutable OS image has not, or what would only take time here.
for unit in systemd-firstboot.service systemd-network-generator.service systemd-networkd.service \
    systemd-networkd-wait-online.service systemd-networkd.socket getty.target getty@tty1.service serial-getty@ttyS0.service \
    systemd-timesyncd.service e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer fstrim.timer man-db.timer podman.service podman.socket podman-auto-update.service \
    podman-auto-update.timer podman-restart.service podman-clean-transient.service netavark-firewalld-reload.service \
    selinux-autorelabel-mark.service nftables.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
rm -rf /etc/systemd/system/*.wants

# Labelled with the rest; podman's own first run would make it with its own label.
mkdir -p /var/lib/containers/storage /var/lib/containerd /opt/payload /opt/cni/bin /etc/cni/net.d /etc/pki

update-initramfs -u -k all
rm -rf /var/cache/* /var/lib/apt/lists/* /var/log/*.log /var/log/apt /var/backups/*
