"""Firewalls of the two subnets: the port matrix as rules of Azure's network security groups, and nothing else.

Pure. Reads: `AzureSpec`, the public addresses of nodes. Makes: rules.

A rule has addresses of one version of IP. The last rule closes what Azure opens by itself: everything in a network.
Each is a resource of its own, and Azure refuses one with the priority of another: a row keeps its own for good.
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
"""Inputs of a rule, but for its name and its group."""
Addresses = Mapping[Family, Sequence[Any]]
"""Addresses by version of IP. Late."""

_PLACES = (
    "ssh",
    "etcd",
    "apiserver",
    "apiserver-nodes",
    "apiserver-health",
    "http",
    "https",
    "ingress-health",
    "kube-proxy-health",
    "icmp",
    "kubelet",
    "node-exporter",
    "vxlan",
    "vxlan-iana",
    "cilium-health",
    "cilium-metrics",
)
"""Every row of the matrix by its priority. A promise to existing stacks: new rows go to the end."""
_FIRST_PRIORITY, _LAST_PRIORITY, _STEP = 1000, 4096, 10
_LOAD_BALANCER = "AzureLoadBalancer"
"""Azure's name for the addresses of its health checks."""
_EVERYWHERE = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
_VERSIONS = {4: Family.IPV4, 6: Family.IPV6}


def security_rules(role: Role, spec: AzureSpec, public: Addresses) -> Mapping[str, Rule]:
    """The rules of the subnet of a role by their names; the last one closes what is left.

    Args:
        role: that of the machines in the subnet.
        spec: the cluster.
        public: addresses with which nodes come to what is public, the load balancer of the API above all.
    """
    rows = [row for row in flows(spec.cloud.cluster) if row.to is role]
    rules = {}
    for row in rows:
        for step, family in enumerate(spec.families):
            sources = _sources(row, family, spec, public)
            if sources:
                priority = _FIRST_PRIORITY + _STEP * _PLACES.index(row.name) + step
                name = f"{row.name}-{family.value.lower()}"
                rules[name] = _allow(row, priority, sources, spec.subnet(role)[family])
    return {**rules, "deny": _DENY}


def _sources(row: Flow, family: Family, spec: AzureSpec, public: Addresses) -> list[Any]:
    """Whom a row lets in; none if the row says nothing of that version of IP."""
    controllers, workers = (spec.subnet(role)[family] for role in (Role.CONTROLLER, Role.WORKER))
    by_name = public.get(family, ()) if row.first == constants.API_PORT else ()
    return {
        Peer.EVERYWHERE: [_EVERYWHERE[family]],
        Peer.API_CLIENTS: _of_family(spec.cloud.api_clients, family),
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


def _allow(row: Flow, priority: int, sources: Sequence[Any], subnet: str) -> Rule:
    several = len(sources) > 1
    return {
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
    "priority": _LAST_PRIORITY,
    "direction": "Inbound",
    "access": "Deny",
    "protocol": "*",
    "source_port_range": "*",
    "source_address_prefix": "*",
    "destination_address_prefix": "*",
    "destination_port_range": "*",
}
