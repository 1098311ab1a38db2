"""Google Cloud: controllers as instances, workers as managed instance groups, passthrough load balancers.

Public names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.platforms.google_cloud.args import GoogleCloudAcceleratorArgs as GoogleCloudAcceleratorArgs
    from tradewind.platforms.google_cloud.args import GoogleCloudClusterArgs as GoogleCloudClusterArgs
    from tradewind.platforms.google_cloud.args import GoogleCloudMachineArgs as GoogleCloudMachineArgs
    from tradewind.platforms.google_cloud.args import GoogleCloudNetworkArgs as GoogleCloudNetworkArgs
    from tradewind.platforms.google_cloud.args import GoogleCloudPoolArgs as GoogleCloudPoolArgs
    from tradewind.platforms.google_cloud.args import GoogleCloudWorkerPoolArgs as GoogleCloudWorkerPoolArgs
    from tradewind.platforms.google_cloud.choices import DiskType as DiskType
    from tradewind.platforms.google_cloud.cluster import Cluster as Cluster
    from tradewind.platforms.google_cloud.worker_pool import WorkerPool as WorkerPool

_ROOMS = {
    "Cluster": "cluster",
    "DiskType": "choices",
    "GoogleCloudAcceleratorArgs": "args",
    "GoogleCloudClusterArgs": "args",
    "GoogleCloudMachineArgs": "args",
    "GoogleCloudNetworkArgs": "args",
    "GoogleCloudPoolArgs": "args",
    "GoogleCloudWorkerPoolArgs": "args",
    "WorkerPool": "worker_pool",
}

__all__ = list(_ROOMS)
__getattr__ = lazy(__name__, _ROOMS)
