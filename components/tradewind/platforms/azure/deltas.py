"""Everything in which a machine of Azure differs from others with its operating system.

Pure. Makes: `HostDelta`s.
"""

from collections.abc import Mapping

from tradewind.choices import OperatingSystem
from tradewind.host.metadata import METADATA_ADDRESS, without_pods
from tradewind.host.options import SYSTEMS, HostDelta

_WIRE_SERVER = "168.63.129.16"
"""Where agents get what the platform tells a machine, its extensions' settings among it.
Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"""
_CLOSED = without_pods(SYSTEMS, (METADATA_ADDRESS, _WIRE_SERVER))


def deltas(*, pods_read_metadata: bool) -> Mapping[OperatingSystem, HostDelta]:
    """The differences with each operating system.

    Args:
        pods_read_metadata: whether pods reach the metadata service.
    """
    return SYSTEMS if pods_read_metadata else _CLOSED
