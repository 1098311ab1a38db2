#!/bin/sh
# Writes Flatcar to a disk with the Ignition config that a URL has for the machine, and boots into it. Usage, as root, in
# the live system: install-flatcar URL OPTION... with options of flatcar-install.
# RUN=FOLDER: where the config is kept meanwhile.
set -eu
config=${RUN:-/run}/installed.ign
url=$1
shift
curl --fail --silent --show-error --location --retry 10 --retry-connrefused --output "$config" "$url"
flatcar-install -i "$config" "$@"
udevadm settle
systemctl reboot
