"""Everything in which a machine of Azure differs from others with its operating system.

Pure. Makes: `HostDelta`s.
"""

from tradewind.host.metadata import METADATA_ADDRESS, by_pods_access
from tradewind.host.options import SYSTEMS

_WIRE_SERVER = "168.63.129.16"
"""Where agents get what the platform tells a machine, its extensions' settings among it.
Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"""
DELTAS = by_pods_access(SYSTEMS, (METADATA_ADDRESS, _WIRE_SERVER))
"""The differences by whether pods reach the metadata service, and with each operating system."""
