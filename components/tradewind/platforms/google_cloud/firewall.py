"""Firewall rules of the network, by network tags.

Pure. Reads: the port matrix and the allow-lists. Makes: one row for each rule; `network` turns them into resources.
What no rule allows comes in nowhere, and goes out everywhere (https://cloud.google.com/firewall/docs/firewalls).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind import naming
from tradewind.kubelet import Role
from tradewind.platforms.google_cloud.spec import GoogleCloudSpec, ipv4_ranges
from tradewind.platforms.ports import Flow, Peer, Protocol, flows

HEALTH_CHECK_RANGES = ("35.191.0.0/16", "130.211.0.0/22", "209.85.152.0/22", "209.85.204.0/22")
"""Where probes of load balancers and of auto-healing come from, and connections through proxies
(https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges)."""


@dataclass(frozen=True, kw_only=True)
class FirewallRow:
    """One rule: connections that machines with a tag accept."""

    name: str
    target_tag: str
    protocol: str
    ports: tuple[str, ...]
    """One port or range; none with ICMP."""
    source_tags: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    """IPv4. There are tags or ranges: a rule with neither lets everybody in."""


def network_tag(cluster: str, role: Role) -> str:
    """Network tag of the machines of a role, those of pools beside the cluster too."""
    return naming.child(cluster, role.value)


def firewall_rows(spec: GoogleCloudSpec) -> tuple[FirewallRow, ...]:
    """One row for each of the port matrix, in its order."""
    return tuple(_row(spec, flow) for flow in flows(spec.cloud.cluster))


def _row(spec: GoogleCloudSpec, flow: Flow) -> FirewallRow:
    ports = () if flow.protocol is Protocol.ICMP else (_ports(flow),)
    tags, ranges = _sources(spec, flow.source)
    return FirewallRow(
        name=naming.child(spec.name, flow.to.value, flow.name),
        target_tag=network_tag(spec.name, flow.to),
        protocol=flow.protocol.value,
        ports=ports,
        source_tags=tags,
        source_ranges=ranges,
    )


def _ports(flow: Flow) -> str:
    return str(flow.first) if flow.first == flow.last else f"{flow.first}-{flow.last}"


def _sources(spec: GoogleCloudSpec, peer: Peer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tags and ranges of whoever may connect."""
    roles: Sequence[Role] = {
        Peer.CONTROLLERS: (Role.CONTROLLER,),
        Peer.WORKERS: (Role.WORKER,),
        Peer.NODES: (Role.CONTROLLER, Role.WORKER),
    }.get(peer, ())
    ranges = {
        Peer.EVERYWHERE: ("0.0.0.0/0",),
        Peer.API_CLIENTS: ipv4_ranges(spec.cloud.api_clients),
        Peer.SSH_CLIENTS: ipv4_ranges(spec.cloud.ssh_allowed_cidrs),
        Peer.HEALTH_CHECKS: HEALTH_CHECK_RANGES,
    }.get(peer, ())
    return tuple(network_tag(spec.name, role) for role in roles), ranges
