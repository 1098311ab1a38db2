"""`tradewind.aws.Cluster`: a cluster on AWS.

Reads: `AwsClusterArgs`. Makes: a network, security groups, machines, load balancers, names, and the cluster on them.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import pulumi

from tradewind import butane
from tradewind.args import ClusterArgs
from tradewind.choices import Architecture
from tradewind.control_plane import ControlPlane
from tradewind.platforms.aws.args import AwsClusterArgs
from tradewind.platforms.aws.controllers import Placement, controllers
from tradewind.platforms.aws.deltas import DELTAS
from tradewind.platforms.aws.dns import dns_records
from tradewind.platforms.aws.firewall import security_groups
from tradewind.platforms.aws.images import image_id
from tradewind.platforms.aws.load_balancer import LoadBalancers, load_balancers
from tradewind.platforms.aws.network import network
from tradewind.platforms.aws.spec import AwsMachineSpec, AwsSpec, aws_spec
from tradewind.platforms.aws.workers import WorkerBoot, WorkerPlace, worker_group
from tradewind.platforms.base import Machine
from tradewind.platforms.cloud import CloudPlatform
from tradewind.platforms.component import ARCHITECTURE, ClusterComponent, child_options
from tradewind.platforms.worker_access import worker_access
from tradewind.spec.cloud import cluster_args


class Cluster(ClusterComponent):
    """A Kubernetes cluster on AWS."""

    ssh_public_key: pulumi.Output[str]
    """Public half of the key of deliveries, one line of authorized_keys: what a bastion has to let in."""
    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    subnet_ids: pulumi.Output[Sequence[str]]
    """Ids of the public subnets."""
    node_subnet_ids: pulumi.Output[Sequence[str]]
    """Ids of the subnets of machines."""
    nat_addresses: pulumi.Output[Sequence[str]]
    """Public IPv4 addresses from which private nodes come; empty without them."""
    controller_security_group_id: pulumi.Output[str]
    """Id of the security group of controllers."""
    worker_security_group_id: pulumi.Output[str]
    """Id of the security group of workers."""
    apiserver_dns_name: pulumi.Output[str]
    """DNS name of the load balancer of the API server."""
    ingress_dns_name: pulumi.Output[str]
    """DNS name of the load balancer of ingress, for names of applications."""
    ingress_zone_id: pulumi.Output[str]
    """Id of the hosted zone of that name, for alias records."""
    ingress_load_balancer_arn: pulumi.Output[str]
    """ARN of that load balancer, for further listeners."""
    http_target_group_arn: pulumi.Output[str]
    """ARN of the target group of workers' port 80."""
    https_target_group_arn: pulumi.Output[str]
    """ARN of the target group of workers' port 443."""
    worker_access: pulumi.Output[Mapping[str, str]]
    """What a `WorkerPool` beside the cluster reads. Secret."""

    def __init__(self, name: str, args: AwsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = aws_spec(args, butane.translate)
        controllers = {ARCHITECTURE: spec.cloud.controller_architecture.value}
        super().__init__("tradewind:aws:Cluster", name, spec.cloud.cluster, opts, controllers)
        child = child_options(self, opts)
        platform = AwsPlatform(spec, args, child)
        made = self._build(name, cast("ClusterArgs", cluster_args(args)), platform, child)
        self.ssh_public_key = pulumi.Output.from_input(platform.keys.authorized[0])
        self.vpc_id = pulumi.Output.from_input(platform.network.vpc_id)
        self.subnet_ids = _all(platform.network.public_subnet_ids)
        self.node_subnet_ids = _all(platform.network.node_subnet_ids)
        self.nat_addresses = _all(platform.network.nat_addresses)
        self.controller_security_group_id = platform.groups.controller
        self.worker_security_group_id = platform.groups.worker
        self.apiserver_dns_name = platform.balancers.api.dns_name
        self.ingress_dns_name = platform.balancers.ingress.dns_name
        self.ingress_zone_id = platform.balancers.ingress.zone_id
        self.ingress_load_balancer_arn = platform.balancers.ingress.arn
        self.http_target_group_arn = platform.balancers.ingress_groups["http"].arn
        self.https_target_group_arn = platform.balancers.ingress_groups["https"].arn
        self.worker_access = worker_access(made, self.ssh_public_key, **platform.worker_ids)
        self._register(Cluster)


class AwsPlatform(CloudPlatform[AwsMachineSpec]):
    """Makes machines on AWS. Satisfies `Platform`."""

    balancers: LoadBalancers

    def __init__(self, spec: AwsSpec, args: AwsClusterArgs, opts: pulumi.ResourceOptions) -> None:
        """Make the network with its security groups, and the SSH key; machines follow when they are asked for."""
        super().__init__(spec.cloud, args, DELTAS[spec.cloud.operating_system], opts)
        self.spec = spec
        self.network = network(spec, opts)
        self.groups = security_groups(spec, self.network, opts)
        self._images: dict[Architecture, pulumi.Output[str]] = {}

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One instance for each."""
        placement = Placement(
            network=self.network,
            security_group=self.groups.controller,
            image=self.image(self.cloud.controller_architecture),
            user_data=self.user_data,
        )
        return controllers(self.spec, placement, self.opts)

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """Load balancers, and names in the hosted zone."""
        self.balancers = load_balancers(self.spec, self.network, self.groups, controllers, self.opts)
        records = dns_records(self.spec, self.balancers.api, controllers, self.opts)
        return [*self.balancers.listeners, *records]

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """One auto scaling group for each pool."""
        place = WorkerPlace(
            subnet_ids=self.network.node_subnet_ids,
            security_group=self.groups.worker,
            target_group_arns=[group.arn for group in self.balancers.ingress_groups.values()],
        )
        for pool in self.cloud.pools:
            user_data = self.group_user_data(pool.node.name, control_plane)
            boot = WorkerBoot(image=self.image(pool.architecture), user_data=user_data)
            worker_group(self.spec, pool, place, boot, opts)

    def image(self, architecture: Architecture) -> pulumi.Output[str]:
        """The newest image for machines of an architecture, asked for once."""
        if architecture not in self._images:
            cloud = self.cloud
            self._images[architecture] = image_id(cloud.operating_system, cloud.os_stream, architecture, self.opts)
        return self._images[architecture]

    @property
    def worker_ids(self) -> dict[str, pulumi.Output[str]]:
        """Where the machines of a pool beside the cluster go."""
        groups = [group.arn for group in self.balancers.ingress_groups.values()]
        return {
            "subnet_ids": _listed(self.network.node_subnet_ids),
            "security_group_id": self.groups.worker,
            "target_group_arns": _listed(groups),
        }


def _listed(ids: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    return _all(ids).apply(",".join)


def _all(ids: Sequence[pulumi.Input[str]]) -> pulumi.Output[list[str]]:
    known: pulumi.Output[list[str]] = pulumi.Output.all(*ids)
    return known
