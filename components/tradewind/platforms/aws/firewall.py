"""The port matrix as security groups.

Reads: `ports.flows`, `AwsSpec`, `Network`. Makes: rows of rules, and `SecurityGroups` with them.

A load balancer has a group of its own, which is what clients meet: there the lists of ranges hold, whether or not a
target group keeps clients' addresses. Machines let in the group of their load balancer, and so its health checks. Nodes
reach the API server by the load balancer as well: over IPv6 and at an internal one as members of their group, over
IPv4 at a public one from the address of their NAT or their own (`rules` sees to it that those are known where it
matters). A NAT whose address is given is one more range of clients, so that AWS gets no rule twice where the list has
it as well.
Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pulumi
import pulumi_aws.ec2 as ec2
import pulumi_aws.vpc as vpc

from tradewind import constants, naming
from tradewind.kubelet import Role
from tradewind.platforms.aws.network import Network
from tradewind.platforms.aws.spec import AwsSpec
from tradewind.platforms.aws.tags import cluster_tags
from tradewind.platforms.ports import Flow, Peer, Protocol, flows

_EVERYWHERE = ("0.0.0.0/0", "::/0")


class Group(str, Enum):
    """A security group."""

    CONTROLLER = "controller"
    WORKER = "worker"
    LOAD_BALANCER = "load-balancer"
    """The public one."""
    INTERNAL_LOAD_BALANCER = "internal-load-balancer"
    """That of an internal API server, whose port may be one of ingress."""


@dataclass(frozen=True, kw_only=True)
class IngressRule:
    """Connections that a group lets in from one source: a group, a range, or a NAT by its name."""

    to: Group
    flow: str
    """Name of the row of the matrix."""
    protocol: Protocol
    first: int
    last: int
    group: Group | None = None
    cidr: str | None = None
    nat: str | None = None

    @property
    def source(self) -> str:
        """As part of a name."""
        if self.cidr is not None:
            return self.cidr.replace("/", "-").replace(":", ".")
        return self.group.value if self.group else f"nat-{self.nat}"


@dataclass(frozen=True, kw_only=True)
class SecurityGroups:
    """Ids of the groups."""

    controller: pulumi.Output[str]
    worker: pulumi.Output[str]
    ingress: pulumi.Output[str]
    """Of the load balancer of ingress."""
    apiserver: pulumi.Output[str]
    """Of the load balancer of the API server, which may be the same."""


def ingress_rules(spec: AwsSpec) -> tuple[IngressRule, ...]:
    """Every rule of every group."""
    machines = [(Group(flow.to.value), flow) for flow in flows(spec.cloud.cluster)]
    return tuple(
        IngressRule(
            to=to,
            flow=flow.name,
            protocol=flow.protocol,
            first=flow.first,
            last=flow.last,
            **source,
        )
        for to, flow in (*machines, *_at_load_balancers(spec))
        for source in _sources(spec, flow, to)
    )


def _of_api(spec: AwsSpec) -> Group:
    """The group of the load balancer of the API server."""
    return Group.INTERNAL_LOAD_BALANCER if spec.cloud.internal_api else Group.LOAD_BALANCER


def _at_load_balancers(spec: AwsSpec) -> Iterator[tuple[Group, Flow]]:
    """The rows for whom load balancers listen; clients of the API server at the port that was chosen."""
    for flow in flows(spec.cloud.cluster):
        if flow.source is Peer.EVERYWHERE:
            yield Group.LOAD_BALANCER, flow
        elif flow.first == constants.API_PORT and flow.source is not Peer.HEALTH_CHECKS:
            port = spec.cloud.cluster.api_port
            yield _of_api(spec), replace(flow, first=port, last=port)


def _sources(spec: AwsSpec, flow: Flow, to: Group) -> Sequence[Mapping[str, Any]]:
    nats = spec.nats if to is Group.LOAD_BALANCER else ()
    nodes = [{"group": Group.CONTROLLER}, {"group": Group.WORKER}]
    # Clients come by the load balancer, which a controller lets in for its health checks already.
    clients = spec.cloud.api_allowed_cidrs if to is _of_api(spec) else ()
    known = [f"{nat.address}/32" for nat in nats if isinstance(nat.address, str)]
    by_peer: Mapping[Peer, Sequence[Mapping[str, Any]]] = {
        Peer.EVERYWHERE: [{"cidr": cidr} for cidr in _EVERYWHERE],
        Peer.API_CLIENTS: [{"cidr": cidr} for cidr in dict.fromkeys((*clients, *known))],
        Peer.SSH_CLIENTS: [{"cidr": cidr} for cidr in spec.cloud.ssh_allowed_cidrs],
        Peer.CONTROLLERS: nodes[:1],
        Peer.WORKERS: nodes[1:],
        Peer.NODES: [*nodes, *({"nat": nat.name} for nat in nats if not isinstance(nat.address, str))],
        Peer.HEALTH_CHECKS: [{"group": _of_api(spec) if flow.to is Role.CONTROLLER else Group.LOAD_BALANCER}],
    }
    return by_peer[flow.source]


def security_groups(spec: AwsSpec, network: Network, opts: pulumi.ResourceOptions) -> SecurityGroups:
    """The groups with their rules. From each, everything may be reached."""
    groups = [Group.CONTROLLER, Group.WORKER, *dict.fromkeys([Group.LOAD_BALANCER, _of_api(spec)])]
    ids = {group: _group(spec, network, group, opts).id for group in groups}
    for group, id_ in ids.items():
        for family, cidr in zip(("ipv4", "ipv6"), _EVERYWHERE, strict=True):
            vpc.SecurityGroupEgressRule(
                naming.child(spec.name, group.value, "egress", family),
                security_group_id=id_,
                ip_protocol="-1",
                cidr_ipv4=cidr if family == "ipv4" else None,
                cidr_ipv6=cidr if family == "ipv6" else None,
                opts=opts,
            )
    nats = {nat.name: address for nat, address in zip(spec.nats, network.nat_addresses, strict=True)}
    for rule in ingress_rules(spec):
        # ICMP of every type and code.
        first, last = (-1, -1) if rule.protocol is Protocol.ICMP else (rule.first, rule.last)
        is_ipv6 = ":" in (rule.cidr or "")
        vpc.SecurityGroupIngressRule(
            naming.child(spec.name, rule.to.value, rule.flow, rule.source),
            security_group_id=ids[rule.to],
            ip_protocol=rule.protocol.value,
            from_port=first,
            to_port=last,
            referenced_security_group_id=ids[rule.group] if rule.group else None,
            cidr_ipv4=None if is_ipv6 else _ipv4_source(rule, nats),
            cidr_ipv6=rule.cidr if is_ipv6 else None,
            opts=opts,
        )
    return SecurityGroups(
        controller=ids[Group.CONTROLLER],
        worker=ids[Group.WORKER],
        ingress=ids[Group.LOAD_BALANCER],
        apiserver=ids[_of_api(spec)],
    )


def _group(spec: AwsSpec, network: Network, group: Group, opts: pulumi.ResourceOptions) -> ec2.SecurityGroup:
    name = naming.child(spec.name, group.value)
    return ec2.SecurityGroup(
        name,
        vpc_id=network.vpc_id,
        description=f"Tradewind: {group.value} of {spec.name}",
        # A controller manager finds the group of machines by the tag, and has to find one.
        tags=cluster_tags(spec.name, name) if group in (Group.CONTROLLER, Group.WORKER) else {"Name": name},
        opts=opts,
    )


def _ipv4_source(rule: IngressRule, nats: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str] | None:
    return rule.cidr if rule.nat is None else pulumi.Output.concat(nats[rule.nat], "/32")
