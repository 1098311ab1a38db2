"""`tradewind.digital_ocean.WorkerPool`: workers that are added to a cluster.

Reads: `DigitalOceanWorkerPoolArgs`. Makes: droplets, and brings them their files.
"""

from collections.abc import Mapping
from typing import cast

import pulumi

from tradewind import butane, naming
from tradewind.delivery.rollout import deliver_workers
from tradewind.host.options import HostOptions
from tradewind.platforms.base import SshAccess
from tradewind.platforms.component import child_options
from tradewind.platforms.digital_ocean import dns
from tradewind.platforms.digital_ocean.args import DigitalOceanClusterArgs, DigitalOceanWorkerPoolArgs
from tradewind.platforms.digital_ocean.deltas import DELTAS
from tradewind.platforms.digital_ocean.droplets import Placement, in_project
from tradewind.platforms.digital_ocean.images import image_id
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec, DropletSpec, digital_ocean_pool
from tradewind.platforms.digital_ocean.workers import workers
from tradewind.platforms.hosts import pool_hosts
from tradewind.platforms.ssh import authorized_keys, ssh_access
from tradewind.platforms.user_data import single_user_data
from tradewind.platforms.worker_access import WorkerAccess
from tradewind.spec.cloud import Pool


class WorkerPool(pulumi.ComponentResource):
    """Workers beside those that a cluster makes itself, in its network and behind its firewalls."""

    addresses: pulumi.Output[Mapping[str, str]]
    """Address at which SSH reaches a worker, by its name."""

    def __init__(self, name: str, args: DigitalOceanWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pool called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec, pool = digital_ocean_pool(args, butane.translate)
        super().__init__("tradewind:digital_ocean:WorkerPool", name, None, opts)
        child = child_options(self, opts)
        cluster = args["cluster"]
        access = WorkerAccess("DigitalOcean cluster pool", args["worker_access"])
        hosts = PoolHosts(spec, pool, access, cluster)
        place = Placement(
            region=spec.region,
            image=image_id(cluster["os_image"], child),
            vpc_id=access.id("vpc_id"),
            tag=access.id("worker_tag"),
            ssh_key=access.id("ssh_key"),
            private=spec.cloud.private_nodes,
            kubelet=spec.cloud.cluster.kubelet,
        )
        machines = workers([pool], place, hosts.user_data, child)
        deliver_workers(spec.cloud.cluster, access.join, machines, hosts, child)
        dns.worker_records(spec, machines, child)
        in_project(naming.child(pool.node.name, "droplets"), cluster.get("project_id"), machines, child)
        addresses: Mapping[str, pulumi.Output[str]] = {each.name: each.address for each in machines}
        # Not `Output.all`, which makes a list of nothing.
        self.addresses = pulumi.Output.from_input(cast("Mapping[str, str]", addresses))
        self.register_outputs({"addresses": self.addresses})


class PoolHosts:
    """What is known about the pool's hosts. Satisfies `Hosts`."""

    def __init__(
        self, spec: DigitalOceanSpec, pool: Pool[DropletSpec], access: WorkerAccess, cluster: DigitalOceanClusterArgs
    ) -> None:
        """Of `pool`, whose machines are entered by what `access` gives and the cluster's arguments say."""
        self._cluster = spec.cloud.cluster
        self._hosts = {host.name: host for host in pool_hosts(pool, DELTAS[spec.cloud.operating_system])}
        self._keys = authorized_keys(access.ssh_public_key, cluster)
        self.ssh: SshAccess = ssh_access(access.ssh_private_key, cluster)
        """By the cluster's own key, through the user's bastion if there is one."""

    def host_options(self, name: str) -> HostOptions:
        """What is chosen about the host of that name."""
        return self._hosts[name].options

    def user_data(self, name: str) -> pulumi.Output[str]:
        """User data of the machine of that name. Not secret."""
        return single_user_data(self._cluster, self._hosts[name], self._keys)
