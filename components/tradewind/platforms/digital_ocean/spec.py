"""`DigitalOceanSpec`, and how the arguments of a cluster on DigitalOcean become one.

Pure. Reads: `DigitalOceanClusterArgs`. Makes: `DigitalOceanSpec`, or a `SpecError` with every problem.
Sources: https://docs.digitalocean.com/products/networking/vpc/, https://docs.digitalocean.com/products/droplets/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from tradewind import constants
from tradewind.choices import Architecture, OperatingSystem
from tradewind.errors import Problem, SpecError
from tradewind.kubelet import Role
from tradewind.platforms.digital_ocean.deltas import DELTAS
from tradewind.platforms.hosts import checked_cloud_spec, checked_pool_spec
from tradewind.spec import checks, fields
from tradewind.spec.checks import Check
from tradewind.spec.cloud import EVERYWHERE, HOST_CIDR, CloudRules, CloudSpec, Pool
from tradewind.spec.fields import Field, is_list, leaf
from tradewind.spec.rules import Rule, text_of
from tradewind.spec.shown import shown
from tradewind.spec.snippets import Translate, no_translation

if TYPE_CHECKING:
    from tradewind.platforms.digital_ocean.args import DigitalOceanClusterArgs, DigitalOceanWorkerPoolArgs

_LONGEST_NAME = 40
"""As on every platform: names of droplets are host names, of at most 63 characters."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_IMAGE = re.compile(r"[ -~]{1,255}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
_SIZES = {Role.CONTROLLER: "s-2vcpu-2gb", Role.WORKER: "s-1vcpu-2gb"}


@dataclass(frozen=True, kw_only=True)
class DropletSpec:
    """Settings of droplets."""

    size: str
    resize_disk: bool = False
    """Whether a larger size makes the disk larger too."""
    backups: bool = False


@dataclass(frozen=True, kw_only=True)
class DigitalOceanSpec:
    """Everything that was chosen about a cluster, but for what other resources make."""

    cloud: CloudSpec[DropletSpec]
    region: str
    own_vpc: bool
    """Whether the VPC is the cluster's."""
    nat_gateway: bool
    api_load_balancer: bool
    ingress_load_balancer: bool

    @property
    def names_nodes(self) -> bool:
        """Whether a load balancer of the API has to tell the cluster's own machines from others."""
        return not self.cloud.internal_api and EVERYWHERE[0] not in self.cloud.api_clients

    @property
    def unknown_gateway(self) -> str | None:
        """What to tell if machines come to a load balancer of the API from an address that only the user knows."""
        if not (self.api_load_balancer and self.names_nodes and self.cloud.private_nodes) or self.nat_gateway:
            return None
        return (
            "see that api_allowed_cidrs has the public address of the VPC's gateway, which is not known with "
            "nat_gateway: false: without it no machine reaches the API server"
        )


def digital_ocean_spec(args: "DigitalOceanClusterArgs", translate: Translate = no_translation) -> DigitalOceanSpec:
    """The spec of validated arguments.

    Args:
        args: the arguments.
        translate: how snippets in Butane become Ignition.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    return _spec(checked_cloud_spec(args, RULES, DELTAS, translate), args)


def digital_ocean_pool(
    args: "DigitalOceanWorkerPoolArgs", translate: Translate = no_translation
) -> tuple[DigitalOceanSpec, Pool[DropletSpec]]:
    """The spec of a cluster with one pool more, and the pool.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    cloud, pool = checked_pool_spec(args, RULES, DELTAS, translate)
    spec = _spec(cloud, args["cluster"])
    if spec.api_load_balancer and spec.names_nodes and not cloud.private_nodes:
        rule = (
            "must be left out, as the load balancer would not let in a pool beside the cluster; or use worker_pools, "
            "private_nodes or internal_api"
        )
        raise SpecError(f"{RULES.title} pool", [Problem("cluster.api_allowed_cidrs", "", rule)])
    return spec, pool


def _spec(cloud: CloudSpec[DropletSpec], args: "DigitalOceanClusterArgs") -> DigitalOceanSpec:
    return DigitalOceanSpec(
        cloud=cloud,
        region=args["region"],
        own_vpc="vpc_id" not in args,
        nat_gateway=args.get("nat_gateway", cloud.private_nodes),
        api_load_balancer=args.get("api_load_balancer", False),
        ingress_load_balancer=args.get("ingress_load_balancer", False),
    )


def _machine(settings: Mapping[str, Any], role: Role, architecture: Architecture) -> DropletSpec:
    del architecture
    return DropletSpec(**{"size": _SIZES[role], **settings})


def _matching(pattern: re.Pattern[str], rule: str) -> Check:
    return lambda value: None if checks.is_text(value) and pattern.fullmatch(value) else rule


_slug = _matching(_SLUG, "must be a slug as DigitalOcean's API has it, such as nyc3 or s-2vcpu-4gb")
_uuid = checks.late(_matching(_UUID, "must be an id, such as 5a4981aa-9653-4bd1-bef5-d6bff52042e4"))


def _is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(private) for private in _PRIVATE)


def _vpc_range(args: Mapping[object, object]) -> Iterator[Problem]:
    """VPCs have private ranges."""
    given = leaf(args.get("host_cidr", HOST_CIDR))
    network = checks.to_network(given)
    if network and not _is_private(network):
        yield Problem("host_cidr", shown(given), f"must be in {', '.join(map(str, _PRIVATE))}, as ranges of VPCs are")


def _private_nodes(args: Mapping[object, object]) -> Iterator[Problem]:
    """Private nodes are entered, go out and are found by their API server."""
    private = args.get("private_nodes") is True
    if private and "vpc_id" not in args:
        rule = "must be given with private_nodes: only a machine that is in their network already can enter them"
        yield Problem("vpc_id", "", rule)
    if private and args.get("api_load_balancer") is not True and args.get("internal_api") is not True:
        rule = "must be true with private_nodes, or internal_api: nothing else has a public address"
        yield Problem("api_load_balancer", "", rule)
    if private and leaf(args.get("operating_system")) == OperatingSystem.FLATCAR.value:
        rule = "must be false with flatcar, which gives a machine without a public interface no default route here"
        yield Problem("private_nodes", "True", rule)
    if not private and args.get("nat_gateway") is True:
        yield Problem("nat_gateway", "True", "must be false without private_nodes, which alone use it")


def _api_is_reached(args: Mapping[object, object]) -> Iterator[Problem]:
    """This program reaches the API server, if it owns objects in the cluster."""
    if args.get("internal_api") is True and "vpc_id" not in args and args.get("owned_objects", True) is True:
        rule = "must be false with internal_api in a new VPC, where this program cannot reach the API server"
        yield Problem("owned_objects", "True", rule)


def _api_port(args: Mapping[object, object]) -> Iterator[Problem]:
    """Another port than that of API servers is the load balancer's."""
    port = leaf(args.get("api_port", constants.API_PORT))
    if port != constants.API_PORT and isinstance(port, int) and args.get("api_load_balancer") is not True:
        yield Problem("api_port", shown(port), f"must be {constants.API_PORT} without api_load_balancer")


def _image_has_its_stream(args: Mapping[object, object]) -> Iterator[Problem]:
    if "os_stream" in args:
        yield Problem("os_stream", shown(leaf(args["os_stream"])), "must be left out: os_image is of a stream")


def _only_amd64(args: Mapping[object, object]) -> Iterator[Problem]:
    listed = args.get("worker_pools")
    places: dict[str, object] = {"architecture": args}
    for index, pool in enumerate(listed if is_list(listed) else ()):
        places[f"worker_pools[{index}].architecture"] = pool
    for path, value in places.items():
        if text_of(value).get("architecture") == Architecture.ARM64.value:
            yield Problem(path, shown(Architecture.ARM64.value), "must be amd64: DigitalOcean has no other machines")


_FIELDS: Mapping[str, Field] = {
    "region": fields.field(_slug, required=True),
    "os_image": fields.field(
        checks.late(_matching(_IMAGE, "must be the id or the name of a custom image")), required=True
    ),
    "vpc_id": fields.field(_uuid),
    "nat_gateway": fields.field(checks.boolean),
    "api_load_balancer": fields.field(checks.boolean),
    "ingress_load_balancer": fields.field(checks.boolean),
    "project_id": fields.field(_uuid),
}
_BETWEEN: Sequence[Rule] = (
    _vpc_range,
    _private_nodes,
    _api_is_reached,
    _api_port,
    _image_has_its_stream,
    _only_amd64,
)

RULES = CloudRules(
    title="DigitalOcean cluster",
    longest_name=_LONGEST_NAME,
    machine={
        "size": fields.field(_slug),
        "resize_disk": fields.field(checks.boolean),
        "backups": fields.field(checks.boolean),
    },
    machine_of=_machine,
    own=_FIELDS,
    rules=_BETWEEN,
    groups=False,
)
"""What DigitalOcean says about its arguments."""
