"""`LocalSpec` and how the arguments of a local cluster become one.

Pure. Reads: `LocalClusterArgs`. Makes: `LocalSpec`, or a `SpecError` with every problem.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, cast

from tradewind import constants, naming
from tradewind.choices import Architecture, Networking, OperatingSystem
from tradewind.errors import Problem, SpecError
from tradewind.kubelet import Role
from tradewind.spec import ClusterSpec, checks, cluster_spec, fields, platform, pools
from tradewind.spec.fields import Field, plain
from tradewind.spec.platform import (
    NODES,
    Node,
    Snippets,
    chosen,
    of_role,
    shared_args,
    snippets_at,
    tolerated,
    worker_pools,
)
from tradewind.spec.rules import Rule, number, text_of
from tradewind.spec.shown import shown
from tradewind.spec.snippets import (
    CONTROLLERS,
    MACHINES,
    Translate,
    machine_list,
    machine_snippets_field,
    no_translation,
    snippet_problems,
    snippets_of,
)
from tradewind.spec.validate import SHARED, problems_of
from tradewind.versions import DEFAULT_VERSION

if TYPE_CHECKING:
    from tradewind.args import ClusterArgs
    from tradewind.platforms.local.args import LocalClusterArgs

DOMAIN = "tradewind.internal"
"""Zone of the names in the machines' hosts files; .internal is reserved for private use."""

_NETWORK = "10.78.0.0/24"
_SSH_PORT = 22
_HIGHEST_PORT = 65535
_MOST_POOLS = 5
_LARGEST_POOL = 20
# Places in the network: every machine keeps its address, whatever becomes of the others.
_LOAD_BALANCER = 5
_FIRST_CONTROLLER = 10
_FIRST_WORKER = 50
_FIRST_POOL_WORKER = _FIRST_WORKER + pools.MOST_WORKERS


def _version(value: object) -> str | None:
    """The default release: local machines pull nothing, and theirs are the only images that are made."""
    rule = f"must be {DEFAULT_VERSION}, the one release that local machines have images of"
    return None if value == DEFAULT_VERSION else rule


def _networking(value: object) -> str | None:
    """A network whose images are made. Those of Calico are not: its programs are in no Go module."""
    known = [choice.value for choice in Networking if choice is not Networking.CALICO]
    rule = checks.one_of(known)(value)
    return rule and f"{rule}, the networks that local machines have images of"


_FIELDS: Mapping[str, Field] = {
    **SHARED,
    "kubernetes_version": fields.field(_version),
    "networking": fields.field(_networking),
    "operating_system": fields.field(checks.member_of(OperatingSystem)),
    "host_cidr": fields.field(checks.ipv4_network(16, 24)),
    "controllers": fields.field(platform.controller_count),
    "workers": fields.field(checks.integer(0, pools.MOST_WORKERS)),
    "worker_pools": pools.pools_field(_MOST_POOLS, _LARGEST_POOL),
    **NODES,
    MACHINES: machine_snippets_field(),
    "machine_command": Field(fields.list_of(checks.word, 1, 16)),
}


@dataclass(frozen=True, kw_only=True)
class LocalHost(Node):
    """One machine of the platform."""

    address: IPv4Address


@dataclass(frozen=True, kw_only=True)
class LocalSpec:
    """Everything that was chosen about a local cluster."""

    network: IPv4Network
    load_balancer: LocalHost | None
    """In front of the API servers, if there is more than one."""
    controllers: tuple[LocalHost, ...]
    workers: tuple[LocalHost, ...]
    machine_command: tuple[str, ...]
    cluster: ClusterSpec
    machine_snippets: tuple[str, ...] = ()
    """Names that snippets of single machines are for."""

    @property
    def gateway(self) -> IPv4Address:
        """Address of this host on the machines' bridge."""
        return self.network[1]

    @property
    def api_address(self) -> IPv4Address:
        """Address at which clients reach the API server."""
        return (self.load_balancer or self.controllers[0]).address

    def host(self, name: str) -> LocalHost:
        """The machine of that name."""
        return next(host for host in (*self.controllers, *self.workers) if host.name == name)


def local_spec(
    args: "LocalClusterArgs", translate: Translate = no_translation, host: Architecture | None = None
) -> LocalSpec:
    """The spec of validated arguments; `hosts.checked_spec` looks at what snippets replace as well.

    Args:
        args: the arguments.
        translate: how snippets in Butane become Ignition.
        host: architecture of this host and so of its machines; None leaves it open.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    # Defaults take part in the checks of overlaps and images.
    defaults = {"host_cidr": _NETWORK, **({"architecture": host.value} if host else {})}
    given = {**defaults, **args} if isinstance(args, Mapping) else args
    more = (*_RULES, snippet_problems(translate), *([_of_this_host(host)] if host else []))
    problems = problems_of(given, _FIELDS, more)
    if problems:
        raise SpecError("local cluster", problems)
    args = cast("LocalClusterArgs", plain(args))
    names = [naming.controller_host(args["name"], index) for index in range(args.get("controllers", 1))]
    network = IPv4Network(args.get("host_cidr", _NETWORK))
    snippets = snippets_of(args, translate)
    controllers = tuple(
        chosen(
            LocalHost(name=host, address=network[_FIRST_CONTROLLER + index]),
            args,
            of_role(args, Role.CONTROLLER),
            snippets_at(snippets, CONTROLLERS, machine_list(host)),
        )
        for index, host in enumerate(names)
    )
    return LocalSpec(
        network=network,
        load_balancer=_load_balancer(args),
        controllers=controllers,
        workers=_workers(args, network, snippets),
        machine_command=tuple(args.get("machine_command", ("python3", "-m", "tools.machines"))),
        cluster=cluster_spec(cluster_args(args)),
        machine_snippets=tuple(args.get("machine_snippets", {})),
    )


def cluster_args(args: "LocalClusterArgs") -> "ClusterArgs":
    """The platform-independent arguments: names and addresses that this platform gives its controllers."""
    name = args["name"]
    network = IPv4Network(args.get("host_cidr", _NETWORK))
    balancer = _load_balancer(args)
    return cast(
        "ClusterArgs",
        {
            **shared_args(args),
            "host_cidr": str(network),
            "kube_proxy_conntrack": False,
            "daemonset_tolerations": tolerated(args),
            "api_servers": [api_name(name), *([str(balancer.address)] if balancer else [])],
            "controllers": [
                {
                    "name": naming.controller_host(name, index),
                    "etcd_name": naming.etcd_host(name, index, DOMAIN),
                    "addresses": [str(network[_FIRST_CONTROLLER + index])],
                }
                for index in range(args.get("controllers", 1))
            ],
        },
    )


def _api_port_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """A port of the load balancer's own, if there is one."""
    port = number(args.get("api_port", constants.API_PORT), 1, _HIGHEST_PORT)
    controllers = number(args.get("controllers", 1), 1, platform.MOST_CONTROLLERS)
    if controllers == 1 and port not in (constants.API_PORT, None):
        rule = f"must be {constants.API_PORT} with one controller, as nothing stands before its API server"
        yield Problem("api_port", shown(port), rule)
    if controllers != 1 and port == _SSH_PORT:
        yield Problem("api_port", shown(port), f"must not be {_SSH_PORT}, which is SSH's")


def _of_this_host(host: Architecture) -> Rule:
    """Machines share the host's kernel: they have its architecture."""

    def problems(args: Mapping[object, object]) -> Iterator[Problem]:
        listed = args.get("worker_pools")
        places: dict[str, object] = {"architecture": args}
        for index, pool in enumerate(listed[:_MOST_POOLS] if fields.is_list(listed) else ()):
            places[f"worker_pools[{index}].architecture"] = pool
        for path, value in places.items():
            given = text_of(value).get("architecture")
            if given in [each.value for each in Architecture if each is not host]:
                yield Problem(path, shown(given), f"must be {host.value}: machines have the architecture of this host")

    return problems


_RULES: Sequence[Rule] = (
    _api_port_problems,
    platform.every_node_has_pods,
    *platform.RULES,
)


def _load_balancer(args: "LocalClusterArgs") -> LocalHost | None:
    if args.get("controllers", 1) == 1:
        return None
    network = IPv4Network(args.get("host_cidr", _NETWORK))
    return LocalHost(name=naming.load_balancer_host(args["name"]), address=network[_LOAD_BALANCER])


def _workers(args: "LocalClusterArgs", network: IPv4Network, snippets: Snippets) -> tuple[LocalHost, ...]:
    """The plain workers, then those of each pool, in blocks of addresses."""
    starts = (_FIRST_WORKER, *(_FIRST_POOL_WORKER + place * _LARGEST_POOL for place in range(_MOST_POOLS)))
    return tuple(
        chosen(
            LocalHost(name=name, address=network[start + index]),
            args,
            pool,
            snippets_at(snippets, *lists, machine_list(name)),
        )
        for start, (pool, lists) in zip(starts, worker_pools(args), strict=False)
        for index in range(pool.get("workers", 1))
        for name in [naming.worker_host(args["name"], pool["name"], index)]
    )


def api_name(cluster: str) -> str:
    """DNS name of a local cluster's API server."""
    return naming.api_host(cluster, DOMAIN)
