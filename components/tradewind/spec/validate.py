"""The rules of `ClusterArgs`: arguments in, every broken rule out.

Pure. Tables of fields are walked by one loop; rules between fields are functions below.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tradewind import images
from tradewind.choices import KeyAlgorithm, Networking
from tradewind.constants import CLUSTER_CIDR_DEFAULT, SERVICE_CIDR_DEFAULT
from tradewind.errors import Problem
from tradewind.spec import checks
from tradewind.spec.checks import Check
from tradewind.versions import DEFAULT_VERSION, RELEASES, Images

_LONGEST_CLUSTER_NAME = 40
_CENTURY_HOURS = 100 * 8760
_CONTROLLER_COUNTS = (1, 3, 5, 7)
_MISSING = object()


@dataclass(frozen=True)
class _Field:
    """One field of a section: its check, and whether it has to be there."""

    check: Check | Callable[[object, str], Iterable[Problem]]
    required: bool = False


def problems_of(args: object) -> tuple[Problem, ...]:
    """Every rule that the arguments of a cluster break; empty when they are good."""
    found = list(_section(args, "", _CLUSTER))
    if isinstance(args, Mapping):
        for rule in (_controllers_differ, _lifetimes_fit, _ranges_are_apart, _kubelet_image_exists):
            found.extend(rule(args))
    return tuple(found)


def _section(value: object, path: str, fields: Mapping[str, _Field]) -> Iterator[Problem]:
    """Check a mapping against its table: unknown keys, missing keys, and each value."""
    if not isinstance(value, Mapping):
        yield Problem(path or "args", _shown(value), "must be a mapping of fields")
        return
    prefix = f"{path}." if path else ""
    for key in value:
        if key not in fields:
            yield Problem(f"{prefix}{key}", _shown(value[key]), f"is unknown; the fields are {', '.join(fields)}")
    for name, field in fields.items():
        given = value.get(name, _MISSING)
        if given is not _MISSING:
            yield from _value(given, f"{prefix}{name}", field.check)
        elif field.required:
            yield Problem(f"{prefix}{name}", None, "must be given")


def _value(value: object, path: str, check: Callable[..., object]) -> Iterator[Problem]:
    """Run a check of either kind: of the value alone, or of a structure with its path."""
    if getattr(check, "structured", False):
        yield from check(value, path)  # type: ignore[misc]
    elif (rule := check(value)) is not None:
        yield Problem(path, _shown(value), str(rule))


def _shown(value: object) -> object:
    """What a message may show of a value: plain data, or only its type for anything that may hold a secret."""
    plain = isinstance(value, str | int | float | bool | list | tuple | dict | type(None))
    return value if plain else f"<{type(value).__name__}>"


def _structured(check: Callable[[object, str], Iterable[Problem]]) -> Callable[[object, str], Iterable[Problem]]:
    check.structured = True  # type: ignore[attr-defined]
    return check


def _mapping(fields: Mapping[str, _Field]) -> Callable[[object, str], Iterable[Problem]]:
    return _structured(lambda value, path: _section(value, path, fields))


def _list_of(check: Callable[..., object], low: int, high: int) -> Callable[[object, str], Iterable[Problem]]:
    """A list with a number of entries between two bounds, each checked, none twice."""

    def walk(value: object, path: str) -> Iterator[Problem]:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence) or not low <= len(value) <= high:
            yield Problem(path, _shown(value), f"must be a list of {low} to {high} entries")
            return
        for index, entry in enumerate(value):
            yield from _value(entry, f"{path}[{index}]", check)
            if entry in value[:index]:
                yield Problem(f"{path}[{index}]", _shown(entry), "must not be in the list twice")

    return _structured(walk)


def _controller_count(value: object, path: str) -> Iterator[Problem]:
    yield from _list_of(_mapping(_CONTROLLER), 1, _CONTROLLER_COUNTS[-1])(value, path)
    if isinstance(value, Sequence) and len(value) in range(_CONTROLLER_COUNTS[-1]) and len(value) % 2 == 0 and value:
        rule = f"must be a list of {', '.join(map(str, _CONTROLLER_COUNTS))} controllers, so that etcd has a majority"
        yield Problem(path, f"{len(value)} entries", rule)


_CONTROLLER = {
    "name": _Field(checks.dns_label(), required=True),
    "etcd_name": _Field(checks.dns_name, required=True),
    "addresses": _Field(_list_of(checks.ip, 0, 8)),
}

_AUTHORITY = {
    "cert_pem": _Field(checks.anything, required=True),
    "private_key_pem": _Field(checks.anything, required=True),
}

_CERTIFICATES = {
    "key_algorithm": _Field(checks.member_of(KeyAlgorithm)),
    "ca_validity_hours": _Field(checks.integer(24, _CENTURY_HOURS)),
    "validity_hours": _Field(checks.integer(1, _CENTURY_HOURS)),
    "early_renewal_hours": _Field(checks.integer(0, _CENTURY_HOURS)),
    "kubernetes_ca": _Field(_mapping(_AUTHORITY)),
    "etcd_ca": _Field(_mapping(_AUTHORITY)),
    "aggregation_ca": _Field(_mapping(_AUTHORITY)),
}

_TOKEN = {
    "validity_hours": _Field(checks.integer(1, _CENTURY_HOURS)),
    "early_renewal_hours": _Field(checks.integer(0, _CENTURY_HOURS)),
}

_KUBELET_IMAGE = {
    "registry": _Field(lambda value: None if checks.is_text(value) else "must be text"),
    "tag": _Field(lambda value: None if checks.is_text(value) else "must be text"),
    "digest": _Field(lambda value: None if checks.is_text(value) else "must be text"),
    "unsupported": _Field(checks.boolean),
}

_CLUSTER = {
    "name": _Field(checks.dns_label(_LONGEST_CLUSTER_NAME), required=True),
    "api_servers": _Field(_list_of(checks.dns_name_or_ip, 1, 16), required=True),
    "controllers": _Field(_structured(_controller_count), required=True),
    "kubernetes_version": _Field(checks.one_of(tuple(RELEASES))),
    "api_port": _Field(checks.integer(1, 65535)),
    "networking": _Field(checks.member_of(Networking)),
    "pod_cidr": _Field(checks.ipv4_network(8, 22)),
    "service_cidr": _Field(checks.ipv4_network(12, 26)),
    "host_cidr": _Field(checks.ipv4_network(8, 29)),
    "cluster_domain": _Field(checks.dns_name),
    "service_account_issuer": _Field(checks.https_url),
    "certificates": _Field(_mapping(_CERTIFICATES)),
    "bootstrap_token": _Field(_mapping(_TOKEN)),
    "kubelet_image": _Field(_mapping(_KUBELET_IMAGE)),
    "images": _Field(_mapping({name: _Field(checks.image_reference) for name in Images.names()})),
    "aggregation": _Field(checks.boolean),
    "coredns": _Field(checks.boolean),
    "coredns_replicas": _Field(checks.integer(1, 100)),
    "kube_proxy": _Field(checks.boolean),
    "daemonset_tolerations": _Field(_list_of(checks.qualified_name, 0, 32)),
    "external_cloud_provider": _Field(checks.boolean),
}


def _controllers_differ(args: Mapping[str, object]) -> Iterator[Problem]:
    """Names and etcd names tell members apart."""
    controllers = args.get("controllers")
    if isinstance(controllers, str | bytes) or not isinstance(controllers, Sequence):
        return
    for key in ("name", "etcd_name"):
        seen: list[object] = []
        for index, controller in enumerate(controllers):
            value = controller.get(key) if isinstance(controller, Mapping) else None
            if value is not None and value in seen:
                yield Problem(f"controllers[{index}].{key}", _shown(value), "must differ from the other controllers'")
            seen.append(value)


def _lifetimes_fit(args: Mapping[str, object]) -> Iterator[Problem]:
    """A certificate or token lives longer than its renewal window, and no longer than its authority."""
    policies = {"certificates": (8760, 2160), "bootstrap_token": (2160, 720)}
    for name, (validity_default, renewal_default) in policies.items():
        policy = args.get(name, {})
        if not isinstance(policy, Mapping):
            continue
        validity = policy.get("validity_hours", validity_default)
        renewal = policy.get("early_renewal_hours", renewal_default)
        if _are_integers(validity, renewal) and renewal >= validity:
            yield Problem(f"{name}.early_renewal_hours", renewal, f"must be less than validity_hours ({validity})")
        authority = policy.get("ca_validity_hours", _CENTURY_HOURS)
        if _are_integers(validity, authority) and validity > authority:
            yield Problem(f"{name}.validity_hours", validity, f"must be at most ca_validity_hours ({authority})")


def _are_integers(*values: object) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)


def _ranges_are_apart(args: Mapping[str, object]) -> Iterator[Problem]:
    """Ranges of pods, Services and machines do not overlap, and no controller's address is inside the first two."""
    ranges = {
        "pod_cidr": checks.to_network(args.get("pod_cidr", CLUSTER_CIDR_DEFAULT)),
        "service_cidr": checks.to_network(args.get("service_cidr", SERVICE_CIDR_DEFAULT)),
        "host_cidr": checks.to_network(args.get("host_cidr")),
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one and other and one.overlaps(other):
            yield Problem(second, str(other), f"must not overlap {first} ({one})")


def _kubelet_image_exists(args: Mapping[str, object]) -> Iterator[Problem]:
    """Registry and tag of the kubelet image are published together."""
    choice = args.get("kubelet_image", {})
    if not isinstance(choice, Mapping) or list(_section(choice, "", _KUBELET_IMAGE)):
        return
    given = {
        "registry": choice.get("registry", images.KubeletRegistry.QUAY.value),
        "tag": choice.get("tag", args.get("kubernetes_version", DEFAULT_VERSION)),
        "digest": choice.get("digest"),
    }
    if not checks.is_text(given["tag"]):
        return
    broken = images.broken_rules(**given, unsupported=choice.get("unsupported", False))
    for field, rule in broken.items():
        yield Problem(f"kubelet_image.{field}", given[field], rule)
