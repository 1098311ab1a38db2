"""`tradewind.azure.Cluster`: a cluster on Azure.

Reads: `AzureClusterArgs`. Makes: network, load balancer, names, machines, and the cluster on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import pulumi

from tradewind import butane
from tradewind.args import ClusterArgs
from tradewind.control_plane import ControlPlane
from tradewind.kubelet import Role
from tradewind.platforms.azure.args import AzureClusterArgs
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.controllers import Controllers, Surroundings
from tradewind.platforms.azure.dns import records
from tradewind.platforms.azure.load_balancer import LoadBalancers
from tradewind.platforms.azure.network import Network, public_addresses, resource_group
from tradewind.platforms.azure.spec import AzureMachineSpec, AzureSpec, azure_spec
from tradewind.platforms.azure.workers import Surroundings as WorkerSurroundings
from tradewind.platforms.azure.workers import scale_set
from tradewind.platforms.base import Machine
from tradewind.platforms.cloud import CloudPlatform
from tradewind.platforms.component import ARCHITECTURE, ZONES, ClusterComponent, child_options
from tradewind.platforms.hosts import CloudHosts
from tradewind.platforms.worker_access import worker_access
from tradewind.spec.cloud import cluster_args


class Cluster(ClusterComponent):
    """A Kubernetes cluster on Azure."""

    location: pulumi.Output[str]
    """Its region."""
    resource_group_name: pulumi.Output[str]
    """The group that everything of the cluster is in, but for DNS records and the user's own network."""
    virtual_network_id: pulumi.Output[str]
    """Its network, or the user's own."""
    subnet_ids: pulumi.Output[Mapping[str, str]]
    """Subnets by role, `controller` and `worker`."""
    security_group_ids: pulumi.Output[Mapping[str, str]]
    """Network security groups by role."""
    load_balancer_id: pulumi.Output[str]
    """The public load balancer."""
    ingress_addresses: pulumi.Output[Mapping[str, str]]
    """Public addresses of the load balancer, by `ipv4` and `ipv6`, for names of applications."""
    worker_access: pulumi.Output[Mapping[str, str]]
    """What a `WorkerPool` needs to join the cluster. Secret."""

    def __init__(self, name: str, args: AzureClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = azure_spec(args, butane.translate)
        architecture = spec.cloud.controller_architecture.value
        controllers = {ARCHITECTURE: architecture, ZONES: "some" if spec.zones else "none"}
        super().__init__("tradewind:azure:Cluster", name, spec.cloud.cluster, opts, controllers)
        child = child_options(self, opts)
        platform = AzurePlatform(spec, args, child)
        made = self._build(name, cast("ClusterArgs", cluster_args(args)), platform, child)
        self.location = pulumi.Output.from_input(spec.location)
        self.resource_group_name = platform.group
        self.virtual_network_id = platform.network.id
        self.subnet_ids = _ids(platform.network.subnets)
        self.security_group_ids = _ids(platform.network.firewalls)
        self.load_balancer_id = platform.balancers.public.id
        self.ingress_addresses = pulumi.Output.all(
            **{
                family.value.lower(): platform.addresses.load_balancer[family].ip_address
                for family in spec.balanced_families
            }
        )
        self.worker_access = worker_access(made, platform.keys.authorized[0], **platform.places)
        self._register(Cluster)


def _ids(resources: Mapping[Role, pulumi.CustomResource]) -> pulumi.Output[Mapping[str, str]]:
    return pulumi.Output.all(**{role.value: each.id for role, each in resources.items()})


class AzurePlatform(CloudPlatform[AzureMachineSpec]):
    """Makes machines of Azure. Satisfies `Platform`."""

    def __init__(self, spec: AzureSpec, args: AzureClusterArgs, opts: pulumi.ResourceOptions) -> None:
        """Make what machines are placed in; they follow when they are asked for."""
        super().__init__(spec.cloud, args, spec.delta, opts)
        self.azure = spec
        self.hosts = local_api(self.hosts, spec)
        self.group = resource_group(spec, opts)
        self.addresses = public_addresses(spec, self.group, opts)
        self.network = Network(spec, self.group, self.addresses, opts)
        self.balancers = LoadBalancers(spec, self.group, self.addresses, self.network, opts)
        self._key = spec.azure_authorized_key or self.keys.authorized[0]

    @property
    def places(self) -> Mapping[str, pulumi.Output[str]]:
        """Where workers go, for pools beside the cluster."""
        return {
            "resource_group_name": self.group,
            "subnet_id": self.network.subnets[Role.WORKER].id,
            **{f"pool_id_{family.value.lower()}": id_ for family, id_ in self.balancers.pools(Role.WORKER).items()},
        }

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One virtual machine for each."""
        around = Surroundings(
            group=self.group, addresses=self.addresses, network=self.network, balancers=self.balancers
        )
        made = Controllers(self.azure, around, self._key, self.opts)
        return [made.machine(node, self.user_data(node.name)) for node in self.cloud.controllers]

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """The load balancer is there before controllers; the names of both follow."""
        internal = self.balancers.internal_address
        api = (
            [(Family.IPV4, internal)]
            if internal is not None
            else [
                (family, cast("pulumi.Output[str]", self.addresses.load_balancer[family].ip_address))
                for family in self.balancers.api_families
            ]
        )
        etcd = [machine.private_address for machine in controllers if machine.private_address is not None]
        return records(self.azure, api, etcd, self.opts)

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """One scale set for each pool that has workers."""
        around = WorkerSurroundings(
            group=self.group,
            subnet=self.network.subnets[Role.WORKER].id,
            pools=self.balancers.pools(Role.WORKER),
            key=self._key,
        )
        for pool in self.cloud.pools:
            if pool.workers:
                scale_set(self.azure, pool, self.group_user_data(pool.node.name, control_plane), around, opts)


def local_api(hosts: CloudHosts, spec: AzureSpec) -> CloudHosts:
    """Hosts whose controllers have the internal API at their own address.

    A machine behind an internal load balancer of Azure does not reach itself through it:
    https://learn.microsoft.com/azure/load-balancer/components#limitations
    """
    if not spec.cloud.internal_api:
        return hosts
    names = {"127.0.0.1": list(spec.cloud.cluster.api_servers)}
    return replace(
        hosts,
        controllers=tuple(replace(host, options=replace(host.options, hosts=names)) for host in hosts.controllers),
    )
