"""Which files each machine gets, and in which order.

Reads: the control plane, the machines and their host options. Makes: one delivery per machine.

Controllers get theirs one after the other, each only when the one before is healthy again (host.scripts.GATE). Workers
follow, at most a tenth of them at a time: a delivery ends when its node is Ready again, so a kubelet that does not come
up again stops the rest. Pods outlive a kubelet's restart, so that there is no need to go slower; one worker at a time
would take an hour where there are a hundred.
"""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import pulumi
from pulumi_command import remote

from tradewind import naming
from tradewind.assets import WORKER_ASSET_PATHS, Assets, secret_asset_paths
from tradewind.control_plane import ControlPlane
from tradewind.delivery.files import HostFiles, deliver
from tradewind.delivery.host_keys import with_host_keys
from tradewind.host.assets import place
from tradewind.host.options import HostOptions
from tradewind.host.roles import later_controller_files, later_worker_files
from tradewind.host.snippets import left_to_us
from tradewind.kubelet import Role
from tradewind.platforms.base import Hosts, Machine
from tradewind.spec import ClusterSpec

ResourceT = TypeVar("ResourceT", bound=pulumi.Resource)

_WORKERS_PER_LANE = 10
"""Of so many workers, one at a time is changed."""


def deliver_controllers(
    control_plane: ControlPlane,
    machines: Sequence[Machine],
    hosts: Hosts,
    opts: pulumi.ResourceOptions,
) -> list[remote.Command]:
    """Bring every controller its files, one machine at a time.

    Args:
        control_plane: their files.
        machines: the controllers, with their host keys.
        hosts: what is chosen about them.
        opts: for the deliveries.
    """
    deliveries: list[remote.Command] = []
    for member, machine in zip(control_plane.spec.controllers, machines, strict=True):
        files = _controller_files(control_plane, member.name, hosts)
        after = pulumi.ResourceOptions(depends_on=deliveries[-1:])
        resource = naming.child(machine.resource.pulumi_resource_name, "files")
        deliveries.append(deliver(resource, machine, hosts.ssh, files, pulumi.ResourceOptions.merge(opts, after)))
    return deliveries


def deliver_workers(
    cluster: ClusterSpec,
    assets: pulumi.Output[Assets],
    machines: Sequence[Machine],
    hosts: Hosts,
    opts: pulumi.ResourceOptions,
) -> list[remote.Command]:
    """Bring every worker its files, to so many at a time that the others can do without them.

    Args:
        cluster: the cluster.
        assets: `ControlPlane.worker_assets`.
        machines: the workers.
        hosts: what is chosen about them.
        opts: for the deliveries.
    """
    deliveries: list[remote.Command] = []
    for machine in with_host_keys(machines, hosts.ssh, opts):
        files = _worker_files(cluster, assets, hosts.host_options(machine.name))
        after = pulumi.ResourceOptions(depends_on=waited_for(deliveries, len(machines)))
        resource = naming.child(machine.resource.pulumi_resource_name, "files")
        deliveries.append(deliver(resource, machine, hosts.ssh, files, pulumi.ResourceOptions.merge(opts, after)))
    return deliveries


def waited_for(made: Sequence[ResourceT], total: int) -> Sequence[ResourceT]:
    """What the next of `total` workers waits for, so that a tenth of them, or one, is changed at a time.

    Args:
        made: the resources of those before it.
        total: number of workers.
    """
    at_once = max(1, total // _WORKERS_PER_LANE)
    return made[-at_once : 1 - at_once or None]


def _controller_files(control_plane: ControlPlane, name: str, hosts: Hosts) -> HostFiles:
    spec = control_plane.spec
    member = next(controller for controller in spec.controllers if controller.name == name)
    placeholders = dict.fromkeys(secret_asset_paths(spec), "")
    options = hosts.host_options(name)
    ours = partial(left_to_us, snippets=options.snippets)
    return HostFiles(
        plain=ours(later_controller_files(spec, member, options, control_plane.plain_assets)),
        secret=control_plane.secret_assets.apply(lambda assets: ours(place(Role.CONTROLLER, assets[name]))),
        secret_paths=[file.path for file in ours(place(Role.CONTROLLER, placeholders))],
    )


def _worker_files(cluster: ClusterSpec, assets: pulumi.Output[Assets], options: HostOptions) -> HostFiles:
    placeholders = dict.fromkeys(WORKER_ASSET_PATHS, "")
    ours = partial(left_to_us, snippets=options.snippets)
    return HostFiles(
        plain=ours(later_worker_files(cluster, options, {})),
        secret=assets.apply(lambda known: ours(place(Role.WORKER, known))),
        secret_paths=[file.path for file in ours(place(Role.WORKER, placeholders))],
    )
