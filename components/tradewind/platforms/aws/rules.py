"""Rules between fields of the arguments of a cluster on AWS.

Pure. Each leaves alone what breaks a rule of its own field.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tradewind.choices import Architecture
from tradewind.errors import Problem
from tradewind.platforms.aws.choices import DiskType
from tradewind.spec.cloud import CONTROLLER_MACHINE, MACHINE, WORKER_MACHINE
from tradewind.spec.fields import entries, is_list, leaf
from tradewind.spec.rules import Rule, number
from tradewind.spec.shown import shown

Settings = Mapping[object, object]

_MOST_POOLS = 10
_EVERYBODY = "0.0.0.0/0"
_INGRESS_PORTS = (80, 443)
_GRAVITON = re.compile(r"(a1|[a-z]+[0-9]+g[a-z]*)\..*")
"""Families with processors of arm64: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html."""
_BURSTABLE = re.compile(r"t[0-9].*")
_IOPS = {DiskType.GP3.value: (3000, 80000), DiskType.IO1.value: (100, 64000), DiskType.IO2.value: (100, 256000)}
"""Least and most operations by type: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html."""
_IOPS_PER_GIB = {DiskType.GP3.value: 500, DiskType.IO1.value: 50, DiskType.IO2.value: 1000}
"""Most operations for each GiB, by type."""
_GP3_IOPS = 3000
"""Those of gp3 by default."""
GP3_THROUGHPUT = (125, 2000)
"""MiB/s, each of which needs four operations."""
DISK_SIZES = (10, 16384)
_LARGEST_MAGNETIC = 1024
"""GiB, as the sizes."""
DISK_SIZE = 30
"""GiB by default."""
_IOPS_NEEDED = (DiskType.IO1.value, DiskType.IO2.value)


def _name_is_free(args: Settings) -> Iterator[Problem]:
    """Names of security groups begin with that of the cluster, and may not look like their ids."""
    name = leaf(args.get("name"))
    if isinstance(name, str) and f"{name}-".startswith("sg-"):
        yield Problem("name", shown(name), "must not begin with sg-, which AWS keeps for ids of security groups")


def _network_or_zones(args: Settings) -> Iterator[Problem]:
    """Zones say where a network is made."""
    if "network" in args and "zones" in args:
        yield Problem("zones", "", "must not be given with `network`, whose subnets have their zones")
    if "network" not in args and "zones" not in args:
        rule = "must be given, such as [eu-central-1a, eu-central-1b], unless `network` is"
        yield Problem("zones", "", rule)


def _zones_are_of_one_region(args: Settings) -> Iterator[Problem]:
    zones = args.get("zones")
    names = [leaf(each) for each in zones[:8]] if is_list(zones) else []
    texts = [(index, name) for index, name in enumerate(names) if isinstance(name, str)]
    for index, name in texts[1:]:
        if name[:-1] != texts[0][1][:-1]:
            yield Problem(f"zones[{index}]", shown(name), "must be of the same region as the others")


def _private_nodes_are_reached(args: Settings) -> Iterator[Problem]:
    """Private nodes have subnets, and deliveries have a way to them."""
    if leaf(args.get("private_nodes")) is not True:
        return
    network = args.get("network")
    if isinstance(network, Mapping):
        if "private_subnet_ids" not in network:
            yield Problem("network.private_subnet_ids", "", "must be given with private_nodes")
    elif "bastion" not in args:
        rule = "must be given with private_nodes, unless `network` is one from which this program reaches machines"
        yield Problem("bastion", "", rule)


def _nodes_reach_the_api(args: Settings) -> Iterator[Problem]:
    """Where not everybody may, machines do by addresses that are known.

    Over IPv6 and inside the network that is their security group; over IPv4 to a public load balancer it is their
    public address, or that of their NAT.
    """
    network, allowed = args.get("network"), args.get("api_allowed_cidrs")
    if not isinstance(network, Mapping) or not is_list(allowed) or _EVERYBODY in [leaf(each) for each in allowed[:32]]:
        return
    if leaf(args.get("internal_api")) is True or leaf(network.get("ipv6")) is True:
        return
    if leaf(args.get("private_nodes")) is not True:
        rule = (
            "must hold 0.0.0.0/0 unless private_nodes, internal_api or network.ipv6: public addresses of machines vary"
        )
        yield Problem("api_allowed_cidrs", "", rule)
    elif "nat_addresses" not in network:
        rule = "must be given with private_nodes and api_allowed_cidrs, as machines reach the API server by them"
        yield Problem("network.nat_addresses", "", rule)


def _api_port_is_free(args: Settings) -> Iterator[Problem]:
    port = leaf(args.get("api_port"))
    if port in _INGRESS_PORTS and leaf(args.get("internal_api")) is not True:
        rule = "must not be 80 or 443, the ports of ingress at the same load balancer, unless internal_api"
        yield Problem("api_port", shown(port), rule)


def _machines(args: Settings) -> Iterator[Problem]:
    """Every machine's settings fit together."""
    cluster = leaf(args.get("architecture", Architecture.AMD64))
    for path in (CONTROLLER_MACHINE, WORKER_MACHINE):
        yield from _machine(path, args.get(path), cluster)
    listed = args.get("worker_pools")
    for index, pool in enumerate(listed[:_MOST_POOLS] if is_list(listed) else ()):
        if isinstance(pool, Mapping):
            given = dict(entries(pool))
            path = f"worker_pools[{index}].{MACHINE}"
            yield from _machine(path, given.get(MACHINE), leaf(given.get("architecture", cluster)))


def _machine(path: str, settings: object, architecture: object) -> Iterator[Problem]:
    given = {key: leaf(each) for key, each in entries(settings)} if isinstance(settings, Mapping) else {}
    for key, rule in (
        *_type_problems(given, architecture),
        *_disk_problems(given),
        *_spot_problems(given, is_controller=path == CONTROLLER_MACHINE),
    ):
        yield Problem(f"{path}.{key}", shown(given[key]) if key in given else "", rule)


def _type_problems(given: Settings, architecture: object) -> Iterator[tuple[str, str]]:
    instance_type = given.get("instance_type")
    if not isinstance(instance_type, str):
        return
    graviton = bool(_GRAVITON.fullmatch(instance_type))
    if architecture in [each.value for each in Architecture] and graviton != (architecture == Architecture.ARM64.value):
        yield "instance_type", f"must be of the machines' architecture, {architecture}"
    if "cpu_credits" in given and not _BURSTABLE.fullmatch(instance_type):
        yield "cpu_credits", "must not be given but for burstable (T) instance types"


def _disk_problems(given: Settings) -> Iterator[tuple[str, str]]:
    disk_type = given.get("disk_type", DiskType.GP3.value)
    if disk_type not in [each.value for each in DiskType]:
        return
    iops = given.get("disk_iops")
    bounds = _IOPS.get(str(disk_type))
    if bounds is None and "disk_iops" in given:
        yield "disk_iops", f"must not be given with {disk_type}"
    if bounds and isinstance(iops, int) and not bounds[0] <= iops <= bounds[1]:
        yield "disk_iops", f"must be from {bounds[0]} to {bounds[1]} with {disk_type}"
    if disk_type in _IOPS_NEEDED and "disk_iops" not in given:
        yield "disk_iops", f"must be given with {disk_type}"
    if "disk_throughput" in given and disk_type != DiskType.GP3.value:
        yield "disk_throughput", "must not be given but with gp3"
    yield from _ratio_problems(str(disk_type), given)


def _ratio_problems(disk_type: str, given: Settings) -> Iterator[tuple[str, str]]:
    """What the size allows, and what the operations do."""
    is_gp3 = disk_type == DiskType.GP3.value
    size = number(given.get("disk_size", DISK_SIZE), *DISK_SIZES)
    if size is None:
        return
    if disk_type == DiskType.STANDARD.value and size > _LARGEST_MAGNETIC:
        yield "disk_size", f"must be at most {_LARGEST_MAGNETIC} with standard"
    bounds = _IOPS.get(disk_type)
    iops = number(given.get("disk_iops", _GP3_IOPS if is_gp3 else None), *bounds) if bounds else None
    if iops is None:
        return
    most = _IOPS_PER_GIB[disk_type] * size
    if iops > most:
        yield "disk_iops", f"must be at most {most} with {disk_type} of {size} GiB"
    throughput = number(given.get("disk_throughput"), *GP3_THROUGHPUT)
    if is_gp3 and throughput is not None and throughput * 4 > iops:
        yield "disk_throughput", f"must be at most {iops // 4}, a quarter of the operations"


def _spot_problems(given: Settings, *, is_controller: bool) -> Iterator[tuple[str, str]]:
    if is_controller:
        for key in ("spot", "spot_max_price", "target_group_arns"):
            if key in given:
                yield key, "must not be given for controllers"
    elif "spot_max_price" in given and given.get("spot") is not True:
        yield "spot_max_price", "must not be given without spot"


RULES: Sequence[Rule] = (
    _name_is_free,
    _network_or_zones,
    _zones_are_of_one_region,
    _private_nodes_are_reached,
    _nodes_reach_the_api,
    _api_port_is_free,
    _machines,
)
