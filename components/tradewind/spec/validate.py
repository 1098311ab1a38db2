"""The rules of `ClusterArgs`: arguments in, every broken rule out.

Pure. Rules of one field are in the tables; rules between fields are the functions below.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tradewind import constants, images
from tradewind.choices import KeyAlgorithm, Networking
from tradewind.errors import Problem
from tradewind.spec import checks
from tradewind.spec.fields import Field, field, list_of, section, shown
from tradewind.versions import DEFAULT_VERSION, RELEASES, Images

_LONGEST_CLUSTER_NAME = 40
_CENTURY_HOURS = 100 * 8760
CONTROLLER_COUNTS = (1, 3, 5, 7)
"""Numbers of controllers with which etcd has a majority and gains from each member."""


def problems_of(args: object, fields: Mapping[str, Field] | None = None) -> tuple[Problem, ...]:
    """Every rule that arguments break; empty when they are good.

    Args:
        args: `ClusterArgs`, or a platform's own arguments.
        fields: the platform's fields, `SHARED` among them. Default: those of `ClusterArgs`.
    """
    found = list(section(fields or _CLUSTER)(args, ""))
    if isinstance(args, Mapping):
        for rule in (_controllers_differ, _lifetimes_fit, _ranges_are_apart, _kubelet_image_exists):
            found.extend(rule(args))
    return tuple(found)


def _controllers(value: object, path: str) -> Iterator[Problem]:
    yield from list_of(section(_CONTROLLER), 1, CONTROLLER_COUNTS[-1], nested=True)(value, path)
    if isinstance(value, Sequence) and len(value) in range(2, CONTROLLER_COUNTS[-1], 2):
        rule = f"must be a list of {', '.join(map(str, CONTROLLER_COUNTS))} controllers, so that etcd has a majority"
        yield Problem(path, f"{len(value)} entries", rule)


_CONTROLLER = {
    "name": field(checks.dns_label(), required=True),
    "etcd_name": field(checks.dns_name, required=True),
    "addresses": Field(list_of(checks.ip, 0, 8)),
}

_AUTHORITY = {
    "cert_pem": field(checks.pem, required=True, secret=True),
    "private_key_pem": field(checks.pem, required=True, secret=True),
}

_CERTIFICATES = {
    "key_algorithm": field(checks.member_of(KeyAlgorithm)),
    "ca_validity_hours": field(checks.integer(24, _CENTURY_HOURS)),
    "validity_hours": field(checks.integer(1, _CENTURY_HOURS)),
    "early_renewal_hours": field(checks.integer(0, _CENTURY_HOURS)),
    "kubernetes_ca": Field(section(_AUTHORITY)),
    "etcd_ca": Field(section(_AUTHORITY)),
    "aggregation_ca": Field(section(_AUTHORITY)),
}

_TOKEN = {
    "validity_hours": field(checks.integer(1, _CENTURY_HOURS)),
    "early_renewal_hours": field(checks.integer(0, _CENTURY_HOURS)),
}

_KUBELET_IMAGE = {
    "registry": field(checks.text),
    "tag": field(checks.text),
    "digest": field(checks.text),
    "unsupported": field(checks.boolean),
}

SHARED: Mapping[str, Field] = {
    "name": field(checks.dns_label(_LONGEST_CLUSTER_NAME), required=True),
    "kubernetes_version": field(checks.one_of(tuple(RELEASES))),
    "api_port": field(checks.integer(1, 65535)),
    "networking": field(checks.member_of(Networking)),
    "pod_cidr": field(checks.ipv4_network(8, 22)),
    "service_cidr": field(checks.ipv4_network(12, 26)),
    "cluster_domain": field(checks.dns_name),
    "service_account_issuer": field(checks.https_url),
    "certificates": Field(section(_CERTIFICATES)),
    "bootstrap_token": Field(section(_TOKEN)),
    "kubelet_image": Field(section(_KUBELET_IMAGE)),
    "images": Field(section({name: field(checks.image_reference) for name in Images.names()})),
    "aggregation": field(checks.boolean),
    "coredns": field(checks.boolean),
    "coredns_replicas": field(checks.integer(1, 100)),
    "kube_proxy": field(checks.boolean),
    "daemonset_tolerations": Field(list_of(checks.qualified_name, 0, 32)),
    "external_cloud_provider": field(checks.boolean),
}
"""The fields of `SharedArgs`."""

_CLUSTER: Mapping[str, Field] = {
    **SHARED,
    "api_servers": Field(list_of(checks.dns_name_or_ip, 1, 16), required=True),
    "controllers": Field(_controllers, required=True),
    "host_cidr": field(checks.ipv4_network(8, 29)),
    "kube_proxy_conntrack": field(checks.boolean),
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
                yield Problem(f"controllers[{index}].{key}", shown(value), "must differ from the other controllers'")
            seen.append(value)


def _lifetimes_fit(args: Mapping[str, object]) -> Iterator[Problem]:
    """A certificate or token lives longer than its renewal window, and no longer than its authority."""
    for name, defaults in constants.LIFETIMES.items():
        policy = args.get(name, {})
        if not isinstance(policy, Mapping):
            continue
        hours = {key: policy.get(key, default) for key, default in defaults.items()}
        if any(not isinstance(value, int) or isinstance(value, bool) for value in hours.values()):
            continue
        validity, renewal = hours["validity_hours"], hours["early_renewal_hours"]
        if renewal >= validity:
            yield Problem(f"{name}.early_renewal_hours", renewal, f"must be less than validity_hours ({validity})")
        authority = hours.get("ca_validity_hours", validity)
        if validity > authority:
            yield Problem(f"{name}.validity_hours", validity, f"must be at most ca_validity_hours ({authority})")


def _ranges_are_apart(args: Mapping[str, object]) -> Iterator[Problem]:
    """Ranges of pods, Services and machines do not overlap."""
    ranges = {
        "pod_cidr": checks.to_network(args.get("pod_cidr", constants.POD_CIDR)),
        "service_cidr": checks.to_network(args.get("service_cidr", constants.SERVICE_CIDR)),
        "host_cidr": checks.to_network(args.get("host_cidr")),
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one and other and one.overlaps(other):
            yield Problem(second, str(other), f"must not overlap {first} ({one})")


def _kubelet_image_exists(args: Mapping[str, object]) -> Iterator[Problem]:
    """Registry and tag of the kubelet image are published together."""
    choice = args.get("kubelet_image", {})
    if not isinstance(choice, Mapping) or list(section(_KUBELET_IMAGE)(choice, "")):
        return
    version = args.get("kubernetes_version")
    given = {
        "registry": choice.get("registry", images.KubeletRegistry.QUAY.value),
        # A version that is unknown has a problem of its own.
        "tag": choice.get("tag", version if version in tuple(RELEASES) else DEFAULT_VERSION),
        "digest": choice.get("digest"),
    }
    broken = images.broken_rules(**given, unsupported=choice.get("unsupported", False))
    for name, rule in broken.items():
        yield Problem(f"kubelet_image.{name}", given[name], rule)
