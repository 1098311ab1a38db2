"""`tradewind.aws.WorkerPool`: a pool of workers beside a cluster on AWS, which may be of another stack.

Reads: `AwsWorkerPoolArgs`. Makes: an auto scaling group.
"""

from collections.abc import Sequence

import pulumi

from tradewind import butane
from tradewind.platforms.aws.args import AwsWorkerPoolArgs
from tradewind.platforms.aws.deltas import DELTAS
from tradewind.platforms.aws.images import image_id
from tradewind.platforms.aws.spec import CLOUD_RULES, aws_pool_spec
from tradewind.platforms.aws.workers import WorkerBoot, WorkerPlace, worker_group
from tradewind.platforms.component import child_options
from tradewind.platforms.hosts import pool_hosts
from tradewind.platforms.user_data import group_user_data
from tradewind.platforms.worker_access import WorkerAccess


class WorkerPool(pulumi.ComponentResource):
    """Workers that are alike, in the network and behind the load balancer of their cluster."""

    def __init__(self, name: str, args: AwsWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pool called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec, pool = aws_pool_spec(args, butane.translate)
        super().__init__("tradewind:aws:WorkerPool", name, None, opts)
        child = child_options(self, opts)
        cloud = spec.cloud
        access = WorkerAccess(f"{CLOUD_RULES.title} pool", args["worker_access"])
        place = WorkerPlace(
            subnet_ids=access.ids("subnet_ids"),
            security_group=access.id("security_group_id"),
            target_group_arns=access.ids("target_group_arns"),
        )
        (host,) = pool_hosts(pool, DELTAS[cloud.operating_system])
        keys: Sequence[pulumi.Input[str]] = (access.ssh_public_key, *cloud.ssh_authorized_keys)
        user_data = group_user_data(cloud.cluster, host, keys, access.join, access.ca_pem)
        image = image_id(cloud.operating_system, cloud.os_stream, pool.architecture, child)
        worker_group(spec, pool, place, WorkerBoot(image=image, user_data=user_data), child)
        self.register_outputs({})
