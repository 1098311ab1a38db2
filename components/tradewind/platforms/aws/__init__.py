"""The platform AWS.

`Cluster` is a cluster in a VPC, `WorkerPool` an auto scaling group that is added to one. Public names are imported when
they are first used.
"""

from typing import TYPE_CHECKING

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.platforms.aws.args import AwsClusterArgs as AwsClusterArgs
    from tradewind.platforms.aws.args import AwsMachineArgs as AwsMachineArgs
    from tradewind.platforms.aws.args import AwsNetworkArgs as AwsNetworkArgs
    from tradewind.platforms.aws.args import AwsPoolArgs as AwsPoolArgs
    from tradewind.platforms.aws.args import AwsWorkerPoolArgs as AwsWorkerPoolArgs
    from tradewind.platforms.aws.choices import CpuCredits as CpuCredits
    from tradewind.platforms.aws.choices import DiskType as DiskType
    from tradewind.platforms.aws.cluster import Cluster as Cluster
    from tradewind.platforms.aws.worker_pool import WorkerPool as WorkerPool

_ROOMS = {
    "AwsClusterArgs": "args",
    "AwsMachineArgs": "args",
    "AwsNetworkArgs": "args",
    "AwsPoolArgs": "args",
    "AwsWorkerPoolArgs": "args",
    "Cluster": "cluster",
    "CpuCredits": "choices",
    "DiskType": "choices",
    "WorkerPool": "worker_pool",
}

__all__ = list(_ROOMS)
__getattr__ = lazy(__name__, _ROOMS)
