"""Checks of single values. Each takes a value and returns the rule it breaks, or None.

Pure. A check never raises, whatever it is given: arguments come from programs and configuration files.
"""

import re
from collections.abc import Callable, Collection
from enum import Enum
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError, ip_address
from typing import TypeGuard
from urllib.parse import urlsplit

Check = Callable[[object], str | None]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST_DNS_NAME = 253
_REFERENCE = re.compile(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})(@sha256:[0-9a-f]{64})?"
)
_QUALIFIED_NAME = re.compile(rf"({_LABEL}(\.{_LABEL})*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{{0,61}}[A-Za-z0-9])?")


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
        return None if not value.rpartition(".")[2].isdigit() else "must not end in a number, as only addresses do"
    return "must be a lower-case DNS name, such as node1.example.com"


def ip(value: object) -> str | None:
    """An IP address in its usual form."""
    try:
        return None if is_text(value) and str(ip_address(value)) == value else "must be an IP address"
    except ValueError:
        return "must be an IP address"


def dns_name_or_ip(value: object) -> str | None:
    """A DNS name or an IP address."""
    return None if not dns_name(value) or not ip(value) else "must be a lower-case DNS name or an IP address"


def ipv4_network(shortest: int, longest: int) -> Check:
    """An IPv4 range given by its first address, with a prefix length between two bounds."""
    rule = f"must be an IPv4 range from /{shortest} to /{longest} given by its first address, such as 10.2.0.0/16"

    def check(value: object) -> str | None:
        network = to_network(value)
        return None if network and shortest <= network.prefixlen <= longest else rule

    return check


def to_network(value: object) -> IPv4Network | None:
    """The range that a string names, or None when it names none."""
    try:
        network = IPv4Network(value) if is_text(value) and "/" in value else None
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    return network if network and str(network) == value else None


def to_ipv4(value: object) -> IPv4Address | None:
    """The address that a string names, or None."""
    try:
        return IPv4Address(value) if is_text(value) else None
    except AddressValueError:
        return None


def https_url(value: object) -> str | None:
    """An https URL without user, query or fragment, as an issuer has to be (OpenID Connect Discovery)."""
    rule = "must be an https URL without user, query, fragment or spaces"
    if not is_text(value) or not value.isascii() or not value.isprintable() or " " in value:
        return rule
    try:
        url = urlsplit(value)
        host = url.hostname or ""
        valid = url.scheme == "https" and not dns_name_or_ip(host) and url.port != 0
    except ValueError:
        return rule
    if not valid or any((url.username, url.password, url.query, url.fragment)) or set(value) & set("\"'\\`<>#?@"):
        return rule
    return None


def image_reference(value: object) -> str | None:
    """A full image reference with registry, repository and tag, and a digest if wanted."""
    if is_text(value) and _REFERENCE.fullmatch(value):
        return None
    return "must be a full image reference with a tag, such as registry.example.com/team/image:v1.2.3"


def qualified_name(value: object) -> str | None:
    """A label or taint key: an optional DNS prefix and a name."""
    if is_text(value) and len(value) <= _LONGEST_DNS_NAME and _QUALIFIED_NAME.fullmatch(value):
        return None
    return "must be a label key, such as example.com/role"


def text(value: object) -> str | None:
    """Any plain text; whoever uses it has rules of its own."""
    return None if is_text(value) else "must be text"


def pem(value: object) -> str | None:
    """PEM, if it is known already; a value that another resource makes is checked by whoever uses it."""
    if value is None or isinstance(value, bool | int | float | bytes):
        return "must be PEM text"
    if is_text(value) and not value.lstrip().startswith("-----BEGIN "):
        return "must be PEM text, starting with -----BEGIN"
    return None
