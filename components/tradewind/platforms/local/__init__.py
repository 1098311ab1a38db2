"""The local platform: machines on one Linux host, as full-system containers.

`deltas` names everything that differs from a machine of a cloud. Public names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.platforms.local.args import LocalClusterArgs as LocalClusterArgs
    from tradewind.platforms.local.cluster import Cluster as Cluster

_ROOMS = {"Cluster": "cluster", "LocalClusterArgs": "args"}

__all__ = list(_ROOMS)
__getattr__ = lazy(__name__, _ROOMS)
