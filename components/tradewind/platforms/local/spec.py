"""`LocalSpec` and how the arguments of a local cluster become one.

Pure. Reads: `LocalClusterArgs`. Makes: `LocalSpec`, or a `SpecError` with every problem.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, cast

from tradewind import constants, naming
from tradewind.errors import SpecError
from tradewind.spec import ClusterSpec, checks, cluster_spec
from tradewind.spec.fields import Field, field, list_of
from tradewind.spec.validate import SHARED, problems_of

if TYPE_CHECKING:
    from tradewind.args import ClusterArgs
    from tradewind.platforms.local.args import LocalClusterArgs

DOMAIN = "tradewind.internal"
"""Zone of the names in the machines' hosts files; .internal is reserved for private use."""

_NETWORK = "10.78.0.0/24"
_FIRST_CONTROLLER = 10
_FIRST_WORKER = 50
_MOST_WORKERS = 100
_POOL = "worker"


_FIELDS: Mapping[str, Field] = {
    **SHARED,
    # Nothing stands between clients and the one API server.
    "api_port": field(checks.integer(constants.API_PORT, constants.API_PORT)),
    "host_cidr": field(checks.ipv4_network(16, 24)),
    "controllers": field(checks.integer(1, 1)),
    "workers": field(checks.integer(0, _MOST_WORKERS)),
    "machine_command": Field(list_of(checks.text, 1, 16)),
}


@dataclass(frozen=True, kw_only=True)
class LocalHost:
    """One machine of the platform."""

    name: str
    address: IPv4Address


@dataclass(frozen=True, kw_only=True)
class LocalSpec:
    """Everything that was chosen about a local cluster."""

    network: IPv4Network
    controllers: tuple[LocalHost, ...]
    workers: tuple[LocalHost, ...]
    machine_command: tuple[str, ...]
    cluster: ClusterSpec

    def host(self, name: str) -> LocalHost:
        """The machine of that name."""
        return next(host for host in (*self.controllers, *self.workers) if host.name == name)


def local_spec(args: "LocalClusterArgs") -> LocalSpec:
    """The spec of validated arguments.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    # The default takes part in the check for overlaps.
    problems = problems_of({"host_cidr": _NETWORK, **args} if isinstance(args, Mapping) else args, _FIELDS)
    if problems:
        raise SpecError("local cluster", problems)
    name = args["name"]
    network = IPv4Network(args.get("host_cidr", _NETWORK))
    controllers = tuple(
        LocalHost(name=naming.controller_host(name, index), address=network[_FIRST_CONTROLLER + index])
        for index in range(args.get("controllers", 1))
    )
    workers = tuple(
        LocalHost(name=naming.worker_host(name, _POOL, index), address=network[_FIRST_WORKER + index])
        for index in range(args.get("workers", 1))
    )
    return LocalSpec(
        network=network,
        controllers=controllers,
        workers=workers,
        machine_command=tuple(args.get("machine_command", ("python3", "-m", "tools.machines"))),
        cluster=cluster_spec(cluster_args(args)),
    )


def cluster_args(args: "LocalClusterArgs") -> "ClusterArgs":
    """The platform-independent arguments: names and addresses that this platform gives its controllers."""
    name = args["name"]
    network = IPv4Network(args.get("host_cidr", _NETWORK))
    shared: dict[str, Any] = {key: value for key, value in args.items() if key in SHARED}
    return cast(
        "ClusterArgs",
        {
            **shared,
            "host_cidr": str(network),
            "kube_proxy_conntrack": False,
            "api_servers": [api_name(name)],
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


def api_name(cluster: str) -> str:
    """DNS name of a local cluster's API server."""
    return f"{cluster}.{DOMAIN}"
