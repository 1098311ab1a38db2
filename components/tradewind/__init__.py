"""Tradewind: Kubernetes clusters as typed Pulumi components.

Data flows through seven stages, left to right:

    args -> spec -> pki, token -> kubeconfigs, manifests, kubelet config -> host config -> platform -> outputs

The public names below are imported when they are first used: the pure rooms need no Pulumi, and no platform loads
another's packages. A platform's cluster is `tradewind.<platform>.Cluster`, such as `tradewind.local.Cluster`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tradewind.lazy import lazy

if TYPE_CHECKING:
    from tradewind.args import BootstrapTokenArgs as BootstrapTokenArgs
    from tradewind.args import CertificateAuthorityArgs as CertificateAuthorityArgs
    from tradewind.args import CertificatesArgs as CertificatesArgs
    from tradewind.args import ClusterArgs as ClusterArgs
    from tradewind.args import ControllerArgs as ControllerArgs
    from tradewind.args import KubeletImageArgs as KubeletImageArgs
    from tradewind.args import TaintArgs as TaintArgs
    from tradewind.args import WorkerPoolArgs as WorkerPoolArgs
    from tradewind.args.authentication import OidcIssuerArgs as OidcIssuerArgs
    from tradewind.args.authentication import OidcRuleArgs as OidcRuleArgs
    from tradewind.args.control_plane import ControlPlaneFlagsArgs as ControlPlaneFlagsArgs
    from tradewind.args.control_plane import EtcdArgs as EtcdArgs
    from tradewind.args.control_plane import ProgramFlagsArgs as ProgramFlagsArgs
    from tradewind.args.kubelet import KubeletArgs as KubeletArgs
    from tradewind.args.machines import MirrorEndpointArgs as MirrorEndpointArgs
    from tradewind.args.machines import OsUpdatesArgs as OsUpdatesArgs
    from tradewind.args.machines import ProxyArgs as ProxyArgs
    from tradewind.args.machines import RegistryMirrorArgs as RegistryMirrorArgs
    from tradewind.args.platform import BastionArgs as BastionArgs
    from tradewind.args.snippets import SnippetArgs as SnippetArgs
    from tradewind.choices import Architecture as Architecture
    from tradewind.choices import CpuManagerPolicy as CpuManagerPolicy
    from tradewind.choices import KeyAlgorithm as KeyAlgorithm
    from tradewind.choices import LoggingFormat as LoggingFormat
    from tradewind.choices import Networking as Networking
    from tradewind.choices import OperatingSystem as OperatingSystem
    from tradewind.choices import OsStream as OsStream
    from tradewind.choices import OsUpdateStrategy as OsUpdateStrategy
    from tradewind.choices import TaintEffect as TaintEffect
    from tradewind.choices import TopologyManagerPolicy as TopologyManagerPolicy
    from tradewind.control_plane import ControlPlane as ControlPlane
    from tradewind.errors import SpecError as SpecError
    from tradewind.errors import TradewindError as TradewindError
    from tradewind.images import KubeletRegistry as KubeletRegistry
    from tradewind.platforms import aws as aws
    from tradewind.platforms import azure as azure
    from tradewind.platforms import bare_metal as bare_metal
    from tradewind.platforms import digital_ocean as digital_ocean
    from tradewind.platforms import google_cloud as google_cloud
    from tradewind.platforms import local as local

_ROOMS = {
    "Architecture": "choices",
    "BastionArgs": "args.platform",
    "BootstrapTokenArgs": "args",
    "CertificateAuthorityArgs": "args",
    "CertificatesArgs": "args",
    "ClusterArgs": "args",
    "ControlPlane": "control_plane",
    "ControlPlaneFlagsArgs": "args.control_plane",
    "ControllerArgs": "args",
    "CpuManagerPolicy": "choices",
    "EtcdArgs": "args.control_plane",
    "KeyAlgorithm": "choices",
    "KubeletArgs": "args.kubelet",
    "KubeletImageArgs": "args",
    "KubeletRegistry": "images",
    "LoggingFormat": "choices",
    "MirrorEndpointArgs": "args.machines",
    "Networking": "choices",
    "OidcIssuerArgs": "args.authentication",
    "OidcRuleArgs": "args.authentication",
    "OperatingSystem": "choices",
    "OsStream": "choices",
    "OsUpdateStrategy": "choices",
    "OsUpdatesArgs": "args.machines",
    "ProgramFlagsArgs": "args.control_plane",
    "ProxyArgs": "args.machines",
    "RegistryMirrorArgs": "args.machines",
    "SnippetArgs": "args.snippets",
    "SpecError": "errors",
    "TaintArgs": "args",
    "TaintEffect": "choices",
    "TopologyManagerPolicy": "choices",
    "TradewindError": "errors",
    "WorkerPoolArgs": "args",
}

_PLATFORMS = ("aws", "azure", "bare_metal", "digital_ocean", "google_cloud", "local")
"""Names of packages below `platforms`."""

__all__ = list(_ROOMS) + list(_PLATFORMS)

_public = lazy(__name__, _ROOMS)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    return import_module(f"tradewind.platforms.{name}") if name in _PLATFORMS else _public(name)
