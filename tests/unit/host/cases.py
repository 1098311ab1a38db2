"""The hosts that tests render: each role on Fedora CoreOS and on a local machine."""

from dataclasses import dataclass

from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE
from tradewind.assets import WORKER_ASSET_PATHS, plain_assets, secret_asset_paths
from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.options import HostOptions
from tradewind.host.roles import HostConfig, controller, later_controller_files, later_worker_files, worker
from tradewind.images import KubeletImage
from tradewind.kubelet import Role, Taint
from tradewind.platforms.local.deltas import delta, hosts
from tradewind.platforms.local.spec import LocalHost, local_spec
from tradewind.spec import ClusterSpec

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample core@example.com"

LOCAL = local_spec({"name": "test"})


def local_options(role: Role, host: LocalHost) -> HostOptions:
    return HostOptions(delta=delta(role), hostname=host.name, node_ip=str(host.address), hosts=hosts(LOCAL, host))


LOCAL_OPTIONS = {
    Role.CONTROLLER: local_options(Role.CONTROLLER, LOCAL.controllers[0]),
    Role.WORKER: local_options(Role.WORKER, LOCAL.workers[0]),
}

COREOS_CONTROLLER = HostOptions(ssh_authorized_keys=(SSH_KEY,))
COREOS_WORKER = HostOptions(
    ssh_authorized_keys=(SSH_KEY,),
    labels={"example.com/pool": "gpu"},
    taints=(Taint(key="example.com/gpu", value="yes", effect="NoSchedule"),),
    kubelet_image=KubeletImage(registry="docker.io/psdn/kubelet", tag="v1.36.2"),
)


@dataclass(frozen=True)
class Case:
    """A host: before its first boot, and what is delivered to it afterwards, with its secrets as placeholders."""

    role: Role
    config: HostConfig
    delivery: tuple[HostFile, ...]


def controller_case(spec: ClusterSpec, options: HostOptions) -> Case:
    member = spec.controllers[0]
    assets = {**plain_assets(spec), **{path: f"content of {path}\n" for path in secret_asset_paths(spec)}}
    return Case(
        Role.CONTROLLER, controller(spec, member, options), later_controller_files(spec, member, options, assets)
    )


def worker_case(spec: ClusterSpec, options: HostOptions) -> Case:
    assets = {path: f"content of {path}\n" for path in WORKER_ASSET_PATHS}
    return Case(Role.WORKER, worker(spec, options), later_worker_files(spec, options, assets))


CASES = {
    "fedora-coreos/controller": controller_case(HIGHLY_AVAILABLE, COREOS_CONTROLLER),
    "fedora-coreos/worker": worker_case(HIGHLY_AVAILABLE, COREOS_WORKER),
    "local/controller": controller_case(LOCAL.cluster, LOCAL_OPTIONS[Role.CONTROLLER]),
    "local/worker": worker_case(LOCAL.cluster, LOCAL_OPTIONS[Role.WORKER]),
}
CONTROLLER = controller_case(DEFAULT, HostOptions())
WORKER = worker_case(DEFAULT, HostOptions())


def rendered_config(config: HostConfig) -> str:
    """A host before its first boot, for people: mode, owner, path, then the content indented."""
    parts = [f"ssh key of core: {key}\n" for key in config.ssh_authorized_keys]
    parts.extend(f"directory {_line(directory)}" for directory in config.directories)
    for file in config.files:
        parts.append(f"\nfile {_line(file)}{_indented(file.content)}")
    for unit in config.units:
        state = {True: "enabled", False: "disabled", None: "not enabled by us"}[unit.enabled]
        text = "    (the system's own)\n" if unit.contents is None else _indented(unit.contents)
        parts.append(f"\nunit {unit.name}, {'masked' if unit.mask else state}\n{'' if unit.mask else text}")
    return "".join(parts)


def rendered_delivery(files: tuple[HostFile, ...]) -> str:
    """A delivery as a list. Contents are compared elsewhere: settings above, manifests in their own area."""
    return "".join(f"{'secret' if file.secret else 'plain '} {_line(file)}" for file in files)


def _line(entry: HostFile | HostDirectory) -> str:
    return f"{entry.mode:04o} {entry.uid}:{entry.gid} {entry.path}\n"


def _indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines()) or "    (empty)\n"


RENDERED = {f"host/{name}.txt": rendered_config(case.config) for name, case in CASES.items()}
RENDERED |= {f"host/{name}-delivery.txt": rendered_delivery(case.delivery) for name, case in CASES.items()}
"""Text by golden file."""
