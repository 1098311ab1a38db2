"""Tradewind: Kubernetes clusters as typed Pulumi components.

Data flows through seven stages, left to right:

    args -> spec -> pki, token -> kubeconfigs, manifests, kubelet config -> host config -> platform -> outputs

The public names below are imported when they are first used: the pure rooms need no Pulumi, and no platform loads
another's packages. A platform's cluster is `tradewind.platforms.<name>.cluster.Cluster`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.args import BootstrapTokenArgs as BootstrapTokenArgs
    from tradewind.args import CertificateAuthorityArgs as CertificateAuthorityArgs
    from tradewind.args import CertificatesArgs as CertificatesArgs
    from tradewind.args import ClusterArgs as ClusterArgs
    from tradewind.args import ControllerArgs as ControllerArgs
    from tradewind.args import KubeletImageArgs as KubeletImageArgs
    from tradewind.choices import KeyAlgorithm as KeyAlgorithm
    from tradewind.choices import Networking as Networking
    from tradewind.control_plane import ControlPlane as ControlPlane
    from tradewind.errors import SpecError as SpecError
    from tradewind.errors import TradewindError as TradewindError

_ROOMS = {
    "BootstrapTokenArgs": "args",
    "CertificateAuthorityArgs": "args",
    "CertificatesArgs": "args",
    "ClusterArgs": "args",
    "ControlPlane": "control_plane",
    "ControllerArgs": "args",
    "KeyAlgorithm": "choices",
    "KubeletImageArgs": "args",
    "Networking": "choices",
    "SpecError": "errors",
    "TradewindError": "errors",
}

__all__ = list(_ROOMS)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name in _ROOMS:
        return getattr(import_module(f"tradewind.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
