"""What is the same on every platform: the rules of `PlatformArgs`, and the nodes that arguments become.

Pure. Reads: the arguments of a platform. Makes: `Node`s, problems. `spec.cloud` builds on it for clouds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tradewind.choices import Architecture, OperatingSystem, OsStream
from tradewind.errors import Problem
from tradewind.images import KubeletImage
from tradewind.kubelet import Role
from tradewind.spec import checks, fields, kubelet, kubelet_images, pools
from tradewind.spec.fields import Field, leaf, section
from tradewind.spec.nodes import Taint
from tradewind.spec.rules import CONTROLLER_COUNTS, Rule, number, pods_fit
from tradewind.spec.shown import shown
from tradewind.spec.snippets import (
    CONTROLLERS,
    MACHINES,
    WORKERS,
    Snippet,
    machine_snippets_field,
    pool_list,
    snippets_field,
)
from tradewind.spec.validate import SHARED
from tradewind.versions import DEFAULT_VERSION

Snippets = Mapping[str, tuple[Snippet, ...]]
"""Lists of snippets by their path in the arguments (`spec.snippets.snippets_of`)."""

STREAMS = {
    OperatingSystem.FEDORA_COREOS: (OsStream.STABLE, OsStream.TESTING, OsStream.NEXT),
    OperatingSystem.FLATCAR: (OsStream.STABLE, OsStream.BETA, OsStream.ALPHA),
}
"""Release streams of each operating system."""

MOST_CONTROLLERS = 5
_MOST_KEYS = 16

NODES: Mapping[str, Field] = {
    "controller_labels": pools.labels_field(),
    "controller_taints": pools.taints_field(),
    "worker_labels": pools.labels_field(),
    "worker_taints": pools.taints_field(),
    CONTROLLERS: snippets_field(),
    WORKERS: snippets_field(),
}
"""The fields of `MachineArgs`."""

_BASTION: Mapping[str, Field] = {
    "host": fields.field(checks.late(checks.dns_name_or_ip), required=True),
    "user": fields.field(checks.dns_label(32)),
    "port": fields.field(checks.integer(1, 65535)),
    "private_key": fields.field(checks.late(checks.text), secret=True),
    "host_key": fields.field(checks.late(checks.ssh_public_key)),
}

PLATFORM: Mapping[str, Field] = {
    **SHARED,
    **NODES,
    "operating_system": fields.field(checks.member_of(OperatingSystem)),
    "os_stream": fields.field(checks.member_of(OsStream)),
    "ssh_authorized_keys": Field(fields.list_of(checks.ssh_public_key, 0, _MOST_KEYS)),
    "bastion": Field(section(_BASTION)),
    MACHINES: machine_snippets_field(),
    "owned_objects": fields.field(checks.boolean),
}
"""The fields of `PlatformArgs`."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """What is chosen about one machine, or about the machines of a pool that are alike."""

    name: str
    """Host name, which is also its node name; of a scaling group the name of the pool, as its machines have others."""
    operating_system: OperatingSystem = OperatingSystem.FEDORA_COREOS
    """Whose form it has."""
    architecture: Architecture | None = None
    """None: not told."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of its node besides the role's."""
    taints: tuple[Taint, ...] = ()
    """Taints of its node besides the role's."""
    kubelet: Mapping[str, Any] = field(default_factory=dict)
    """Settings of its kubelet in place of the cluster's."""
    snippets: tuple[Snippet, ...] = ()
    """The user's additions to its first boot: its role's, its pool's, its own."""
    kubelet_image: KubeletImage | None = None
    """Its kubelet image in place of the cluster's."""


NodeT = TypeVar("NodeT", bound=Node)


def controller_count(value: object) -> str | None:
    """A number of controllers that this library makes machines for."""
    counts = [count for count in CONTROLLER_COUNTS if count <= MOST_CONTROLLERS]
    valid = isinstance(value, int) and not isinstance(value, bool) and value in counts
    return None if valid else f"must be one of {', '.join(map(str, counts))}, so that etcd has a majority"


def operating_system(args: Mapping[str, Any]) -> OperatingSystem:
    """That of validated arguments."""
    return OperatingSystem(args.get("operating_system", OperatingSystem.FEDORA_COREOS))


def of_role(args: Mapping[str, Any], role: Role) -> dict[str, Any]:
    """What validated arguments say about every machine of a role, as a pool says it about its own."""
    return {"labels": args.get(f"{role.value}_labels", {}), "taints": args.get(f"{role.value}_taints", ())}


def worker_pools(args: Mapping[str, Any]) -> tuple[tuple[Mapping[str, Any], tuple[str, ...]], ...]:
    """The plain workers as the first pool, then the others, each with the paths of its snippets' lists."""
    plain = {"name": pools.DEFAULT_POOL, "workers": args.get("workers", 1), **of_role(args, Role.WORKER)}
    others = args.get("worker_pools", ())
    return (
        (plain, (WORKERS,)),
        *((pool, (WORKERS, pool_list(place))) for place, pool in enumerate(others)),
    )


def chosen(bare: NodeT, args: Mapping[str, Any], own: Mapping[str, Any], snippets: tuple[Snippet, ...]) -> NodeT:
    """A node with everything that is chosen about it.

    Args:
        bare: the node with its name.
        args: validated arguments.
        own: what they say about it or its pool, in the form of a pool's arguments.
        snippets: its additions.
    """
    version, image = args.get("kubernetes_version", DEFAULT_VERSION), own.get("kubelet_image")
    architecture = own.get("architecture", args.get("architecture"))
    return replace(
        bare,
        operating_system=operating_system(args),
        architecture=None if architecture is None else Architecture(architecture),
        labels=dict(own.get("labels", {})),
        taints=pools.node_taints(own.get("taints", ())),
        kubelet=own.get("kubelet", {}),
        kubelet_image=None if image is None else kubelet_images.kubelet_image(version, image),
        snippets=snippets,
    )


def snippets_at(snippets: Snippets, *lists: str) -> tuple[Snippet, ...]:
    """Those of several lists, in their order."""
    return tuple(snippet for path in lists for snippet in snippets.get(path, ()))


def tolerated(args: Mapping[str, Any]) -> list[str]:
    """Taints that the user names, and those of nodes: a node without network pods is never Ready."""
    of_pools = (taint for pool, _ in worker_pools(args) for taint in pools.node_taints(pool.get("taints", ())))
    of_controllers = pools.node_taints(args.get("controller_taints", ()))
    tainted = (taint.key for taint in (*of_controllers, *of_pools))
    return list(dict.fromkeys((*args.get("daemonset_tolerations", ()), *tainted)))


def shared_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that go to the control plane as they are."""
    return {key: value for key, value in args.items() if key in SHARED}


def _stream_fits(args: Mapping[object, object]) -> Iterator[Problem]:
    """The operating system has the stream."""
    system, stream = leaf(args.get("operating_system", OperatingSystem.FEDORA_COREOS)), leaf(args.get("os_stream"))
    known = {each.value: [name.value for name in STREAMS[each]] for each in OperatingSystem}
    names = [name.value for name in OsStream]
    if isinstance(system, str) and system in known and stream in names and stream not in known[system]:
        yield Problem("os_stream", shown(stream), f"must be one of {', '.join(known[system])}, those of {system}")


def every_node_has_pods(args: Mapping[object, object]) -> Iterator[Problem]:
    """Every controller and worker gets its part of the pods' range, where `controllers` is their number."""
    network = checks.to_network(leaf(args.get("pod_cidr")))
    controllers = number(args.get("controllers", 1), 1, MOST_CONTROLLERS) or 0
    if network:
        yield from pods_fit(network, controllers + pools.workers_of(args))


RULES: Sequence[Rule] = (
    _stream_fits,
    pools.total_problems,
    kubelet.node_problems("worker_pools"),
    kubelet_images.node_problems("worker_pools"),
)
"""Rules between fields that every platform has; `snippet_problems` comes with a translation."""
