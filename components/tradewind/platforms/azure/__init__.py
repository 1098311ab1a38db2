"""Azure: virtual machines as controllers, scale sets of workers. Public names are imported when they are first used."""

from typing import TYPE_CHECKING

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.platforms.azure.args import AzureClusterArgs as AzureClusterArgs
    from tradewind.platforms.azure.args import AzureMachineArgs as AzureMachineArgs
    from tradewind.platforms.azure.args import AzurePoolArgs as AzurePoolArgs
    from tradewind.platforms.azure.args import AzureWorkerPoolArgs as AzureWorkerPoolArgs
    from tradewind.platforms.azure.choices import AzureDiskType as AzureDiskType
    from tradewind.platforms.azure.choices import AzureEphemeralDisk as AzureEphemeralDisk
    from tradewind.platforms.azure.cluster import Cluster as Cluster
    from tradewind.platforms.azure.worker_pool import WorkerPool as WorkerPool

_ROOMS = {
    "AzureClusterArgs": "args",
    "AzureDiskType": "choices",
    "AzureEphemeralDisk": "choices",
    "AzureMachineArgs": "args",
    "AzurePoolArgs": "args",
    "AzureWorkerPoolArgs": "args",
    "Cluster": "cluster",
    "WorkerPool": "worker_pool",
}

__all__ = list(_ROOMS)
__getattr__ = lazy(__name__, _ROOMS)
