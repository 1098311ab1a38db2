"""`tradewind.google_cloud.Cluster`: a cluster of machines on Google Cloud.

Reads: `GoogleCloudClusterArgs`. Makes: a network, load balancers, names, machines, and the cluster on them.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import cast

import pulumi

from tradewind import butane
from tradewind.args import ClusterArgs
from tradewind.control_plane import ControlPlane
from tradewind.platforms.base import Machine
from tradewind.platforms.cloud import CloudPlatform
from tradewind.platforms.component import ARCHITECTURE, ClusterComponent, child_options
from tradewind.platforms.google_cloud import load_balancer
from tradewind.platforms.google_cloud.args import GoogleCloudClusterArgs
from tradewind.platforms.google_cloud.controllers import Controller, controller
from tradewind.platforms.google_cloud.dns import records
from tradewind.platforms.google_cloud.network import cluster_network, firewalls
from tradewind.platforms.google_cloud.site import site
from tradewind.platforms.google_cloud.spec import GoogleCloudMachineSpec, GoogleCloudSpec, google_cloud_spec
from tradewind.platforms.google_cloud.workers import WorkerGroup, worker_group
from tradewind.platforms.worker_access import worker_access
from tradewind.spec.cloud import cluster_args


class Cluster(ClusterComponent):
    """A Kubernetes cluster on Google Cloud."""

    ssh_public_key: pulumi.Output[str]
    """Public half of the key of deliveries, one line of authorized_keys: what a bastion has to let in."""
    network: pulumi.Output[str]
    """Self link of the network, for firewall rules."""
    subnetwork: pulumi.Output[str]
    """Self link of the machines' subnetwork."""
    ingress_ipv4: pulumi.Output[str]
    """Address at which the ingress controllers of users are reached, for records of applications."""
    ingress_ipv6: pulumi.Output[str]
    """The same over IPv6."""
    worker_instance_groups: pulumi.Output[Mapping[str, str]]
    """URL of the instance group of each pool by its name, for load balancers of the user's own."""
    worker_target_pools: pulumi.Output[Mapping[str, str]]
    """Self link of the target pool of each pool by its name, for forwarding rules of the user's own."""
    worker_access: pulumi.Output[Mapping[str, str]]
    """What a `WorkerPool` needs of this cluster. Secret."""

    def __init__(self, name: str, args: GoogleCloudClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = google_cloud_spec(args, butane.translate)
        controllers = {ARCHITECTURE: spec.cloud.controller_architecture.value}
        super().__init__("tradewind:google_cloud:Cluster", name, spec.cloud.cluster, opts, controllers)
        child = child_options(self, opts)
        platform = GoogleCloudPlatform(spec, args, child)
        made = self._build(name, cast("ClusterArgs", cluster_args(args)), platform, child)
        self.ssh_public_key = pulumi.Output.from_input(platform.keys.authorized[0])
        self.network = platform.network.network
        self.subnetwork = platform.network.subnetwork
        self.ingress_ipv4 = platform.ingress.ipv4
        self.ingress_ipv6 = platform.ingress.ipv6
        self.worker_instance_groups = pulumi.Output.all(
            **{pool: group.instance_group for pool, group in platform.groups.items()}
        )
        self.worker_target_pools = pulumi.Output.all(
            **{pool: group.target_pool for pool, group in platform.groups.items()}
        )
        self.worker_access = worker_access(made, self.ssh_public_key, network=self.network, subnetwork=self.subnetwork)
        self._register(Cluster)


class GoogleCloudPlatform(CloudPlatform[GoogleCloudMachineSpec]):
    """Makes machines of Google Cloud. Satisfies `Platform`."""

    ingress: load_balancer.Ingress
    """Once there are workers."""

    def __init__(self, spec: GoogleCloudSpec, args: GoogleCloudClusterArgs, opts: pulumi.ResourceOptions) -> None:
        """Make the network and its firewall rules; machines follow when they are asked for."""
        super().__init__(spec.cloud, args, spec.delta, opts)
        self.network = cluster_network(spec, args.get("network"), opts)
        firewalls(spec, self.network, opts)
        self._site = site(spec, args, self.network, opts)
        self._controllers: list[Controller] = []
        self.groups: dict[str, WorkerGroup] = {}

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One instance for each, in the zones in turn."""
        zones = itertools.cycle(self._site.zones)
        self._controllers = [
            controller(self._site, node, zone, self.user_data(node.name), self.opts)
            for node, zone in zip(self.cloud.controllers, zones, strict=False)
        ]
        return [each.machine for each in self._controllers]

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """Load balancers, and names in the zone."""
        endpoint = load_balancer.api_endpoint(self._site, self._controllers, self.opts)
        return [*endpoint.rules, *records(self._site, endpoint, controllers, self.opts)]

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """A managed instance group for each pool, and ingress in front of them."""
        for pool in self.cloud.pools:
            user_data = self.group_user_data(pool.node.name, control_plane)
            self.groups[pool.name] = worker_group(self._site, pool, user_data, opts)
        groups = [group.instance_group for group in self.groups.values()]
        self.ingress = load_balancer.ingress(self._site, groups, opts)
