"""Rules between fields of the arguments.

Pure. Each takes the arguments with keys that are text or numbers and whatever values, and leaves alone what breaks a
rule of its own field.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from itertools import combinations

from tradewind import constants
from tradewind.errors import Problem
from tradewind.spec import checks
from tradewind.spec.fields import entries, is_list, leaf
from tradewind.spec.shown import shown
from tradewind.versions import DEFAULT_VERSION, RELEASES

_CENTURY = 100 * 8760
HOURS = {
    "ca_validity_hours": (24, _CENTURY),
    "validity_hours": (1, _CENTURY),
    "early_renewal_hours": (0, _CENTURY),
}
"""Least and greatest value of each lifetime."""
CONTROLLER_COUNTS = (1, 3, 5, 7)
"""Numbers of controllers with which etcd has a majority and gains from each member."""
MOST_API_SERVERS = 16
MOST_NODES = 100
"""Entries of a list of machines or pools that are looked at; of a longer one, its length is the problem."""
_NODE_PREFIX = 24

Rule = Callable[[Mapping[object, object]], Iterator[Problem]]


def _controllers_differ(args: Mapping[object, object]) -> Iterator[Problem]:
    """Names and etcd names tell members apart."""
    controllers = args.get("controllers")
    if not is_list(controllers):
        return
    members = [text_of(each) for each in controllers[: CONTROLLER_COUNTS[-1]]]
    for key in ("name", "etcd_name"):
        seen: set[str] = set()
        for index, member in enumerate(members):
            name = member.get(key)
            if name in seen:
                yield Problem(f"controllers[{index}].{key}", shown(name), "must differ from the other controllers'")
            elif name is not None:
                seen.add(name)


def _lifetimes_fit(args: Mapping[object, object]) -> Iterator[Problem]:
    """A certificate or token lives longer than its renewal window, and no longer than its authority."""
    for name, defaults in constants.LIFETIMES.items():
        policy = args.get(name, {})
        if not isinstance(policy, Mapping):
            continue
        given = dict(entries(policy))
        hours = {key: number(given.get(key, default), *HOURS[key]) for key, default in defaults.items()}
        validity, renewal = hours["validity_hours"], hours["early_renewal_hours"]
        authority = hours.get("ca_validity_hours")
        if validity is not None and renewal is not None and renewal >= validity:
            rule = f"must be less than validity_hours ({validity})"
            yield Problem(f"{name}.early_renewal_hours", shown(renewal), rule)
        if validity is not None and authority is not None and validity > authority:
            rule = f"must be at most ca_validity_hours ({authority})"
            yield Problem(f"{name}.validity_hours", shown(validity), rule)


def _ranges_are_apart(args: Mapping[object, object]) -> Iterator[Problem]:
    """Ranges of pods, Services and machines do not overlap."""
    ranges = {
        "pod_cidr": checks.to_network(leaf(args.get("pod_cidr", constants.POD_CIDR))),
        "service_cidr": checks.to_network(leaf(args.get("service_cidr", constants.SERVICE_CIDR))),
        "host_cidr": checks.to_network(leaf(args.get("host_cidr"))),
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one and other and one.overlaps(other):
            yield Problem(second, shown(str(other)), f"must not overlap {first} ({one})")


def _addresses_are_outside(args: Mapping[object, object]) -> Iterator[Problem]:
    """Machines have no addresses of pods or Services."""
    for path, text in _addresses(args):
        address = checks.to_ipv4(text)
        for name, default in (("pod_cidr", constants.POD_CIDR), ("service_cidr", constants.SERVICE_CIDR)):
            network = checks.to_network(leaf(args.get(name, default)))
            if address and network and address in network:
                yield Problem(path, shown(text), f"must not be in {name} ({network})")


def _addresses(args: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    """What may be an address, with its path."""
    lists = {"api_servers": args.get("api_servers")}
    controllers = args.get("controllers")
    for index, member in enumerate(controllers[: CONTROLLER_COUNTS[-1]] if is_list(controllers) else ()):
        if isinstance(member, Mapping):
            lists[f"controllers[{index}].addresses"] = dict(entries(member)).get("addresses")
    for path, value in lists.items():
        for index, each in enumerate(value[:MOST_API_SERVERS] if is_list(value) else ()):
            yield f"{path}[{index}]", leaf(each)


def _pods_fit(args: Mapping[object, object]) -> Iterator[Problem]:
    """Every node gets a /24 of the pods' range."""
    network, controllers = checks.to_network(leaf(args.get("pod_cidr"))), args.get("controllers")
    if network and is_list(controllers):
        yield from pods_fit(network, len(controllers))


def pods_fit(pod_cidr: IPv4Network, nodes: int) -> Iterator[Problem]:
    """The problem of a range of pods that is too small for a number of nodes."""
    room = 2 ** max(0, _NODE_PREFIX - pod_cidr.prefixlen)
    if nodes > room:
        yield Problem(
            "pod_cidr", shown(str(pod_cidr)), f"must have a /{_NODE_PREFIX} for each of {nodes} nodes, not {room}"
        )


def version_of(args: Mapping[object, object]) -> str:
    """The Kubernetes version, or the default where a wrong one is a problem of its own."""
    version = leaf(args.get("kubernetes_version"))
    return version if isinstance(version, str) and version in RELEASES else DEFAULT_VERSION


def number(value: object, low: int, high: int) -> int | None:
    """A whole number within its bounds, or None."""
    plain = leaf(value)
    return plain if isinstance(plain, int) and checks.integer(low, high)(plain) is None else None


def is_true(settings: object, name: str) -> bool:
    """Whether settings that may be anything say true under a name."""
    return isinstance(settings, Mapping) and leaf(settings.get(name)) is True


def text_of(value: object) -> dict[str, str]:
    """The entries of a mapping that are text, by keys that are."""
    pairs = [(key, leaf(each)) for key, each in entries(value)] if isinstance(value, Mapping) else []
    return {key: text for key, text in pairs if isinstance(key, str) and isinstance(text, str)}


RULES: Sequence[Rule] = (
    _controllers_differ,
    _lifetimes_fit,
    _ranges_are_apart,
    _addresses_are_outside,
    _pods_fit,
)
"""In no order that matters: problems are sorted by field."""
