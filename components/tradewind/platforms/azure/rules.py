"""Rules of arguments on Azure: checks of its names and ids, and what fields say about each other.

Pure. Reads: arguments as they come. Makes: problems.
Names: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv6Network
from typing import Any

from tradewind import constants
from tradewind.choices import OperatingSystem
from tradewind.errors import Problem
from tradewind.spec import checks
from tradewind.spec.checks import Check, is_text
from tradewind.spec.cloud import CONTROLLER_MACHINE, MACHINE, WORKER_MACHINE
from tradewind.spec.fields import entries, is_list, leaf
from tradewind.spec.rules import Rule
from tradewind.spec.shown import shown

_LOCATION = re.compile(r"[a-z][a-z0-9]{2,39}")
_SIZE = re.compile(r"[A-Z][A-Za-z]{1,15}_[A-Z][A-Za-z0-9_-]{1,58}")
_GROUP = re.compile(r"[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]")
_RSA_KEY = re.compile(r"ssh-rsa [A-Za-z0-9+/]{200,2048}={0,2}( [!-~][ -~]{0,127})?")
_SHORTEST_IPV6, _LONGEST_IPV6 = 48, 63
_LONGEST_ADDRESS = 45
_MOST_POOLS = 10
_SEGMENT = r"[A-Za-z0-9_().-]{1,90}"


def location(value: object) -> str | None:
    """A region."""
    return None if is_text(value) and _LOCATION.fullmatch(value) else "must be a region, such as westeurope"


def machine_size(value: object) -> str | None:
    """A size of virtual machines."""
    return None if is_text(value) and _SIZE.fullmatch(value) else "must be a size, such as Standard_D2as_v5"


def resource_group(value: object) -> str | None:
    """Name of a resource group."""
    if is_text(value) and _GROUP.fullmatch(value):
        return None
    return "must be the name of a resource group: letters, digits, _, ., (, ) and -, at most 90, not ending with ."


def resource_id(*types: str) -> Check:
    """The id of a resource in a resource group, of one of some types as `<provider>/<type>`, with nested ones."""
    kinds = "|".join("/".join(f"{part}/{_SEGMENT}" for part in kind.split("/")[1:]) for kind in types)
    provider = types[0].partition("/")[0]
    pattern = re.compile(
        rf"/subscriptions/{_SEGMENT}/resourceGroups/{_SEGMENT}/providers/{re.escape(provider)}/({kinds})", re.IGNORECASE
    )

    def check(value: object) -> str | None:
        if is_text(value) and pattern.fullmatch(value):
            return None
        return f"must be the resource id of {' or '.join(types)}, /subscriptions/.../resourceGroups/.../providers/..."

    return check


def rsa_key(value: object) -> str | None:
    """One line of authorized_keys of type ssh-rsa."""
    return None if is_text(value) and _RSA_KEY.fullmatch(value) else "must be one public key of type ssh-rsa"


def ipv6_range(value: object) -> str | None:
    """An IPv6 range with room for two subnets, each of which is a /64."""
    rule = (
        f"must be an IPv6 range from /{_SHORTEST_IPV6} to /{_LONGEST_IPV6} given by its first address, "
        "such as fd12:3456:789a::/48"
    )
    if not is_text(value) or len(value) > _LONGEST_ADDRESS or "/" not in value:
        return rule
    try:
        network = IPv6Network(value)
    except ValueError:
        return rule
    return None if str(network) == value and _SHORTEST_IPV6 <= network.prefixlen <= _LONGEST_IPV6 else rule


def _machines(args: Mapping[object, object]) -> Iterator[tuple[str, dict[Any, Any], dict[Any, Any]]]:
    """Path, settings and pool of every machine argument that is a mapping."""
    for path in (CONTROLLER_MACHINE, WORKER_MACHINE):
        yield path, _mapping(args.get(path)), {}
    listed = args.get("worker_pools")
    for index, entry in enumerate(listed[:_MOST_POOLS] if is_list(listed) else ()):
        pool = _mapping(entry)
        yield f"worker_pools[{index}].{MACHINE}", _mapping(pool.get(MACHINE)), pool


def _mapping(value: object) -> dict[Any, Any]:
    return {key: leaf(each) for key, each in entries(value)} if isinstance(value, Mapping) else {}


def _etcd_stays(args: Mapping[object, object]) -> Iterator[Problem]:
    """What etcd writes stays."""
    settings = _mapping(args.get(CONTROLLER_MACHINE))
    if settings.get("spot") is True:
        rule = "must be false: a controller that is taken back takes its part of etcd with it"
        yield Problem(f"{CONTROLLER_MACHINE}.spot", "True", rule)
    if "ephemeral_disk" in settings:
        rule = "must be left out: etcd's data has to outlive the host"
        yield Problem(f"{CONTROLLER_MACHINE}.ephemeral_disk", shown(settings["ephemeral_disk"]), rule)


def _disks_fit(args: Mapping[object, object]) -> Iterator[Problem]:
    """A machine has one kind of disk."""
    for path, settings, _ in _machines(args):
        if "ephemeral_disk" in settings and "disk_type" in settings:
            yield Problem(f"{path}.disk_type", shown(settings["disk_type"]), "must be left out with ephemeral_disk")


def _images_fit(args: Mapping[object, object]) -> Iterator[Problem]:
    """Every machine has an image of its system and architecture."""
    system = leaf(args.get("operating_system", OperatingSystem.FEDORA_COREOS.value))
    given = "image_id" in args
    if system == OperatingSystem.FEDORA_COREOS.value and not given:
        yield Problem("image_id", "", "must be given with fedora-coreos, which is not in Azure's marketplace")
    own = leaf(args.get("architecture", "amd64"))
    for path, settings, pool in _machines(args):
        architecture = pool.get("architecture", own)
        if given and architecture != own and "image_id" not in settings:
            rule = f"must be given: image_id of the cluster is for {own}" if is_text(own) else "must be given"
            yield Problem(f"{path}.image_id", "", rule)


def _network_is_reached(args: Mapping[object, object]) -> Iterator[Problem]:
    """What has no public address is reached from a network that is there before the cluster."""
    if "virtual_network_id" in args:
        return
    if args.get("private_nodes") is True:
        rule = "must be given with private_nodes: the network from which SSH reaches the machines"
        yield Problem("virtual_network_id", "", rule)
    elif args.get("internal_api") is True and args.get("owned_objects", True) is True:
        rule = "must be given with internal_api: the network from which this program reaches it; or owned_objects false"
        yield Problem("virtual_network_id", "", rule)


def _ipv6_is_there(args: Mapping[object, object]) -> Iterator[Problem]:
    """A network of the user's own has IPv6 only if its range is told."""
    if args.get("ipv6_load_balancing") is True and "virtual_network_id" in args and "ipv6_cidr" not in args:
        rule = "must be given with ipv6_load_balancing: a part of the network's IPv6 range"
        yield Problem("ipv6_cidr", "", rule)


def _ports_differ(args: Mapping[object, object]) -> Iterator[Problem]:
    """API and ingress share the public address; with an internal API controllers ask the API server itself."""
    port = leaf(args.get("api_port", constants.API_PORT))
    if args.get("internal_api") is True:
        if checks.integer(1, 65535)(port) is None and port != constants.API_PORT:
            rule = "must be 6443 with internal_api: controllers have the API server at their own address"
            yield Problem("api_port", shown(port), rule)
    elif port in (80, 443):
        yield Problem("api_port", shown(port), "must not be 80 or 443, which are the ingress's at the same address")


CROSS_RULES: Sequence[Rule] = (
    _etcd_stays,
    _disks_fit,
    _images_fit,
    _network_is_reached,
    _ipv6_is_there,
    _ports_differ,
)
