"""`BareMetalSpec` and how the arguments of a cluster of the user's own machines become one.

Pure. Reads: `BareMetalClusterArgs`, or those of a pool. Makes: a spec, or a `SpecError` with every problem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from tradewind import naming
from tradewind.choices import Architecture, OperatingSystem, OsStream, TaintEffect
from tradewind.errors import Problem, SpecError
from tradewind.host.options import SYSTEMS
from tradewind.kubelet import Role
from tradewind.platforms.bare_metal.choices import DownloadProtocol
from tradewind.platforms.bare_metal.rules import CONTROLLERS, FIELDS, POOL, RULES, WORKERS
from tradewind.platforms.hosts import Host, check_snippets, node_options
from tradewind.spec import ClusterSpec, cluster_spec, platform, pools
from tradewind.spec.cloud_pool import access, any_mapping
from tradewind.spec.fields import Field, is_list, plain, section
from tradewind.spec.platform import Node, Snippets, chosen, of_role, shared_args, snippets_at
from tradewind.spec.snippets import (
    CONTROLLERS as CONTROLLER_SNIPPETS,
)
from tradewind.spec.snippets import (
    MACHINES,
    Translate,
    machine_list,
    no_translation,
    snippet_problems,
    snippets_of,
)
from tradewind.spec.snippets import (
    WORKERS as WORKER_SNIPPETS,
)
from tradewind.spec.validate import problems_of

_TITLE = "bare metal cluster"
POOL_TITLE = "bare metal pool"
_DISK = "/dev/sda"
_SNIPPETS = {Role.CONTROLLER: CONTROLLER_SNIPPETS, Role.WORKER: WORKER_SNIPPETS}


@dataclass(frozen=True, kw_only=True)
class BareMetalMachine:
    """One machine."""

    node: Node
    resource: str
    """What its resources, and what Matchbox knows of it, are called: `<cluster>-<name>`."""
    mac: str
    domain: str
    generation: int
    install_disk: str
    kernel_args: tuple[str, ...]
    oem_type: str | None

    @property
    def architecture(self) -> Architecture:
        """The machine's."""
        return self.node.architecture or Architecture.AMD64


@dataclass(frozen=True, kw_only=True)
class BareMetalSpec:
    """Everything that was chosen about a cluster of the user's own machines."""

    cluster: ClusterSpec
    operating_system: OperatingSystem
    os_stream: OsStream
    os_version: str
    matchbox_http_endpoint: str
    cached_install: bool
    download_protocol: DownloadProtocol
    controllers: tuple[BareMetalMachine, ...]
    workers: tuple[BareMetalMachine, ...]
    ssh_authorized_keys: tuple[str, ...]
    owned_objects: bool
    machine_snippets: tuple[str, ...]
    """Names that snippets of single machines are for."""

    @property
    def machines(self) -> tuple[BareMetalMachine, ...]:
        """All of them, controllers first."""
        return (*self.controllers, *self.workers)

    def host(self, name: str) -> Host:
        """The host of the machine of that name."""
        machine = next(each for each in self.machines if each.node.name == name)
        member = next((each for each in self.cluster.controllers if each.name == name), None)
        return Host(name=name, options=node_options(machine.node, SYSTEMS[self.operating_system]), member=member)


def bare_metal_spec(args: Mapping[str, Any], translate: Translate = no_translation) -> BareMetalSpec:
    """The spec of validated arguments, whose snippets replace nothing that they do not list.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    # The default takes part in the checks of images.
    given = {"architecture": Architecture.AMD64.value, **args} if isinstance(args, Mapping) else args
    problems = problems_of(given, FIELDS, (*RULES, snippet_problems(translate)))
    if problems:
        raise SpecError(_TITLE, problems)
    settled = cast("dict[str, Any]", plain(given))
    snippets = snippets_of(settled, translate)
    spec = BareMetalSpec(
        cluster=cluster_spec(cast("Any", cluster_args(args))),
        operating_system=platform.operating_system(settled),
        os_stream=OsStream(settled.get("os_stream", OsStream.STABLE)),
        os_version=settled["os_version"],
        matchbox_http_endpoint=settled["matchbox_http_endpoint"],
        cached_install=settled.get("cached_install", False),
        download_protocol=DownloadProtocol(settled.get("download_protocol", DownloadProtocol.HTTPS)),
        controllers=tuple(_machine(settled, each, Role.CONTROLLER, snippets) for each in settled[CONTROLLERS]),
        workers=tuple(_machine(settled, each, Role.WORKER, snippets) for each in settled.get(WORKERS, ())),
        ssh_authorized_keys=tuple(settled.get("ssh_authorized_keys", ())),
        owned_objects=settled.get("owned_objects", True),
        machine_snippets=tuple(settled.get(MACHINES, {})),
    )
    hosts = [spec.host(machine.node.name) for machine in spec.machines]
    check_snippets(_TITLE, spec.cluster, hosts, spec.machine_snippets)
    return spec


def cluster_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the control plane: names that the site's DNS knows, and no addresses."""
    settled = cast("dict[str, Any]", plain({**args}))
    tainted = [taint.key for taint in _taints(settled)]
    return {
        **shared_args(args),
        **({"host_cidr": args["host_cidr"]} if "host_cidr" in args else {}),
        "daemonset_tolerations": list(dict.fromkeys((*settled.get("daemonset_tolerations", ()), *tainted))),
        "api_servers": [settled.get("k8s_domain_name", settled[CONTROLLERS][0]["domain"])],
        "controllers": [{"name": each["name"], "etcd_name": each["domain"]} for each in settled[CONTROLLERS]],
    }


def bare_metal_pool_spec(args: Mapping[str, Any], translate: Translate = no_translation) -> BareMetalSpec:
    """The spec of a cluster with the workers of a pool, and no others.

    The cluster knows nothing of the pool: what its DaemonSets tolerate has to be said in its own arguments.

    Raises:
        SpecError: listing every broken rule, before anything is made; paths begin with `cluster` or `pool`.
    """
    problems = tuple(section(_POOL_ARGS)(args, ""))
    if problems:
        raise SpecError(POOL_TITLE, problems)
    cluster, pool = args["cluster"], args["pool"]
    others = cluster.get(WORKERS, ())
    known = list(others) if is_list(others) else []
    merged = {
        **cluster,
        WORKERS: [*known, *pool[WORKERS]],
        MACHINES: {**cluster.get(MACHINES, {}), **pool.get(MACHINES, {})},
    }
    try:
        spec = bare_metal_spec(merged, translate)
    except SpecError as error:
        raise SpecError(POOL_TITLE, [_at(problem, len(known), pool) for problem in error.problems]) from None
    problems = tuple(_tolerated(cluster, pool))
    if problems:
        raise SpecError(POOL_TITLE, problems)
    return replace(spec, workers=spec.workers[len(known) :])


def _machine(args: dict[str, Any], given: dict[str, Any], role: Role, snippets: Snippets) -> BareMetalMachine:
    name, common = given["name"], of_role(args, role)
    own = {
        **given,
        "labels": {**common["labels"], **given.get("labels", {})},
        "taints": [*common["taints"], *given.get("taints", ())],
    }
    return BareMetalMachine(
        node=chosen(Node(name=name), args, own, snippets_at(snippets, _SNIPPETS[role], machine_list(name))),
        resource=naming.machine(args["name"], name),
        mac=given["mac"],
        domain=given["domain"],
        generation=given.get("generation", 0),
        install_disk=given.get("install_disk", args.get("install_disk", _DISK)),
        kernel_args=(*args.get("kernel_args", ()), *given.get("kernel_args", ())),
        oem_type=given.get("oem_type", args.get("oem_type")),
    )


def _taints(args: Mapping[str, Any]) -> tuple[Any, ...]:
    """Those of every role and machine: a node without network pods is never Ready."""
    lists = [args.get("controller_taints", ()), args.get("worker_taints", ())]
    lists += [each.get("taints", ()) for role in (CONTROLLERS, WORKERS) for each in args.get(role, ())]
    return tuple(taint for listed in lists for taint in pools.node_taints(listed))


def _tolerated(cluster: Mapping[str, Any], pool: Mapping[str, Any]) -> Iterator[Problem]:
    known = cluster_args(cluster)["daemonset_tolerations"]
    for place, machine in enumerate(cast("list[dict[str, Any]]", plain(pool[WORKERS]))):
        for index, taint in enumerate(pools.node_taints(machine.get("taints", ()))):
            if taint.effect != TaintEffect.PREFER_NO_SCHEDULE.value and taint.key not in known:
                rule = "must be among the cluster's daemonset_tolerations, or its node gets no pod network"
                yield Problem(f"pool.workers[{place}].taints[{index}].key", taint.key, rule)


def _at(problem: Problem, known: int, pool: Mapping[str, Any]) -> Problem:
    """A problem at its place in a pool's arguments: the pool's workers follow the cluster's."""
    path = problem.path
    for index in range(len(pool[WORKERS])):
        path = path.replace(f"{WORKERS}[{known + index}]", f"pool.{WORKERS}[{index}]", 1)
    own = path.startswith("pool.") or any(path.startswith(machine_list(name)) for name in pool.get(MACHINES, {}))
    return replace(problem, path=path if path.startswith("pool.") else f"{'pool' if own else 'cluster'}.{path}")


_POOL_ARGS: Mapping[str, Field] = {
    "cluster": Field(any_mapping, required=True),
    "pool": Field(section(POOL), required=True),
    "worker_access": Field(access, required=True),
}
