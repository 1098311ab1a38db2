"""The hosts that tests render: each role on Fedora CoreOS and Flatcar, with every option, and on a local machine."""

import re
import shlex
from dataclasses import dataclass, replace

from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE, OPTIONS, released
from tradewind.assets import WORKER_ASSET_PATHS, plain_assets, secret_asset_paths
from tradewind.choices import OperatingSystem
from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.options import FLATCAR, HostDelta, HostOptions
from tradewind.host.roles import HostConfig, controller, later_controller_files, later_worker_files, worker
from tradewind.host.runtimes import ContainerRuntime
from tradewind.host.systemd import UNIT_MODE
from tradewind.images import KubeletImage
from tradewind.kubelet import Role, Taint
from tradewind.platforms.google_cloud.deltas import DELTAS
from tradewind.platforms.local.deltas import hosts, local_delta, registries
from tradewind.platforms.local.spec import LocalHost, local_spec
from tradewind.spec import ClusterSpec
from tradewind.spec.proxy import proxy
from tradewind.spec.updates import os_updates
from tradewind.versions import DEFAULT_VERSION

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample core@example.com"

LOCAL = local_spec({"name": "test"})


def with_registries(delta: HostDelta) -> HostDelta:
    return replace(delta, files=(*delta.files, registries(LOCAL)))


def local_options(host: LocalHost) -> HostOptions:
    return HostOptions(
        delta=with_registries(local_delta(host.operating_system)),
        hostname=host.name,
        node_ip=str(host.address),
        hosts=hosts(LOCAL, host),
    )


LOCAL_OPTIONS = {
    Role.CONTROLLER: local_options(LOCAL.controllers[0]),
    Role.WORKER: local_options(LOCAL.workers[0]),
}

COREOS_CONTROLLER = HostOptions(ssh_authorized_keys=(SSH_KEY,))
COREOS_WORKER = HostOptions(
    ssh_authorized_keys=(SSH_KEY,),
    labels={"example.com/pool": "gpu"},
    taints=(Taint(key="example.com/gpu", value="yes", effect="NoSchedule"),),
    kubelet_image=KubeletImage(registry="docker.io/psdn/kubelet", tag="v1.36.2"),
)
GOOGLE_CLOUD = DELTAS[False][OperatingSystem.FEDORA_COREOS]
OPTIONS_WORKER = HostOptions(kubelet={"max_pods": 30, "logging_verbosity": 0})


@dataclass(frozen=True)
class Case:
    """A host: before its first boot, and what is delivered to it afterwards, with its secrets as placeholders."""

    role: Role
    config: HostConfig
    delivery: tuple[HostFile, ...]
    runtime: ContainerRuntime


def controller_case(spec: ClusterSpec, options: HostOptions) -> Case:
    member = spec.controllers[0]
    assets = {**plain_assets(spec), **{path: f"content of {path}\n" for path in secret_asset_paths(spec)}}
    delivery = later_controller_files(spec, member, options, assets)
    return Case(Role.CONTROLLER, controller(spec, member, options), delivery, options.delta.runtime)


def worker_case(spec: ClusterSpec, options: HostOptions) -> Case:
    assets = {path: f"content of {path}\n" for path in WORKER_ASSET_PATHS}
    delivery = later_worker_files(spec, options, assets)
    return Case(Role.WORKER, worker(spec, options), delivery, options.delta.runtime)


def cases(version: str) -> dict[str, Case]:
    """The hosts of clusters of one Kubernetes version."""
    coreos, local = released(HIGHLY_AVAILABLE, version), released(LOCAL.cluster, version)
    options = released(OPTIONS, version)
    flatcar = replace(options, os_updates=os_updates({"strategy": "operator"}))
    local_flatcar = {
        role: replace(each, delta=with_registries(local_delta(OperatingSystem.FLATCAR)))
        for role, each in LOCAL_OPTIONS.items()
    }
    return {
        "fedora-coreos/controller": controller_case(coreos, COREOS_CONTROLLER),
        "fedora-coreos/worker": worker_case(coreos, COREOS_WORKER),
        "flatcar/controller": controller_case(coreos, replace(COREOS_CONTROLLER, delta=FLATCAR)),
        "flatcar/worker": worker_case(coreos, replace(COREOS_WORKER, delta=FLATCAR)),
        # With mirrors and proxies besides, its settings would wait for its first delivery.
        "options/controller": controller_case(replace(options, registry_mirrors=(), proxy=proxy({})), HostOptions()),
        "options/worker": worker_case(options, OPTIONS_WORKER),
        "flatcar/options": worker_case(flatcar, replace(OPTIONS_WORKER, delta=FLATCAR)),
        "google-cloud/worker": worker_case(coreos, HostOptions(delta=GOOGLE_CLOUD)),
        "local/controller": controller_case(local, LOCAL_OPTIONS[Role.CONTROLLER]),
        "local/worker": worker_case(local, LOCAL_OPTIONS[Role.WORKER]),
        "local-flatcar/controller": controller_case(local, local_flatcar[Role.CONTROLLER]),
        "local-flatcar/worker": worker_case(local, local_flatcar[Role.WORKER]),
    }


CASES = cases(DEFAULT_VERSION)
CONTROLLER = controller_case(DEFAULT, HostOptions())
WORKER = worker_case(DEFAULT, HostOptions())


def container_flags(name: str, config: HostConfig) -> list[str]:
    """Flags of a system container, as systemd would hand them over: what comes after its image. None: no such unit."""
    texts = [unit.contents for unit in config.units if unit.contents is not None]
    lines = [
        line for text in texts for line in re.findall(r"^ExecStart=(.*)$", text.replace("\\\n", " "), re.MULTILINE)
    ]
    words = next((shlex.split(line) for line in lines if f"--entrypoint=/usr/local/bin/{name} " in line), [])
    image = next((index for index, word in enumerate(words) if word.endswith("_IMAGE}")), len(words))
    return [word.replace("%%", "%").replace("$$", "$") for word in words[image + 1 :]]


def rendered_config(config: HostConfig) -> str:
    """A host before its first boot, for people: mode, owner, path, then the content indented."""
    parts = [f"ssh key of core: {key}\n" for key in config.ssh_authorized_keys]
    parts.extend(f"directory {_line(directory)}" for directory in config.directories)
    for file in config.files:
        parts.append(f"\nfile {_line(file)}{_indented(file.content)}")
    for unit in config.units:
        state = {True: "enabled", False: "disabled", None: "not enabled by us"}[unit.enabled]
        text = "    (the system's own)\n" if unit.contents is None else _indented(unit.contents)
        mode = "" if unit.mode == UNIT_MODE else f", {unit.mode:04o}"
        parts.append(f"\nunit {unit.name}, {'masked' if unit.mask else state}{mode}\n{'' if unit.mask else text}")
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
