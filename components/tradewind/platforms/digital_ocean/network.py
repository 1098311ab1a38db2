"""The network: a VPC, tags that tell controllers from workers, and the way out of private nodes.

Reads: `DigitalOceanSpec`. Makes: `Network`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind import naming
from tradewind.kubelet import Role
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec


class Network:
    """Where droplets are."""

    def __init__(self, spec: DigitalOceanSpec, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        """Make the network; `args` hold what other resources make."""
        name = spec.cloud.name
        self.vpc_id: pulumi.Output[str] = (
            _vpc(spec, opts).id if spec.own_vpc else pulumi.Output.from_input(args["vpc_id"])
        )
        self.tags: Mapping[Role, pulumi.Output[str]] = {
            role: digitalocean.Tag(naming.child(name, role.value), opts=opts).name for role in Role
        }
        """Names of tags. Firewalls and load balancers find droplets by them."""
        self.nat_gateways: Sequence[digitalocean.VpcNatGateway] = (
            [_nat_gateway(spec, self.vpc_id, args.get("project_id"), opts)] if spec.nat_gateway else []
        )
        """There have to be before private nodes, which get their default route at their first boot."""

    @property
    def outgoing(self) -> Sequence[pulumi.Output[str]]:
        """Addresses from which private nodes come on the internet."""
        return [each.egresses.apply(_first_address) for each in self.nat_gateways]


def _first_address(egresses: Sequence[digitalocean.outputs.VpcNatGatewayEgress]) -> str:
    return next(each.ipv4 for egress in egresses for each in egress.public_gateways or () if each.ipv4)


def _vpc(spec: DigitalOceanSpec, opts: pulumi.ResourceOptions) -> digitalocean.Vpc:
    # What was deleted is still its member for minutes, and the provider gives up after two.
    late = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete="15m"))
    return digitalocean.Vpc(
        spec.cloud.name,
        region=spec.region,
        ip_range=str(spec.cloud.host_cidr),
        opts=pulumi.ResourceOptions.merge(opts, late),
    )


def _nat_gateway(
    spec: DigitalOceanSpec,
    vpc_id: pulumi.Output[str],
    project_id: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> digitalocean.VpcNatGateway:
    return digitalocean.VpcNatGateway(
        naming.child(spec.cloud.name, "nat"),
        region=spec.region,
        type="PUBLIC",
        size=1,
        vpcs=[digitalocean.VpcNatGatewayVpcArgs(vpc_uuid=vpc_id, default_gateway=True)],
        project_id=project_id,
        opts=opts,
    )
