"""Firewalls of the two subnets: the port matrix as rules of Azure's network security groups, and nothing else.

Pure. Reads: `AzureSpec`, the public addresses of nodes. Makes: rules.

A rule has addresses of one version of IP. The last rule closes what Azure opens by itself: everything in a network.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from tradewind import constants
from tradewind.kubelet import Role
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.spec import AzureSpec
from tradewind.platforms.ports import Flow, Peer, Protocol, flows

Rule = Mapping[str, Any]
Addresses = Mapping[Family, Sequence[Any]]
"""Addresses by version of IP. Late."""

_FIRST_PRIORITY, _LAST_PRIORITY, _STEP = 1000, 4096, 10
_LOAD_BALANCER = "AzureLoadBalancer"
"""Azure's name for the addresses of its health checks."""
_EVERYWHERE = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
_VERSIONS = {4: Family.IPV4, 6: Family.IPV6}


def security_rules(role: Role, spec: AzureSpec, public: Addresses) -> list[Rule]:
    """The rules of the subnet of a role, by priority.

    Args:
        role: that of the machines in the subnet.
        spec: the cluster.
        public: addresses with which nodes come to what is public, the load balancer of the API above all.
    """
    rows = [row for row in flows(spec.cloud.cluster) if row.to is role]
    rules = []
    for place, row in enumerate(rows):
        for step, family in enumerate(spec.families):
            sources = _sources(row, family, spec, public)
            if sources:
                priority = _FIRST_PRIORITY + _STEP * place + step
                rules.append(_allow(row, family, priority, sources, spec.subnet(role)[family]))
    return [*rules, _DENY]


def _sources(row: Flow, family: Family, spec: AzureSpec, public: Addresses) -> list[Any]:
    """Whom a row lets in; none if the row says nothing of that version of IP."""
    controllers, workers = (spec.subnet(role)[family] for role in (Role.CONTROLLER, Role.WORKER))
    by_name = public.get(family, ()) if row.first == constants.API_PORT else ()
    return {
        Peer.EVERYWHERE: [_EVERYWHERE[family]],
        Peer.API_CLIENTS: _of_family(spec.cloud.api_allowed_cidrs, family),
        Peer.SSH_CLIENTS: _of_family(spec.cloud.ssh_allowed_cidrs, family),
        Peer.CONTROLLERS: [controllers],
        Peer.WORKERS: [workers],
        Peer.NODES: [controllers, workers, *by_name],
        Peer.HEALTH_CHECKS: [_LOAD_BALANCER],
    }[row.source]


def _of_family(ranges: Sequence[str], family: Family) -> list[Any]:
    """Ranges of one version of IP. Azure refuses overlaps: those within another one are left out."""
    own: list[Any] = [network for network in map(ip_network, ranges) if _VERSIONS[network.version] is family]
    return [str(each) for each in own if not any(each != other and each.subnet_of(other) for other in own)]


def _allow(row: Flow, family: Family, priority: int, sources: Sequence[Any], subnet: str) -> Rule:
    several = len(sources) > 1
    return {
        "name": f"{row.name}-{family.value.lower()}",
        "priority": priority,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": row.protocol.value.title(),
        "source_port_range": "*",
        **({"source_address_prefixes": list(sources)} if several else {"source_address_prefix": sources[0]}),
        "destination_address_prefix": subnet,
        "destination_port_range": _ports(row),
    }


def _ports(row: Flow) -> str:
    if row.protocol is Protocol.ICMP:
        return "*"
    return str(row.first) if row.first == row.last else f"{row.first}-{row.last}"


_DENY: Rule = {
    "name": "deny",
    "priority": _LAST_PRIORITY,
    "direction": "Inbound",
    "access": "Deny",
    "protocol": "*",
    "source_port_range": "*",
    "source_address_prefix": "*",
    "destination_address_prefix": "*",
    "destination_port_range": "*",
}
