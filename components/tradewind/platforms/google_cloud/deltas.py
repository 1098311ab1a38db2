"""Everything in which a machine of Google Cloud differs from others with its operating system.

Pure. Makes: `HostDelta`s. Neither system has all of Google's guest agent, so that two of its services are made here:
the name of the host and the addresses of load balancers.
Metadata: https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
"""

from dataclasses import replace

from tradewind import constants
from tradewind.host.files import HostFile
from tradewind.host.metadata import by_pods_access
from tradewind.host.options import SYSTEMS, HostDelta
from tradewind.host.systemd import Unit, command, unit_text

_INSTANCE_NAME_PATH = f"{constants.BOOTSTRAP_DIR}/instance-name"
_INSTANCE_NAME = """\
#!/bin/sh
# Names the host as its instance is called: the domain name that DHCP tells may be longer than a host's name and the
# label of a node can be.
set -eu
url=http://169.254.169.254/computeMetadata/v1/instance/name
until name=$(curl --silent --show-error --fail --max-time 10 --header 'Metadata-Flavor: Google' "$url"); do
  sleep 1
done
exec hostnamectl set-hostname "$name"
"""

_FORWARDED_PATH = f"{constants.BOOTSTRAP_DIR}/forwarded-addresses"
FORWARDED = """\
#!/bin/sh
# Keeps the addresses of passthrough load balancers among the host's own: packets come with them as they are.
# 66 marks these routes, as it does Google's guest agent's.
set -u
url='http://169.254.169.254/computeMetadata/v1/instance/network-interfaces/0/forwarded-ips/?recursive=true'
wait=
while true; do
  if ! known=$(curl --silent --show-error --fail --max-time 90 --header 'Metadata-Flavor: Google' "$url$wait"); then
    sleep 5
    continue
  fi
  wait='&wait_for_change=true&timeout_sec=60'
  addresses=$(printf '%s' "$known" | grep -Eo '[0-9]+(\\.[0-9]+){3}')
  link=$(ip -4 route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
  for address in $addresses; do
    ip -4 route replace local "$address" dev "$link" proto 66
  done
  for address in $(ip -4 route show table local proto 66 | sed -n 's/^local \\([0-9.]*\\).*/\\1/p'); do
    printf '%s\\n' "$addresses" | grep -qxF "$address" || ip -4 route del local "$address" proto 66
  done
done
"""
"""Says nothing but of errors; ends never."""

_INSTANCE_NAME_UNIT = Unit(
    name="instance-name.service",
    contents=unit_text(
        {
            "Unit": {
                "Description": "Name of the instance",
                "Wants": "network-online.target",
                "After": "network-online.target",
            },
            "Service": {
                "Type": "oneshot",
                "RemainAfterExit": "yes",
                "ExecStart": command("/bin/sh", _INSTANCE_NAME_PATH),
            },
        }
    ),
)
_USER_DATA_LIMIT = 256 * 1024
"""Bytes of one value of metadata (https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations)."""
_FORWARDED_UNIT = Unit(
    name="forwarded-addresses.service",
    enabled=True,
    contents=unit_text(
        {
            "Unit": {
                "Description": "Addresses of load balancers",
                "Wants": "network-online.target",
                "After": "network-online.target",
            },
            "Service": {"ExecStart": command("/bin/sh", _FORWARDED_PATH), "Restart": "always", "RestartSec": "5"},
            "Install": {"WantedBy": "multi-user.target"},
        }
    ),
)


def _delta(base: HostDelta) -> HostDelta:
    return replace(
        base,
        name=f"google-cloud-{base.name}",
        user_data_limit=_USER_DATA_LIMIT,
        kubelet_requires=(*base.kubelet_requires, _INSTANCE_NAME_UNIT.name),
        files=(
            *base.files,
            HostFile(path=_INSTANCE_NAME_PATH, content=_INSTANCE_NAME, mode=0o544),
            HostFile(path=_FORWARDED_PATH, content=FORWARDED, mode=0o544),
        ),
        units=(*base.units, _INSTANCE_NAME_UNIT, _FORWARDED_UNIT),
    )


DELTAS = by_pods_access({system: _delta(base) for system, base in SYSTEMS.items()})
"""The differences by whether pods reach the metadata service, and with each operating system."""
