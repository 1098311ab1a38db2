#!/bin/sh
# Runs the image's Ignition on the root of a machine before its first boot, as an initramfs does: fetch, then files.
# In mount and process namespaces of its own, which take every mount along. Reads the Ignition config from stdin.
# Environment: folder (of the machine), layers, images, stores (folders of images it begins with), keys, name, address, gateway.
set -eu
umask 022
mount -t overlay tradewind -o "lowerdir=$layers,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cp -a "$folder/root/var/." "$folder/var/"
# Unpacked images never change once they are there, so machines share their files if they are on one disk; databases do.
for store in $stores; do
  if cp -al "$images/$store" "$folder/var/lib/$store" 2> /dev/null; then
    find "$folder/var/lib/$store" -name '*.db' -exec cp -a {} {}.own \; -exec mv {}.own {} \;
  else
    rm -rf "$folder/var/lib/$store"
    cp -a "$images/$store" "$folder/var/lib/$store"
  fi
done
mount --bind "$folder/var" "$folder/root/var"
install -m 600 "$keys/ssh_host_ed25519_key" "$keys/ssh_host_ed25519_key.pub" "$folder/root/etc/ssh/"
chmod 644 "$folder/root/etc/ssh/ssh_host_ed25519_key.pub"

system=$folder/initramfs
mount -t overlay tradewind -o "lowerdir=$layers" "$system"
mount -t proc proc "$system/proc"
mount --bind /dev "$system/dev"
for place in run tmp mnt; do mount -t tmpfs -o mode=755 tmpfs "$system/$place"; done
mkdir "$system/mnt/sysroot"
mount --rbind "$folder/root" "$system/mnt/sysroot"
(umask 077 && cat > "$system/run/config.ign")
for stage in fetch files; do
  IGNITION_CONFIG_FILE=/run/config.ign chroot "$system" /usr/bin/ignition --platform=file --stage=$stage \
    --root=/mnt/sysroot --config-cache=/run/ignition.json --log-to-stdout
done

# What DHCP would bring, unless the config did. Nobody answers on the gateway, so that lookups fail at once.
cd "$folder/root/etc"
[ -e hosts ] || printf '127.0.0.1 localhost\n%s %s\n' "$address" "$name" > hosts
[ -e resolv.conf ] || printf 'nameserver %s\n' "$gateway" > resolv.conf
