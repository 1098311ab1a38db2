"""The network of a cluster: a VPC of its own with subnets in several zones, or an existing one.

Reads: `AwsSpec`. Makes: `Network`. Private nodes go out through one NAT gateway for each zone, so that a zone that
fails takes no other with it, and over IPv6 through a gateway that lets nothing in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_aws.ec2 as ec2

from tradewind import naming
from tradewind.platforms.aws.spec import AwsSpec, ExistingNetwork
from tradewind.platforms.aws.subnets import ipv4_range, ipv6_range
from tradewind.platforms.aws.tags import cluster_tags

_ALL_IPV4, _ALL_IPV6 = "0.0.0.0/0", "::/0"


@dataclass(frozen=True, kw_only=True)
class Network:
    """Where machines and load balancers are."""

    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    """Those of public load balancers."""
    node_subnet_ids: Sequence[pulumi.Input[str]]
    """Those of machines."""
    nat_addresses: Sequence[pulumi.Input[str]]
    """Public IPv4 addresses from which private nodes come."""
    routes: Sequence[pulumi.Resource] = ()
    """Without these, machines reach nothing."""


def network(spec: AwsSpec, opts: pulumi.ResourceOptions) -> Network:
    """The existing network, or a new one."""
    private = spec.cloud.private_nodes
    return _existing(spec.network, private=private) if spec.network else _Vpc(spec, opts).network(private=private)


def _existing(chosen: ExistingNetwork, *, private: bool) -> Network:
    return Network(
        vpc_id=chosen.vpc_id,
        public_subnet_ids=chosen.subnet_ids,
        node_subnet_ids=chosen.private_subnet_ids if private else chosen.subnet_ids,
        nat_addresses=chosen.nat_addresses if private else (),
    )


class _Vpc:
    """A VPC with a way to the internet."""

    def __init__(self, spec: AwsSpec, opts: pulumi.ResourceOptions) -> None:
        self._spec = spec
        self._opts = opts
        self._vpc = ec2.Vpc(
            spec.name,
            cidr_block=str(spec.cloud.host_cidr),
            assign_generated_ipv6_cidr_block=True,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=cluster_tags(spec.name, spec.name),
            opts=opts,
        )
        self._gateway = ec2.InternetGateway(
            spec.name, vpc_id=self._vpc.id, tags=cluster_tags(spec.name, spec.name), opts=opts
        )

    def network(self, *, private: bool) -> Network:
        zones = self._spec.zones
        table = self._table("public")
        routes = [
            self._route("public", "ipv4", table, destination_cidr_block=_ALL_IPV4, gateway_id=self._gateway.id),
            self._route("public", "ipv6", table, destination_ipv6_cidr_block=_ALL_IPV6, gateway_id=self._gateway.id),
        ]
        public = [self._subnet(zone, private=False) for zone in zones]
        ways = [self._associate(f"public-{zone}", subnet, table) for zone, subnet in zip(zones, public, strict=True)]
        made = partial(Network, vpc_id=self._vpc.id, public_subnet_ids=[subnet.id for subnet in public])
        if not private:
            return made(node_subnet_ids=[each.id for each in public], nat_addresses=(), routes=[*routes, *ways])
        own = [self._subnet(zone, private=True) for zone in zones]
        addresses = [self._address(zone) for zone in zones]
        egress = ec2.EgressOnlyInternetGateway(
            self._spec.name,
            vpc_id=self._vpc.id,
            tags=cluster_tags(self._spec.name, self._spec.name),
            opts=self._opts,
        )
        for zone, subnet, exit_, address in zip(zones, own, public, addresses, strict=True):
            routes.extend(self._nat(zone, subnet, exit_, address, egress))
        return made(
            node_subnet_ids=[subnet.id for subnet in own],
            nat_addresses=[address.public_ip for address in addresses],
            routes=[*routes, *ways],
        )

    def _subnet(self, zone: str, *, private: bool) -> ec2.Subnet:
        name = naming.child(self._spec.name, "private" if private else "public", zone)
        return ec2.Subnet(
            name,
            vpc_id=self._vpc.id,
            availability_zone=zone,
            cidr_block=ipv4_range(self._spec.cloud.host_cidr, zone, private=private),
            ipv6_cidr_block=self._vpc.ipv6_cidr_block.apply(lambda block: ipv6_range(block, zone, private=private)),
            assign_ipv6_address_on_creation=True,
            # Where a cloud controller manager may put load balancers.
            tags={
                **cluster_tags(self._spec.name, name),
                "kubernetes.io/role/internal-elb" if private else "kubernetes.io/role/elb": "1",
            },
            opts=self._opts,
        )

    def _address(self, zone: str) -> ec2.Eip:
        name = naming.child(self._spec.name, "nat", zone)
        return ec2.Eip(name, domain="vpc", tags=cluster_tags(self._spec.name, name), opts=self._opts)

    def _nat(
        self,
        zone: str,
        subnet: ec2.Subnet,
        exit_: ec2.Subnet,
        address: ec2.Eip,
        egress: ec2.EgressOnlyInternetGateway,
    ) -> Sequence[pulumi.Resource]:
        name = naming.child(self._spec.name, "nat", zone)
        gateway = ec2.NatGateway(
            name,
            subnet_id=exit_.id,
            allocation_id=address.allocation_id,
            tags=cluster_tags(self._spec.name, name),
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[self._gateway])),
        )
        own = f"private-{zone}"
        table = self._table(own)
        return [
            self._route(own, "ipv4", table, destination_cidr_block=_ALL_IPV4, nat_gateway_id=gateway.id),
            self._route(own, "ipv6", table, destination_ipv6_cidr_block=_ALL_IPV6, egress_only_gateway_id=egress.id),
            self._associate(own, subnet, table),
        ]

    def _table(self, part: str) -> ec2.RouteTable:
        name = naming.child(self._spec.name, part)
        return ec2.RouteTable(name, vpc_id=self._vpc.id, tags=cluster_tags(self._spec.name, name), opts=self._opts)

    def _route(self, part: str, family: str, table: ec2.RouteTable, **way: pulumi.Input[str]) -> pulumi.Resource:
        name = naming.child(self._spec.name, part, family)
        return ec2.Route(name, route_table_id=table.id, opts=self._opts, **way)

    def _associate(self, part: str, subnet: ec2.Subnet, table: ec2.RouteTable) -> pulumi.Resource:
        name = naming.child(self._spec.name, part)
        return ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=self._opts)
