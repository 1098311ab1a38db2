"""Keeps pods from a cloud's metadata service, which tells whoever asks the user data and the machine's credentials.

Pure. Makes: a ruleset of nftables and the unit that loads it. Only pods' packets are forwarded: processes of the host
and pods of its network still reach the service, and everybody its port 53, which is the resolver of some clouds.
Both systems ship nft (coreos/fedora-coreos-config, manifests/networking-tools.yaml; flatcar/scripts, the package
coreos-base/coreos).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tradewind.choices import OperatingSystem
from tradewind.host.files import HostFile, word
from tradewind.host.options import HostDelta
from tradewind.host.systemd import Unit, command, unit_text

METADATA_ADDRESS = "169.254.169.254"
"""Of the metadata service on every cloud."""
UNIT_NAME = "pod-metadata.service"
PODS_READ_METADATA = "pods_read_metadata"
"""Argument of a cluster: whether pods reach the service."""
# Where SELinux lets nft read.
_RULES_PATH = "/etc/nftables/pod-metadata.nft"
_NFT = "/usr/sbin/nft"
_TABLE = "pod-metadata"
_RULES = """\
# Connections of pods to the metadata service are refused. Loaded as a whole, in the place of what was loaded before.
add table ip {table}
delete table ip {table}
table ip {table} {{
  chain forward {{
    type filter hook forward priority filter; policy accept;
    ip daddr {{ {addresses} }} tcp dport 80 reject with tcp reset
  }}
}}
"""


def by_pods_access(
    deltas: Mapping[OperatingSystem, HostDelta], addresses: Sequence[str] = (METADATA_ADDRESS,)
) -> Mapping[bool, Mapping[OperatingSystem, HostDelta]]:
    """A platform's deltas by whether pods reach the metadata service.

    Args:
        deltas: the deltas.
        addresses: where the service is, IPv4.
    """
    return {True: deltas, False: without_pods(deltas, addresses)}


def without_pods(
    deltas: Mapping[OperatingSystem, HostDelta], addresses: Sequence[str] = (METADATA_ADDRESS,)
) -> Mapping[OperatingSystem, HostDelta]:
    """A platform's deltas with the metadata service closed to pods.

    Args:
        deltas: the deltas.
        addresses: where the service is, IPv4.
    """
    rules = _RULES.format(table=_TABLE, addresses=", ".join(map(word, addresses)))
    file = HostFile(path=_RULES_PATH, content=rules)
    return {
        system: replace(delta, files=(*delta.files, file), units=(*delta.units, _unit()))
        for system, delta in deltas.items()
    }


def _unit() -> Unit:
    return Unit(
        name=UNIT_NAME,
        enabled=True,
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Keep pods from the metadata service",
                    # Stopped by hand only: at a shutdown some pods end late.
                    "DefaultDependencies": "no",
                    "After": "local-fs.target",
                    "Before": "kubelet.service",
                },
                "Service": {
                    "Type": "oneshot",
                    "RemainAfterExit": "yes",
                    "ExecStart": command(_NFT, "--file", _RULES_PATH),
                    "ExecStop": command(_NFT, "delete", "table", "ip", _TABLE),
                },
                "Install": {"WantedBy": "multi-user.target"},
            }
        ),
    )
