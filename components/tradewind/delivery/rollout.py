"""Which files each machine gets, and in which order.

Reads: the control plane, the machines and their host options. Makes: one delivery per machine.

Controllers get theirs one after the other. Workers follow in any order.
"""

from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from tradewind import naming
from tradewind.assets import WORKER_ASSET_PATHS, secret_asset_paths
from tradewind.control_plane import ControlPlane
from tradewind.delivery.files import HostFiles, deliver
from tradewind.host.assets import place
from tradewind.host.roles import later_controller_files, later_worker_files
from tradewind.kubelet import Role
from tradewind.platforms.base import Machine, Platform


def deliver_controllers(
    control_plane: ControlPlane,
    machines: Sequence[Machine],
    platform: Platform,
    opts: pulumi.ResourceOptions,
) -> list[remote.Command]:
    """Bring every controller its files, one machine at a time."""
    deliveries: list[remote.Command] = []
    for member, machine in zip(control_plane.spec.controllers, machines, strict=True):
        files = _controller_files(control_plane, member.name, platform)
        after = pulumi.ResourceOptions(depends_on=deliveries[-1:])
        resource = naming.child(machine.name, "files")
        deliveries.append(deliver(resource, machine, platform.ssh, files, pulumi.ResourceOptions.merge(opts, after)))
    return deliveries


def deliver_workers(
    control_plane: ControlPlane,
    machines: Sequence[Machine],
    platform: Platform,
    opts: pulumi.ResourceOptions,
) -> list[remote.Command]:
    """Bring every worker its files."""
    return [
        deliver(
            naming.child(machine.name, "files"),
            machine,
            platform.ssh,
            _worker_files(control_plane, machine.name, platform),
            opts,
        )
        for machine in machines
    ]


def _controller_files(control_plane: ControlPlane, name: str, platform: Platform) -> HostFiles:
    spec = control_plane.spec
    member = next(controller for controller in spec.controllers if controller.name == name)
    placeholders = dict.fromkeys(secret_asset_paths(spec), "")
    return HostFiles(
        plain=later_controller_files(spec, member, platform.host_options(name), control_plane.plain_assets),
        secret=control_plane.secret_assets.apply(lambda assets: place(Role.CONTROLLER, assets[name])),
        secret_paths=[file.path for file in place(Role.CONTROLLER, placeholders)],
    )


def _worker_files(control_plane: ControlPlane, name: str, platform: Platform) -> HostFiles:
    placeholders = dict.fromkeys(WORKER_ASSET_PATHS, "")
    return HostFiles(
        plain=later_worker_files(control_plane.spec, platform.host_options(name), {}),
        secret=control_plane.worker_assets.apply(lambda assets: place(Role.WORKER, assets)),
        secret_paths=[file.path for file in place(Role.WORKER, placeholders)],
    )
