"""The port matrix: who may open which connection to a node. Every platform turns this table into its own firewall.

Pure. Reads: `ClusterSpec`. Makes: `Flow`s. What is not listed is closed; replies are let through; machines may open any
connection. Metrics of etcd, kube-proxy, the controller manager and the scheduler are served on the loopback address
only, so that no row opens their ports (2381, 10249, 10257, 10259); NodePorts (30000-32767) are for the user to open.
Source: https://kubernetes.io/docs/reference/networking/ports-and-protocols/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tradewind import constants
from tradewind.choices import Networking
from tradewind.kubelet import Role
from tradewind.spec import ClusterSpec


class Protocol(str, Enum):
    """What is above IP."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class Peer(str, Enum):
    """Where connections come from."""

    EVERYWHERE = "everywhere"
    API_CLIENTS = "api-clients"
    """`api_allowed_cidrs`, without everybody's where the API server is internal (`CloudSpec.api_clients`)."""
    SSH_CLIENTS = "ssh-clients"
    """`ssh_allowed_cidrs`."""
    CONTROLLERS = "controllers"
    WORKERS = "workers"
    NODES = "nodes"
    """Controllers and workers."""
    HEALTH_CHECKS = "health-checks"
    """The cloud's load balancers and auto-repair."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One row: connections that nodes of a role accept."""

    name: str
    """Unique among those of its role; part of names of rules."""
    to: Role
    source: Peer
    protocol: Protocol
    first: int = 0
    """First port; 0 with ICMP."""
    last: int = 0
    """Last port, included."""


INGRESS_HEALTH_PORT = 10254
"""Where an ingress controller that the user installs says that it is well, at /healthz."""
KUBE_PROXY_HEALTH_PORT = 10256
"""Where kube-proxy, or what replaces it, says that its node is well, at /healthz."""

_Row = tuple[str, Peer, Protocol, int] | tuple[str, Peer, Protocol, int, int]
"""Name, source, protocol, and one port or the first and the last."""

_TCP, _UDP = Protocol.TCP, Protocol.UDP
_CONTROLLERS: Sequence[_Row] = (
    ("ssh", Peer.SSH_CLIENTS, _TCP, 22),
    ("etcd", Peer.CONTROLLERS, _TCP, constants.ETCD_CLIENT_PORT, constants.ETCD_PEER_PORT),
    ("apiserver", Peer.API_CLIENTS, _TCP, constants.API_PORT),
    ("apiserver-nodes", Peer.NODES, _TCP, constants.API_PORT),
    ("apiserver-health", Peer.HEALTH_CHECKS, _TCP, constants.API_PORT),
)
_WORKERS: Sequence[_Row] = (
    ("ssh", Peer.SSH_CLIENTS, _TCP, 22),
    ("http", Peer.EVERYWHERE, _TCP, 80),
    ("https", Peer.EVERYWHERE, _TCP, 443),
    ("ingress-health", Peer.HEALTH_CHECKS, _TCP, INGRESS_HEALTH_PORT),
    ("kube-proxy-health", Peer.HEALTH_CHECKS, _TCP, KUBE_PROXY_HEALTH_PORT),
)
_NODES: Sequence[_Row] = (
    ("icmp", Peer.NODES, Protocol.ICMP, 0),
    ("kubelet", Peer.NODES, _TCP, constants.KUBELET_PORT),
    # Prometheus on workers reads what node-exporter serves on every node, once the user installs both.
    ("node-exporter", Peer.WORKERS, _TCP, 9100),
)
_VXLAN: _Row = ("vxlan", Peer.NODES, _UDP, 8472)
_OVERLAYS: Mapping[Networking, Sequence[_Row]] = {
    Networking.FLANNEL: (_VXLAN,),
    Networking.CALICO: (_VXLAN,),
    # Whatever the user installs: VXLAN at the ports of Linux and of the standard, and Cilium's health and metrics.
    Networking.NONE: (
        _VXLAN,
        ("vxlan-iana", Peer.NODES, _UDP, 4789),
        ("cilium-health", Peer.NODES, _TCP, 4240),
        ("cilium-metrics", Peer.NODES, _TCP, 9962, 9965),
    ),
}


def flows(cluster: ClusterSpec) -> tuple[Flow, ...]:
    """Every row, controllers' first, in a stable order."""
    return tuple(
        Flow(name=name, to=to, source=source, protocol=protocol, first=ports[0], last=ports[-1])
        for to, own in ((Role.CONTROLLER, _CONTROLLERS), (Role.WORKER, _WORKERS))
        for name, source, protocol, *ports in (*own, *_OVERLAYS[cluster.network.networking], *_NODES)
    )
