#!/bin/sh
# Runs in a chroot of the root file system, with names of Debian's archive in /run: what makes it one of Flatcar.
set -eu
rm -f /etc/resolv.conf
ln -s /run/resolv.conf /etc/resolv.conf

# docker without its package: that would bring another containerd and runc.
cd /tmp
mkdir -p lists/partial cache/archives/partial
apt="apt-get -q -o Dir::State::Lists=/tmp/lists -o Dir::Cache=/tmp/cache -o APT::Sandbox::User=root"
$apt update
$apt download docker.io
dpkg-deb --fsys-tarfile docker.io_*.deb \
  | tar --extract --keep-directory-symlink --directory=/ ./usr/bin/docker ./usr/sbin/dockerd ./lib/systemd/system
groupadd --system docker

cat > /usr/local/sbin/runc-bounded << 'END'
#!/bin/sh
# runc, for docker: it gives a privileged container every capability, also those that this host has not to give.
set -eu
bounds=$((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)))
number=0
script=
for name in CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE \
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN \
    SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE \
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE; do
  [ $((bounds >> number & 1)) = 1 ] || script="$script;s/\"CAP_$name\",//g;s/,\"CAP_$name\"//g"
  number=$((number + 1))
done
previous=
for argument; do
  [ "$previous" != --bundle ] || sed -i "$script" "$argument/config.json"
  previous=$argument
done
exec /usr/bin/runc "$@"
END
chmod 755 /usr/local/sbin/runc-bounded
# systemd cannot delegate cgroups to docker where the host has cgroup v1.
cat > /etc/default/docker << 'END'
DOCKER_OPTS="--exec-opt native.cgroupdriver=cgroupfs --add-runtime bounded=/usr/local/sbin/runc-bounded --default-runtime=bounded"
END

rm -f /usr/bin/podman /etc/resolv.conf
rm -rf /var/log/* /var/cache/*
cat > /usr/lib/os-release << 'END'
NAME="Flatcar Container Linux by Kinvolk"
ID=flatcar
ID_LIKE=coreos
VERSION=local
VERSION_ID=local
PRETTY_NAME="Flatcar (local machine)"
END
