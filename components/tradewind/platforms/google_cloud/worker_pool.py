"""`tradewind.google_cloud.WorkerPool`: workers beside a cluster on Google Cloud.

Reads: `GoogleCloudWorkerPoolArgs`. Makes: a managed instance group.
"""

import pulumi

from tradewind import butane
from tradewind.platforms.component import child_options
from tradewind.platforms.google_cloud.args import GoogleCloudWorkerPoolArgs
from tradewind.platforms.google_cloud.network import ClusterNetwork
from tradewind.platforms.google_cloud.site import site
from tradewind.platforms.google_cloud.spec import RULES, google_cloud_pool
from tradewind.platforms.google_cloud.workers import worker_group
from tradewind.platforms.hosts import pool_hosts
from tradewind.platforms.user_data import group_user_data
from tradewind.platforms.worker_access import WorkerAccess


class WorkerPool(pulumi.ComponentResource):
    """Workers of a cluster on Google Cloud, in its region and network. Ingress of the cluster does not reach them."""

    instance_group: pulumi.Output[str]
    """URL of the instance group, for load balancers of the user's own."""
    target_pool: pulumi.Output[str]
    """Self link of the target pool, for forwarding rules of the user's own."""

    def __init__(self, name: str, args: GoogleCloudWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pool; `name` is that of the component.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec, pool = google_cloud_pool(args, butane.translate)
        cloud = spec.cloud
        (host,) = pool_hosts(pool, spec.delta)
        super().__init__("tradewind:google_cloud:WorkerPool", name, None, opts)
        child = child_options(self, opts)
        access = WorkerAccess(f"{RULES.title} pool", args["worker_access"])
        keys: list[pulumi.Input[str]] = [access.ssh_public_key, *cloud.ssh_authorized_keys]
        network = ClusterNetwork(network=access.id("network"), subnetwork=access.id("subnetwork"))
        group = worker_group(
            site(spec, args["cluster"], network, child),
            pool,
            group_user_data(cloud.cluster, host, keys, access.join, access.ca_pem),
            child,
        )
        self.instance_group, self.target_pool = group.instance_group, group.target_pool
        self.register_outputs({"instance_group": self.instance_group, "target_pool": self.target_pool})
