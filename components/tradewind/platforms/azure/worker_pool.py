"""`tradewind.azure.WorkerPool`: workers beside a cluster, in the same program or another.

Reads: `AzureWorkerPoolArgs`. Makes: a scale set.
"""

import pulumi

from tradewind import butane
from tradewind.platforms.azure.args import AzureWorkerPoolArgs
from tradewind.platforms.azure.spec import RULES, azure_pool_spec
from tradewind.platforms.azure.workers import Surroundings, scale_set
from tradewind.platforms.component import child_options
from tradewind.platforms.hosts import pool_hosts
from tradewind.platforms.user_data import group_user_data
from tradewind.platforms.worker_access import WorkerAccess


class WorkerPool(pulumi.ComponentResource):
    """A pool of workers of a cluster on Azure, in its subnet and behind its load balancer."""

    scale_set_id: pulumi.Output[str]
    """The scale set."""

    def __init__(self, name: str, args: AzureWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pool called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec, pool = azure_pool_spec(args, butane.translate)
        super().__init__("tradewind:azure:WorkerPool", name, None, opts)
        child = child_options(self, opts)
        access = WorkerAccess(f"{RULES.title} pool", args["worker_access"])
        (host,) = pool_hosts(pool, spec.delta)
        keys: list[pulumi.Input[str]] = [access.ssh_public_key, *spec.cloud.ssh_authorized_keys]
        around = Surroundings(
            group=access.id("resource_group_name"),
            subnet=access.id("subnet_id"),
            pools={family: access.id(f"pool_id_{family.value.lower()}") for family in spec.families},
            key=spec.azure_authorized_key or access.ssh_public_key,
        )
        user_data = group_user_data(spec.cloud.cluster, host, keys, access.join, access.ca_pem)
        self.scale_set_id = scale_set(spec, pool, user_data, around, child).id
        self.register_outputs({"scale_set_id": self.scale_set_id})
