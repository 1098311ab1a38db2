"""`tradewind.bare_metal.WorkerPool`: workers beside a cluster of machines of the user, perhaps of another stack.

Reads: `BareMetalWorkerPoolArgs`. Makes: what Matchbox tells the machines, and their deliveries.
"""

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from tradewind import butane
from tradewind.delivery.rollout import deliver_workers
from tradewind.host.options import HostOptions
from tradewind.platforms.bare_metal.args import BareMetalWorkerPoolArgs
from tradewind.platforms.bare_metal.machines import Keys, machines
from tradewind.platforms.bare_metal.matchbox import DIAL_ATTEMPTS, with_matchbox
from tradewind.platforms.bare_metal.spec import POOL_TITLE, BareMetalSpec, bare_metal_pool_spec
from tradewind.platforms.base import SshAccess
from tradewind.platforms.component import child_options
from tradewind.platforms.ssh import ssh_access
from tradewind.platforms.worker_access import WorkerAccess


class WorkerPool(pulumi.ComponentResource):
    """Machines that join a cluster as workers."""

    addresses: pulumi.Output[Mapping[str, str]]
    """Address at which SSH reaches a worker, by its name."""

    def __init__(self, name: str, args: BareMetalWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pool called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = bare_metal_pool_spec(args, butane.translate)
        super().__init__("tradewind:bare_metal:WorkerPool", name, None, opts)
        child = child_options(self, opts)
        access = WorkerAccess(POOL_TITLE, args["worker_access"])
        keys: Keys = (access.ssh_public_key, *spec.ssh_authorized_keys)
        made = machines(spec, spec.workers, keys, with_matchbox(name, args["cluster"], child))
        hosts = _Workers(spec, ssh_access(access.ssh_private_key, args["cluster"]))
        deliver_workers(spec.cluster, access.join, made, hosts, child)
        self.addresses = pulumi.Output.all(**{each.name: each.address for each in made})
        self.register_outputs({"addresses": self.addresses})


class _Workers:
    """Satisfies `Hosts`."""

    def __init__(self, spec: BareMetalSpec, access: SshAccess) -> None:
        self._spec = spec
        self.ssh = replace(access, dial_attempts=DIAL_ATTEMPTS)

    def host_options(self, name: str) -> HostOptions:
        return self._spec.host(name).options
