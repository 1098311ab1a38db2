"""`tradewind.digital_ocean.Cluster`: a cluster of droplets.

Reads: `DigitalOceanClusterArgs`. Makes: an SSH key, a network, droplets with firewalls, names, and the cluster on them.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import cast

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind import butane, naming
from tradewind.args import ClusterArgs
from tradewind.control_plane import ControlPlane
from tradewind.kubelet import Role
from tradewind.platforms.base import Machine
from tradewind.platforms.cloud import CloudPlatform
from tradewind.platforms.component import ClusterComponent, child_options
from tradewind.platforms.digital_ocean import dns, load_balancer
from tradewind.platforms.digital_ocean.args import DigitalOceanClusterArgs
from tradewind.platforms.digital_ocean.controllers import controllers
from tradewind.platforms.digital_ocean.deltas import DELTAS
from tradewind.platforms.digital_ocean.droplets import Placement, in_project
from tradewind.platforms.digital_ocean.firewall import behind, firewalls
from tradewind.platforms.digital_ocean.images import image_id
from tradewind.platforms.digital_ocean.network import Network
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec, DropletSpec, digital_ocean_spec
from tradewind.platforms.digital_ocean.workers import workers
from tradewind.platforms.first_boot import tell
from tradewind.platforms.worker_access import worker_access
from tradewind.spec.cloud import cluster_args


class Cluster(ClusterComponent):
    """A Kubernetes cluster on DigitalOcean."""

    worker_access: pulumi.Output[Mapping[str, str]]
    """What a `WorkerPool` needs to add workers. Secret."""
    ssh_public_key: pulumi.Output[str]
    """Public half of `ssh_private_key`, one line of authorized_keys."""
    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    controller_tag: pulumi.Output[str]
    """Tag of every controller."""
    worker_tag: pulumi.Output[str]
    """Tag of every worker, those of a `WorkerPool` too: for firewalls and load balancers of one's own."""
    controllers_dns: pulumi.Output[str]
    """Name of the API server."""
    workers_dns: pulumi.Output[str]
    """Name at which the workers' ports 80 and 443 are reached; with private nodes and no `ingress_load_balancer` there
    is no such name."""
    load_balancer_ids: pulumi.Output[Mapping[str, str]]
    """Ids of the load balancers, by `api` and `ingress`."""

    def __init__(self, name: str, args: DigitalOceanClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = digital_ocean_spec(args, butane.translate)
        super().__init__("tradewind:digital_ocean:Cluster", name, spec.cloud.cluster, opts)
        child = child_options(self, opts)
        platform = DigitalOceanPlatform(spec, args, child)
        made = self._build(name, cast("ClusterArgs", cluster_args(args)), platform, child)
        self.ssh_public_key = platform.public_key
        self.vpc_id = platform.network.vpc_id
        self.controller_tag = platform.network.tags[Role.CONTROLLER]
        self.worker_tag = platform.network.tags[Role.WORKER]
        self.controllers_dns = pulumi.Output.from_input(naming.api_host(spec.cloud.name, spec.cloud.dns_zone))
        self.workers_dns = pulumi.Output.from_input(dns.workers_host(spec))
        ids: Mapping[str, pulumi.Output[str]] = {key: each.id for key, each in platform.load_balancers.items()}
        # Not `Output.all`, which makes a list of nothing.
        self.load_balancer_ids = pulumi.Output.from_input(cast("Mapping[str, str]", ids))
        self.worker_access = worker_access(
            made,
            self.ssh_public_key,
            self.ssh_private_key,
            vpc_id=self.vpc_id,
            worker_tag=self.worker_tag,
            ssh_key=platform.ssh_key.fingerprint,
        )
        self._register(Cluster)


class DigitalOceanPlatform(CloudPlatform[DropletSpec]):
    """Makes droplets. Satisfies `Platform`."""

    def __init__(self, spec: DigitalOceanSpec, args: DigitalOceanClusterArgs, opts: pulumi.ResourceOptions) -> None:
        """Make the network and its firewalls; machines follow when they are asked for."""
        super().__init__(spec.cloud, args, DELTAS[spec.cloud.operating_system], opts)
        self.spec = spec
        self.public_key = pulumi.Output.from_input(self.keys.authorized[0])
        """That of deliveries."""
        self.ssh_key = digitalocean.SshKey(
            naming.child(spec.cloud.name, "delivery", "key"), public_key=self.public_key, opts=opts
        )
        self.network = Network(spec, args, opts)
        self.load_balancers: dict[str, digitalocean.LoadBalancer] = {}
        self._image = image_id(args["os_image"], opts)
        self._project_id: pulumi.Input[str] | None = args.get("project_id")
        before = [*firewalls(spec, self.network, opts), *self.network.nat_gateways]
        self._guarded = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=before))

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One droplet for each controller."""
        return self._controllers

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """Names, and by choice a load balancer."""
        in_front = self._api_load_balancer() if self.spec.api_load_balancer else []
        return [
            *in_front,
            *dns.api_records(self.spec, controllers, self.load_balancers.get("api"), self.opts),
            *dns.etcd_records(self.spec, controllers, self.opts),
        ]

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One droplet for each worker, and their name."""
        if self.spec.ingress_load_balancer:
            self._ingress_load_balancer()
        dns.worker_records(self.spec, self._workers, self.opts)
        machines = (*self._controllers, *self._workers)
        in_project(naming.child(self.spec.cloud.name, "droplets"), self._project_id, machines, self.opts)
        return self._workers

    @cached_property
    def _controllers(self) -> Sequence[Machine]:
        return controllers(self.spec, self._place(Role.CONTROLLER), self.user_data, self._guarded)

    @cached_property
    def _workers(self) -> Sequence[Machine]:
        return workers(self.spec.cloud.pools, self._place(Role.WORKER), self.user_data, self._guarded)

    def _place(self, role: Role) -> Placement:
        return Placement(
            region=self.spec.region,
            image=self._image,
            vpc_id=self.network.vpc_id,
            tag=self.network.tags[role],
            ssh_key=self.ssh_key.fingerprint,
            private=self.spec.cloud.private_nodes,
            kubelet=self.spec.cloud.cluster.kubelet,
        )

    def _api_load_balancer(self) -> Sequence[pulumi.Resource]:
        """It lets the machines in, so that they come first."""
        machines = [each.address for each in (*self._controllers, *self._workers)]
        outgoing = self.network.outgoing if self.spec.cloud.private_nodes else machines
        made = load_balancer.api(self.spec, self.network, outgoing, self._project_id, self.opts)
        self.load_balancers["api"] = made
        tell(self.spec.unknown_gateway, made)
        return [behind(self.spec, Role.CONTROLLER, self.network, made, self.opts)]

    def _ingress_load_balancer(self) -> None:
        made = load_balancer.ingress(self.spec, self.network, self._project_id, self.opts)
        self.load_balancers["ingress"] = made
        behind(self.spec, Role.WORKER, self.network, made, self.opts)
        dns.ingress_record(self.spec, made, self.opts)
