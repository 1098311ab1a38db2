"""Where machines are: a resource group, public addresses, and two subnets behind their firewalls.

Reads: `AzureSpec`. Makes: `PublicAddresses`, `Network`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native.network as network
import pulumi_azure_native.resources as resources

from tradewind import naming
from tradewind.kubelet import Role
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.firewall import Addresses, security_rules
from tradewind.platforms.azure.spec import AzureSpec, virtual_network

Address = network.PublicIPAddress


@dataclass(frozen=True)
class PublicAddresses:
    """Static public addresses."""

    load_balancer: Mapping[Family, Address]
    """With them workers go out, too."""
    controllers: Mapping[str, Mapping[Family, Address]]
    """By host name; none of private nodes."""
    nat: Address | None
    """With it private nodes go out over IPv4."""

    @property
    def of_nodes(self) -> Addresses:
        """Those with which nodes come to what is public."""
        alone = [self.nat] if self.nat else []
        every = [self.load_balancer, *self.controllers.values()]
        return {
            family: [
                address.ip_address
                for address in (*(own[family] for own in every if family in own), *(alone if family is _V4 else ()))
            ]
            for family in self.load_balancer
        }


_V4 = Family.IPV4


def resource_group(spec: AzureSpec, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The name of a new resource group for everything of the cluster."""
    group = resources.ResourceGroup(spec.cloud.name, location=spec.location, opts=opts)
    return group.name


def public_addresses(spec: AzureSpec, group: pulumi.Output[str], opts: pulumi.ResourceOptions) -> PublicAddresses:
    """The addresses of the load balancer, of controllers or of their NAT."""

    def address(*parts: str, family: Family = _V4) -> Address:
        return Address(
            naming.child(*parts),
            resource_group_name=group,
            location=spec.location,
            public_ip_address_version=family.value,
            public_ip_allocation_method="Static",
            sku={"name": "Standard"},
            opts=opts,
        )

    name, private = spec.cloud.name, spec.cloud.private_nodes
    return PublicAddresses(
        load_balancer={
            family: address(name, "load-balancer", family.value.lower(), family=family) for family in spec.families
        },
        controllers={
            node.name: {family: address(node.name, family.value.lower(), family=family) for family in spec.families}
            for node in (() if private else spec.cloud.controllers)
        },
        nat=address(name, "nat", "ipv4") if private else None,
    )


class Network:
    """The subnets of controllers and workers, each behind a firewall."""

    def __init__(
        self,
        spec: AzureSpec,
        group: pulumi.Output[str],
        addresses: PublicAddresses,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Make them, in a new network or in that of the user's own."""
        self._spec, self._group, self._opts = spec, group, opts
        self._nat = self._nat_gateway(addresses)
        self.id, of_network, name = self._virtual_network()
        self.firewalls = {role: self._firewall(role) for role in Role}
        whole = {role: self._rules(role, addresses) for role in Role}
        controllers = self._subnet(Role.CONTROLLER, of_network, name, whole[Role.CONTROLLER])
        # Azure changes one subnet of a network at a time.
        workers = self._subnet(Role.WORKER, of_network, name, controllers, whole[Role.WORKER])
        self.subnets = {Role.CONTROLLER: controllers, Role.WORKER: workers}

    def _virtual_network(self) -> tuple[pulumi.Output[str], pulumi.Input[str], pulumi.Input[str]]:
        """Id, resource group and name."""
        spec = self._spec
        if spec.virtual_network_id is not None:
            own: pulumi.Output[str] = pulumi.Output.from_input(spec.virtual_network_id)
            return own, own.apply(lambda known: virtual_network(known)[0]), own.apply(lambda it: virtual_network(it)[1])
        ranges = [str(spec.cloud.host_cidr), *([str(spec.ipv6_cidr)] if spec.ipv6_cidr else [])]
        made = network.VirtualNetwork(
            naming.child(spec.cloud.name, "network"),
            resource_group_name=self._group,
            location=spec.location,
            address_space={"address_prefixes": ranges},
            opts=self._opts,
        )
        return made.id, self._group, made.name

    def _nat_gateway(self, addresses: PublicAddresses) -> network.NatGateway | None:
        """Of private nodes. It knows IPv4 only."""
        if addresses.nat is None:
            return None
        return network.NatGateway(
            naming.child(self._spec.cloud.name, "nat"),
            resource_group_name=self._group,
            location=self._spec.location,
            sku={"name": "Standard"},
            public_ip_addresses=[{"id": addresses.nat.id}],
            opts=self._opts,
        )

    def _firewall(self, role: Role) -> network.NetworkSecurityGroup:
        """Without rules in its own inputs, which would be all that it may have."""
        return network.NetworkSecurityGroup(
            naming.child(self._spec.cloud.name, role.value, "firewall"),
            resource_group_name=self._group,
            location=self._spec.location,
            opts=self._opts,
        )

    def _rules(self, role: Role, addresses: PublicAddresses) -> pulumi.Resource:
        """The rules of a firewall. Returns the last one, with which it is whole."""
        firewall = self.firewalls[role]
        last: pulumi.Resource = firewall
        for name, rule in security_rules(role, self._spec, addresses.of_nodes).items():
            # Azure changes one rule of a group at a time.
            own = pulumi.ResourceOptions(parent=firewall, deleted_with=firewall, depends_on=[last])
            last = network.SecurityRule(
                naming.child(self._spec.cloud.name, role.value, name),
                resource_group_name=self._group,
                network_security_group_name=firewall.name,
                opts=pulumi.ResourceOptions.merge(self._opts, own),
                **rule,
            )
        return last

    def _subnet(
        self, role: Role, group: pulumi.Input[str], name: pulumi.Input[str], *after: pulumi.Resource
    ) -> network.Subnet:
        return network.Subnet(
            naming.child(self._spec.cloud.name, role.value, "subnet"),
            resource_group_name=group,
            virtual_network_name=name,
            address_prefixes=list(self._spec.subnet(role).values()),
            # Machines go out by their own addresses, the load balancer's or the NAT's.
            default_outbound_access=False,
            network_security_group={"id": self.firewalls[role].id},
            nat_gateway={"id": self._nat.id} if self._nat else None,
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[*after])),
        )
