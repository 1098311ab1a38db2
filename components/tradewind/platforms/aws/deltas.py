"""Everything in which a machine of AWS differs from one that its operating system alone describes.

Pure. Makes: a `HostDelta` for each operating system. The systems' metadata agents tell zone and id of the instance:
https://coreos.github.io/afterburn/usage/attributes/ and
https://www.flatcar.org/docs/latest/provisioning/ignition/dynamic-data/.
"""

from collections.abc import Mapping
from dataclasses import replace

from tradewind.choices import OperatingSystem
from tradewind.host.options import FEDORA_COREOS, FLATCAR, HostDelta
from tradewind.host.systemd import Raw, Unit, command, unit_text

_HOSTNAME_GATE = "wait-for-hostname.service"


def _provider_id(prefix: str) -> tuple[str, ...]:
    """By which an external cloud controller manager finds a node's instance."""
    return (Raw(f"--provider-id=aws:///${{{prefix}_AVAILABILITY_ZONE}}/${{{prefix}_INSTANCE_ID}}"),)


_FEDORA_COREOS = replace(
    FEDORA_COREOS,
    name=f"aws-{FEDORA_COREOS.name}",
    kubelet_environment_file="/run/metadata/afterburn",
    # DHCP names a worker, which may be after the network is online; a kubelet must not register as localhost.
    kubelet_requires=("afterburn.service", _HOSTNAME_GATE),
    kubelet_flags=_provider_id("AFTERBURN_AWS"),
    units=(
        *FEDORA_COREOS.units,
        Unit(
            name=_HOSTNAME_GATE,
            contents=unit_text(
                {
                    "Unit": {"Description": "Wait for the name of the host"},
                    "Service": {
                        "Type": "oneshot",
                        "RemainAfterExit": "yes",
                        "ExecStart": command(
                            "/bin/sh",
                            "-c",
                            "while grep -q ^localhost /proc/sys/kernel/hostname; do sleep 1; done",
                        ),
                    },
                }
            ),
        ),
    ),
)

_FLATCAR = replace(
    FLATCAR,
    name=f"aws-{FLATCAR.name}",
    kubelet_environment_file="/run/metadata/flatcar",
    kubelet_requires=("coreos-metadata.service",),
    kubelet_flags=_provider_id("COREOS_EC2"),
)

DELTAS: Mapping[OperatingSystem, HostDelta] = {
    OperatingSystem.FEDORA_COREOS: _FEDORA_COREOS,
    OperatingSystem.FLATCAR: _FLATCAR,
}
"""The differences with every operating system."""
