"""The rules of `ClusterArgs`: arguments in, every broken rule out.

Pure. Rules of one field are in the tables; rules between fields are in `rules`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tradewind.choices import Architecture, KeyAlgorithm, Networking
from tradewind.errors import Problem, SpecError
from tradewind.spec import checks, etcd, flags, kubelet, kubelet_images, mirrors, oidc, pem, proxy, rules, updates
from tradewind.spec.fields import Field, entries, field, is_list, list_of, section
from tradewind.spec.rules import CONTROLLER_COUNTS, HOURS, MOST_API_SERVERS, Rule, text_of
from tradewind.versions import RELEASES, Images

_LONGEST_CLUSTER_NAME = 40
_OF_ROOMS: Sequence[Rule] = (
    kubelet_images.cluster_problems,
    kubelet.cluster_problems,
    oidc.problems,
    flags.problems,
    etcd.problems,
    mirrors.problems,
    updates.problems,
)
"""Rules between the fields of one argument, by the modules that hold its fields."""


def problems_of(
    args: object, fields: Mapping[str, Field] | None = None, more: Sequence[Rule] = ()
) -> tuple[Problem, ...]:
    """Every rule that arguments break, in the order of the fields; empty when they are good.

    Args:
        args: `ClusterArgs`, or a platform's own arguments.
        fields: the platform's fields, `SHARED` among them. Default: those of `ClusterArgs`.
        more: the platform's own rules between fields.
    """
    table = fields or _CLUSTER
    found = list(section(table)(args, ""))
    if isinstance(args, Mapping):
        given = dict(entries(args))
        for rule in (*rules.RULES, *_OF_ROOMS, *more):
            found.extend(rule(given))
    order = {name: index for index, name in enumerate(table)}
    return tuple(sorted(found, key=lambda problem: order.get(re.split(r"[.\[]", problem.path, maxsplit=1)[0], -1)))


def checked_authority_key(field_name: str, values: Mapping[str, str]) -> str:
    """The private key of `CertificateAuthorityArgs` whose values are known.

    Raises:
        SpecError: if certificate or key break a rule, or do not belong together.
    """
    problems = list(_authority(values, f"certificates.{field_name}"))
    if problems:
        raise SpecError("cluster", problems)
    return values["private_key_pem"]


def _controllers(value: object, path: str) -> Iterator[Problem]:
    yield from list_of(section(_CONTROLLER), 1, CONTROLLER_COUNTS[-1], nested=True)(value, path)
    if is_list(value) and len(value) in range(2, CONTROLLER_COUNTS[-1], 2):
        rule = f"must be a list of {', '.join(map(str, CONTROLLER_COUNTS))} controllers, so that etcd has a majority"
        yield Problem(path, f"{len(value)} entries", rule)


_CONTROLLER = {
    "name": field(checks.dns_label(), required=True),
    "etcd_name": field(checks.dns_name, required=True),
    "addresses": Field(list_of(checks.ip, 0, 8)),
}

_AUTHORITY = {
    "cert_pem": field(pem.certificate, required=True, secret=True),
    "private_key_pem": field(pem.private_key, required=True, secret=True),
}


def _authority(value: object, path: str) -> Iterator[Problem]:
    yield from section(_AUTHORITY)(value, path)
    given = text_of(value)
    if not pem.belong_together(given.get("cert_pem"), given.get("private_key_pem")):
        yield Problem(f"{path}.private_key_pem", "<secret>", "must be the key of cert_pem")


_CERTIFICATES = {
    "key_algorithm": field(checks.member_of(KeyAlgorithm)),
    "ca_validity_hours": field(checks.integer(*HOURS["ca_validity_hours"])),
    "validity_hours": field(checks.integer(*HOURS["validity_hours"])),
    "early_renewal_hours": field(checks.integer(*HOURS["early_renewal_hours"])),
    "kubernetes_ca": Field(_authority),
    "etcd_ca": Field(_authority),
    "aggregation_ca": Field(_authority),
}

_TOKEN = {
    "validity_hours": field(checks.integer(*HOURS["validity_hours"])),
    "early_renewal_hours": field(checks.integer(*HOURS["early_renewal_hours"])),
}

SHARED: Mapping[str, Field] = {
    "name": field(checks.dns_label(_LONGEST_CLUSTER_NAME), required=True),
    "kubernetes_version": field(checks.one_of(tuple(RELEASES))),
    "architecture": field(checks.member_of(Architecture)),
    "api_port": field(checks.integer(1, 65535)),
    "networking": field(checks.member_of(Networking)),
    "pod_cidr": field(checks.ipv4_network(8, 22)),
    "service_cidr": field(checks.ipv4_network(12, 26)),
    "cluster_domain": field(checks.cluster_domain),
    "service_account_issuer": field(checks.https_url),
    "certificates": Field(section(_CERTIFICATES)),
    "bootstrap_token": Field(section(_TOKEN)),
    "kubelet_image": Field(section(kubelet_images.FIELDS)),
    "kubelet": kubelet.kubelet_field(),
    "oidc": oidc.FIELD,
    "control_plane_flags": Field(section(flags.FIELDS)),
    "etcd": Field(section(etcd.FIELDS)),
    "registry_mirrors": mirrors.FIELD,
    "proxy": Field(section(proxy.FIELDS)),
    "os_updates": Field(section(updates.FIELDS)),
    "images": Field(section({name: field(checks.image_reference) for name in Images.names()})),
    "aggregation": field(checks.boolean),
    "coredns": field(checks.boolean),
    "coredns_replicas": field(checks.integer(1, 100)),
    "kube_proxy": field(checks.boolean),
    "daemonset_tolerations": Field(list_of(checks.label_key, 0, 32)),
    "external_cloud_provider": field(checks.boolean),
}
"""The fields of `SharedArgs`."""

_CLUSTER: Mapping[str, Field] = {
    **SHARED,
    "api_servers": Field(list_of(checks.dns_name_or_ip, 1, MOST_API_SERVERS), required=True),
    "controllers": Field(_controllers, required=True),
    "host_cidr": field(checks.ipv4_network(8, 29)),
    "kube_proxy_conntrack": field(checks.boolean),
}
