"""Checks of single values. Each takes a value and returns the rule it breaks, or None.

Pure. A check never raises, whatever it is given: arguments come from programs and configuration files.
"""

import re
from collections.abc import Callable, Collection
from enum import Enum
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    NetmaskValueError,
    ip_address,
    ip_network,
)
from typing import TypeGuard

from tradewind import constants, images
from tradewind.choices import TaintEffect
from tradewind.spec.shown import is_late

Check = Callable[[object], str | None]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_DNS_NAME = 253
_LONGEST_CLUSTER_DOMAIN = _LONGEST_DNS_NAME - len(f"{'service':63}.{'namespace':63}.svc.")
_NOT_FOR_HOSTS = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
"""This network, loopback, link-local, multicast and reserved (https://www.iana.org/assignments/iana-ipv4-special-registry)."""
_LONGEST_ADDRESS = 45
_SSH_PUBLIC_KEY = re.compile(
    r"(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]{2,40} [A-Za-z0-9+/]{40,2048}={0,2}( [!-~][ -~]{0,127})?"
)
_HTTPS_URL = re.compile(
    r"https://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(:(?P<port>[1-9][0-9]{0,4}))?(/([A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*)?"
)
_LONGEST_URL = 1024
_HIGHEST_PORT = 65535
_LONGEST_WORD = 1024
_SHORTEST_REASON = 8
_LONGEST_REASON = 200
_SHORT_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_KUBERNETES_DOMAINS = ("kubernetes.io", "k8s.io")
_KUBELET_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")
_KUBELET_LABELS = frozenset(
    {
        "beta.kubernetes.io/instance-type",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)
"""Labels of Kubernetes' own that a node may be given; hostname, os and arch are left out, as the kubelet knows them."""


def is_text(value: object) -> TypeGuard[str]:
    """Whether the value is a plain string; an Enum of strings counts as its value elsewhere, not here."""
    return isinstance(value, str)


def boolean(value: object) -> str | None:
    """A plain true or false."""
    return None if isinstance(value, bool) else "must be true or false"


def integer(low: int, high: int) -> Check:
    """A whole number between two bounds, both included."""

    def check(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number from {low} to {high}"

    return check


def member_of(choices: type[Enum]) -> Check:
    """A member of a str Enum, or its value."""
    values = [choice.value for choice in choices]
    return one_of(values)


def one_of(values: Collection[str]) -> Check:
    """One of a fixed list of strings."""

    def check(value: object) -> str | None:
        return None if is_text(value) and value in values else f"must be one of {', '.join(values)}"

    return check


def dns_label(longest: int = 63) -> Check:
    """A lower-case DNS label (RFC 1123), as names of machines and clusters have to be."""

    def check(value: object) -> str | None:
        if is_text(value) and len(value) <= longest and _DNS_LABEL.fullmatch(value):
            return None
        return (
            f"must be a DNS label: lower-case letters, digits and -, at most {longest}, not starting or ending with -"
        )

    return check


def dns_name(value: object) -> str | None:
    """A lower-case DNS name of at most 253 characters. One that ends in a number is a mistyped address."""
    if is_text(value) and len(value) <= _LONGEST_DNS_NAME and _DNS_NAME.fullmatch(value):
        ends_in_number = _NUMBER.fullmatch(value.rpartition(".")[2])
        return "must not end in a number, as only addresses do" if ends_in_number else None
    return "must be a lower-case DNS name, such as node1.example.com"


def cluster_domain(value: object) -> str | None:
    """A DNS name that leaves room for the names of Services and their namespaces."""
    rule = dns_name(value)
    if rule is None and is_text(value) and len(value) > _LONGEST_CLUSTER_DOMAIN:
        return f"must be at most {_LONGEST_CLUSTER_DOMAIN} characters, so that the names of Services are valid"
    return rule


def ip(value: object) -> str | None:
    """An address that a host can have, in its one usual form: no zone, no IPv4 inside IPv6."""
    rule = "must be an IP address of a host in its usual form, such as 10.0.0.1 or fd00::1"
    if not is_text(value) or len(value) > _LONGEST_ADDRESS or "%" in value:
        return rule
    try:
        address = ip_address(value)
    except ValueError:
        return rule
    embedded = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    no_host = embedded or address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255"
    return rule if no_host or str(address) != value else None


def dns_name_or_ip(value: object) -> str | None:
    """A DNS name or an IP address."""
    return None if not dns_name(value) or not ip(value) else "must be a lower-case DNS name or an IP address"


def ipv4_network(shortest: int, longest: int) -> Check:
    """An IPv4 range that hosts can use, given by its first address, with a prefix length between two bounds."""
    rule = f"must be an IPv4 range from /{shortest} to /{longest} given by its first address, such as 10.2.0.0/16"

    def check(value: object) -> str | None:
        network = to_network(value)
        if not network or not shortest <= network.prefixlen <= longest:
            return rule
        taken = next((each for each in _NOT_FOR_HOSTS if network.overlaps(each)), None)
        return f"must not overlap {taken}, which no host can use" if taken else None

    return check


def to_network(value: object) -> IPv4Network | None:
    """The range that a string names, or None when it names none."""
    try:
        network = IPv4Network(value) if is_text(value) and len(value) <= _LONGEST_ADDRESS and "/" in value else None
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    return network if network and str(network) == value else None


def cidr(value: object) -> str | None:
    """An IPv4 or IPv6 range of clients, given by its first address; 0.0.0.0/0 and ::/0 are everybody."""
    rule = "must be an IPv4 or IPv6 range given by its first address, such as 203.0.113.0/24 or 2001:db8::/32"
    if not is_text(value) or len(value) > _LONGEST_ADDRESS or "/" not in value:
        return rule
    try:
        return None if str(ip_network(value)) == value else rule
    except ValueError:
        return rule


def ssh_public_key(value: object) -> str | None:
    """One line of authorized_keys without options (sshd(8)): type, key in base64, and a comment if wanted."""
    if is_text(value) and _SSH_PUBLIC_KEY.fullmatch(value):
        return None
    return "must be one public key as in authorized_keys, such as ssh-ed25519 AAAA... name"


def late(check: Check) -> Check:
    """A check of a value that another resource may make: then nothing is known of it yet."""
    return lambda value: None if is_late(value) else check(value)


def to_ipv4(value: object) -> IPv4Address | None:
    """The address that a string names, or None."""
    try:
        return IPv4Address(value) if is_text(value) and len(value) <= _LONGEST_ADDRESS else None
    except AddressValueError:
        return None


def https_url(value: object) -> str | None:
    """An https URL without user, query or fragment, as an issuer has to be (OpenID Connect Discovery).

    Nothing that a container's arguments would expand (`$(NAME)`) can be part of it.
    """
    match = _HTTPS_URL.fullmatch(value) if is_text(value) and len(value) <= _LONGEST_URL else None
    if match and not dns_name_or_ip(match["host"].strip("[]")) and int(match["port"] or 0) <= _HIGHEST_PORT:
        return None
    return (
        "must be an https URL of a lower-case host, with a port and a plain path if wanted, "
        f"of at most {_LONGEST_URL} characters"
    )


def http_url(value: object) -> str | None:
    """An http or https URL of a host, with a port and a plain path if wanted; no user, query or fragment."""
    secure = f"https{value.removeprefix('http')}" if is_text(value) and value.startswith("http://") else value
    return (
        None if not https_url(secure) else "must be an http or https URL of a lower-case host, without a user or query"
    )


def image_reference(value: object) -> str | None:
    """A full image reference with registry, repository and tag, and a digest if wanted."""
    if is_text(value) and images.is_reference(value):
        return None
    return "must be a full image reference with a tag, such as registry.example.com/team/image:v1.2.3"


def label_key(value: object) -> str | None:
    """A label or taint key: an optional DNS prefix and a name.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    if is_text(value):
        prefix, slash, name = value.rpartition("/")
        if _SHORT_NAME.fullmatch(name) and not (slash and dns_name(prefix)):
            return None
    return "must be a label key, such as example.com/role"


def label_value(value: object) -> str | None:
    """The value of a label or taint: at most 63 characters, and it may be empty."""
    if is_text(value) and (not value or _SHORT_NAME.fullmatch(value)):
        return None
    return "must be a label value: at most 63 letters, digits, _, . and -, not starting or ending with _, . or -"


def node_label(value: object) -> str | None:
    """The key of a label that a kubelet may give its own node, and that this library leaves to the user.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
    """
    rule = label_key(value)
    if rule is not None or not is_text(value) or value in _KUBELET_LABELS:
        return rule
    if value in (constants.CONTROLLER_LABEL, constants.WORKER_LABEL):
        return "must not be a label that every node of a role has"
    prefix = value.rpartition("/")[0]
    if _within(prefix, _KUBERNETES_DOMAINS) and not _within(prefix, _KUBELET_PREFIXES):
        return f"must not be of {' or '.join(_KUBERNETES_DOMAINS)}, but for {' and '.join(_KUBELET_PREFIXES)}"
    return None


def taint_effect(value: object) -> str | None:
    """What a taint does to pods that do not tolerate it."""
    return member_of(TaintEffect)(value)


def _within(prefix: str, domains: Collection[str]) -> bool:
    return any(prefix == domain or prefix.endswith(f".{domain}") for domain in domains)


def reason(value: object) -> str | None:
    """Why a user takes a risk, for those who read the program."""
    if is_text(value) and _SHORTEST_REASON <= len(value) <= _LONGEST_REASON and value.isprintable():
        return None
    return f"must be a reason of {_SHORTEST_REASON} to {_LONGEST_REASON} characters"


def text(value: object) -> str | None:
    """Any plain text; whoever uses it has rules of its own."""
    return None if is_text(value) else "must be text"


def word(value: object) -> str | None:
    """One word of a command line: any characters that can be seen, and spaces."""
    if is_text(value) and 0 < len(value) <= _LONGEST_WORD and value.isprintable():
        return None
    return f"must be text of 1 to {_LONGEST_WORD} characters without control characters"
