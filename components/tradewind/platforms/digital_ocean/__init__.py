"""DigitalOcean: droplets in a VPC.

`deltas` names everything that differs from a machine of another cloud. Public names are imported when they are first
used.
"""

from typing import TYPE_CHECKING

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.platforms.digital_ocean.args import DigitalOceanClusterArgs as DigitalOceanClusterArgs
    from tradewind.platforms.digital_ocean.args import DigitalOceanMachineArgs as DigitalOceanMachineArgs
    from tradewind.platforms.digital_ocean.args import DigitalOceanPoolArgs as DigitalOceanPoolArgs
    from tradewind.platforms.digital_ocean.args import DigitalOceanWorkerPoolArgs as DigitalOceanWorkerPoolArgs
    from tradewind.platforms.digital_ocean.cluster import Cluster as Cluster
    from tradewind.platforms.digital_ocean.worker_pool import WorkerPool as WorkerPool

_ROOMS = {
    "Cluster": "cluster",
    "DigitalOceanClusterArgs": "args",
    "DigitalOceanMachineArgs": "args",
    "DigitalOceanPoolArgs": "args",
    "DigitalOceanWorkerPoolArgs": "args",
    "WorkerPool": "worker_pool",
}

__all__ = list(_ROOMS)
__getattr__ = lazy(__name__, _ROOMS)
