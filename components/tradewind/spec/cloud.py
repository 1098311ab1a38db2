"""What is the same on every cloud: the rules of `CloudArgs`, and `CloudSpec`.

Pure. Reads: the arguments of a cloud's cluster, and what the cloud says about them. Makes: `CloudSpec`, or a
`SpecError` with every problem.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Any, Generic, TypeVar, cast

from tradewind import naming
from tradewind.choices import Architecture, OperatingSystem, OsStream
from tradewind.errors import Problem, SpecError
from tradewind.kubelet import Role
from tradewind.spec import ClusterSpec, checks, cluster_spec, fields, platform, pools
from tradewind.spec.fields import Field, list_of, plain, section
from tradewind.spec.platform import (
    PLATFORM,
    Node,
    Snippets,
    chosen,
    of_role,
    shared_args,
    snippets_at,
    tolerated,
    worker_pools,
)
from tradewind.spec.rules import Rule
from tradewind.spec.snippets import (
    CONTROLLERS,
    Translate,
    machine_list,
    no_translation,
    snippet_problems,
    snippets_of,
)
from tradewind.spec.validate import problems_of

MachineT = TypeVar("MachineT")

HOST_CIDR = "10.0.0.0/16"
EVERYWHERE = ("0.0.0.0/0", "::/0")
"""Ranges of everybody."""
_MOST_POOLS = 10
_MOST_RANGES = 32
CONTROLLER_MACHINE, WORKER_MACHINE, MACHINE = "controller_machine", "worker_machine", "machine"
"""Arguments with the cloud's settings of controllers, of plain workers, and in a pool of its workers."""


@dataclass(frozen=True, kw_only=True)
class CloudRules(Generic[MachineT]):
    """What a cloud says about its arguments."""

    title: str
    """How an error calls the arguments, such as `AWS cluster`."""
    longest_name: int
    """Characters of a cluster's name, so that the names made of it fit."""
    machine: Mapping[str, Field]
    """The fields of a machine's settings."""
    machine_of: Callable[[Mapping[str, Any], Role, Architecture], MachineT]
    """Validated settings, `{}` if none were given, with the cloud's defaults."""
    own: Mapping[str, Field] = field(default_factory=dict)
    """Further fields of the cloud."""
    rules: Sequence[Rule] = ()
    """Further rules between fields. Each leaves alone what breaks a rule of its own field."""
    groups: bool = True
    """Whether workers are scaling groups, whose machines have no names of their own."""

    def fields(self) -> Mapping[str, Field]:
        """Every field of the cloud's arguments."""
        return {
            **PLATFORM,
            "name": fields.field(checks.dns_label(self.longest_name), required=True),
            "dns_zone": fields.field(checks.dns_name, required=True),
            "controllers": fields.field(platform.controller_count),
            "workers": fields.field(checks.integer(0, pools.MOST_WORKERS)),
            "worker_pools": pools.pools_field(_MOST_POOLS, pools.MOST_WORKERS, {MACHINE: Field(section(self.machine))}),
            CONTROLLER_MACHINE: Field(section(self.machine)),
            WORKER_MACHINE: Field(section(self.machine)),
            "host_cidr": fields.field(checks.ipv4_network(16, 24)),
            "api_allowed_cidrs": Field(list_of(checks.cidr, 1, _MOST_RANGES)),
            "ssh_allowed_cidrs": Field(list_of(checks.cidr, 1, _MOST_RANGES)),
            "private_nodes": fields.field(checks.boolean),
            "internal_api": fields.field(checks.boolean),
            **self.own,
        }


@dataclass(frozen=True, kw_only=True)
class Pool(Generic[MachineT]):
    """Workers that are alike."""

    name: str
    """Name in the cluster, `worker` for the plain ones."""
    workers: int
    """How many."""
    node: Node
    """What is chosen about each; its name is that of the pool with the cluster's, `<cluster>-<pool>`."""
    machine: MachineT
    """The cloud's settings of each."""
    nodes: tuple[Node, ...] | None = None
    """Each of them, where workers have names of their own, `<cluster>-<pool>-<index>`; None: a scaling group."""

    @property
    def architecture(self) -> Architecture:
        """That of its machines."""
        return self.node.architecture or Architecture.AMD64


@dataclass(frozen=True, kw_only=True)
class CloudSpec(Generic[MachineT]):
    """Everything that was chosen about a cloud's cluster, but for what is the cloud's alone."""

    cluster: ClusterSpec
    dns_zone: str
    operating_system: OperatingSystem
    os_stream: OsStream
    controllers: tuple[Node, ...]
    controller_architecture: Architecture
    controller_machine: MachineT
    pools: tuple[Pool[MachineT], ...]
    """The plain workers are the first, also if there are none."""
    api_allowed_cidrs: tuple[str, ...]
    ssh_allowed_cidrs: tuple[str, ...]
    private_nodes: bool
    internal_api: bool
    owned_objects: bool
    ssh_authorized_keys: tuple[str, ...]
    machine_snippets: tuple[str, ...]
    """Names that snippets of single machines are for."""

    @property
    def name(self) -> str:
        """Name of the cluster."""
        return self.cluster.name

    @property
    def host_cidr(self) -> IPv4Network:
        """Range of the machines."""
        return self.cluster.host_cidr or IPv4Network(HOST_CIDR)

    @property
    def api_clients(self) -> tuple[str, ...]:
        """Ranges from which the API server is reached besides machines of the cluster; internal: not everybody's."""
        if not self.internal_api:
            return self.api_allowed_cidrs
        listed = (each for each in self.api_allowed_cidrs if each not in EVERYWHERE)
        return tuple(dict.fromkeys((str(self.host_cidr), *listed)))


def cloud_spec(
    args: Mapping[str, Any], rules: CloudRules[MachineT], translate: Translate = no_translation
) -> CloudSpec[MachineT]:
    """The spec of validated arguments; `platforms.hosts.check_snippets` looks at what snippets replace as well.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    # Defaults take part in the checks of overlaps and images.
    defaults = {"host_cidr": HOST_CIDR, "architecture": Architecture.AMD64.value}
    given = {**defaults, **args} if isinstance(args, Mapping) else args
    shared = (*platform.RULES, _ssh_is_reached, platform.every_node_has_pods, snippet_problems(translate))
    problems = problems_of(given, rules.fields(), (*shared, *rules.rules))
    if problems:
        raise SpecError(rules.title, problems)
    settled = cast("dict[str, Any]", plain(given))
    snippets, architecture = snippets_of(settled, translate), Architecture(settled["architecture"])
    return CloudSpec(
        cluster=cluster_spec(cast("Any", cluster_args(args))),
        dns_zone=settled["dns_zone"],
        operating_system=platform.operating_system(settled),
        os_stream=OsStream(settled.get("os_stream", OsStream.STABLE)),
        controllers=_controllers(settled, snippets),
        controller_architecture=architecture,
        controller_machine=rules.machine_of(settled.get(CONTROLLER_MACHINE, {}), Role.CONTROLLER, architecture),
        pools=_pools(settled, rules, snippets),
        api_allowed_cidrs=tuple(settled.get("api_allowed_cidrs", EVERYWHERE)),
        ssh_allowed_cidrs=tuple(settled.get("ssh_allowed_cidrs", ())),
        private_nodes=settled.get("private_nodes", False),
        internal_api=settled.get("internal_api", False),
        owned_objects=settled.get("owned_objects", True),
        ssh_authorized_keys=tuple(settled.get("ssh_authorized_keys", ())),
        machine_snippets=tuple(settled.get("machine_snippets", {})),
    )


def cluster_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the control plane: the names that this library gives controllers, and no addresses.

    Names are told from the zone, not read back from records, so that certificates do not hang on machines.
    """
    name, zone = args["name"], args["dns_zone"]
    return {
        **shared_args(args),
        "host_cidr": args.get("host_cidr", HOST_CIDR),
        "daemonset_tolerations": tolerated(cast("dict[str, Any]", plain({**args}))),
        "api_servers": [naming.api_host(name, zone)],
        "controllers": [
            {"name": naming.controller_host(name, index), "etcd_name": naming.etcd_host(name, index, zone)}
            for index in range(args.get("controllers", 1))
        ],
    }


def _controllers(args: Mapping[str, Any], snippets: Snippets) -> tuple[Node, ...]:
    names = (naming.controller_host(args["name"], index) for index in range(args.get("controllers", 1)))
    own = of_role(args, Role.CONTROLLER)
    return tuple(
        chosen(Node(name=name), args, own, snippets_at(snippets, CONTROLLERS, machine_list(name))) for name in names
    )


def _pools(args: Mapping[str, Any], rules: CloudRules[MachineT], snippets: Snippets) -> tuple[Pool[MachineT], ...]:
    settings = [args.get(WORKER_MACHINE, {}), *(pool.get(MACHINE, {}) for pool in args.get("worker_pools", ()))]
    found = []
    for (pool, lists), machine in zip(worker_pools(args), settings, strict=True):
        name, workers = pool["name"], pool.get("workers", 1)
        bare = Node(name=naming.worker_pool(args["name"], name))
        node = chosen(bare, args, pool, snippets_at(snippets, *lists))
        hosts = [naming.worker_host(args["name"], name, index) for index in range(workers)]
        found.append(
            Pool(
                name=name,
                workers=workers,
                node=node,
                machine=rules.machine_of(machine, Role.WORKER, node.architecture or Architecture.AMD64),
                nodes=None
                if rules.groups
                else tuple(
                    replace(node, name=host, snippets=snippets_at(snippets, *lists, machine_list(host)))
                    for host in hosts
                ),
            )
        )
    return tuple(found)


def _ssh_is_reached(args: Mapping[object, object]) -> Iterator[Problem]:
    """Deliveries reach controllers: somebody may open SSH."""
    if "ssh_allowed_cidrs" not in args:
        rule = "must be given: the ranges from which SSH is reached, that of this program's machine or of the bastion"
        yield Problem("ssh_allowed_cidrs", "", rule)
