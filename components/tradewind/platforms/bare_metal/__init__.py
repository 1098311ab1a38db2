"""The bare metal platform: machines that boot from the network and install themselves, told what by Matchbox.

Public names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.platforms.bare_metal.args import BareMetalClusterArgs as BareMetalClusterArgs
    from tradewind.platforms.bare_metal.args import BareMetalMachineArgs as BareMetalMachineArgs
    from tradewind.platforms.bare_metal.args import BareMetalPoolArgs as BareMetalPoolArgs
    from tradewind.platforms.bare_metal.args import BareMetalWorkerPoolArgs as BareMetalWorkerPoolArgs
    from tradewind.platforms.bare_metal.args import MatchboxArgs as MatchboxArgs
    from tradewind.platforms.bare_metal.choices import DownloadProtocol as DownloadProtocol
    from tradewind.platforms.bare_metal.cluster import Cluster as Cluster
    from tradewind.platforms.bare_metal.worker_pool import WorkerPool as WorkerPool

_ROOMS = {
    "BareMetalClusterArgs": "args",
    "BareMetalMachineArgs": "args",
    "BareMetalPoolArgs": "args",
    "BareMetalWorkerPoolArgs": "args",
    "Cluster": "cluster",
    "DownloadProtocol": "choices",
    "MatchboxArgs": "args",
    "WorkerPool": "worker_pool",
}

__all__ = list(_ROOMS)
__getattr__ = lazy(__name__, _ROOMS)
