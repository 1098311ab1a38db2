"""Everything in which a droplet differs from another machine with its operating system.

Pure. Makes: a `HostDelta` for each operating system. A droplet has a public and a private address; nodes are known by
the private one, which the system's metadata agent tells.
Sources: https://coreos.github.io/afterburn/usage/attributes/,
https://www.flatcar.org/docs/latest/provisioning/ignition/dynamic-data/
"""

from collections.abc import Mapping
from dataclasses import replace

from tradewind.choices import OperatingSystem
from tradewind.host.options import SYSTEMS, HostDelta
from tradewind.host.systemd import Raw

_AGENTS = {
    OperatingSystem.FEDORA_COREOS: ("afterburn.service", "/run/metadata/afterburn", "AFTERBURN"),
    OperatingSystem.FLATCAR: ("coreos-metadata.service", "/run/metadata/flatcar", "COREOS"),
}
"""Unit of the metadata agent, the file that it writes, and what its variables begin with."""


def _delta(system: OperatingSystem) -> HostDelta:
    base = SYSTEMS[system]
    unit, file, prefix = _AGENTS[system]
    return replace(
        base,
        name=f"digital-ocean-{base.name}",
        kubelet_requires=(*base.kubelet_requires, unit),
        kubelet_environment_file=file,
        kubelet_flags=(*base.kubelet_flags, Raw(f"--node-ip=${{{prefix}_DIGITALOCEAN_IPV4_PRIVATE_0}}")),
    )


DELTAS: Mapping[OperatingSystem, HostDelta] = {system: _delta(system) for system in SYSTEMS}
"""The differences with each operating system."""
