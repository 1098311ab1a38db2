"""Proxies of machines: the rules of `ProxyArgs`, and `Proxy`.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.spec import checks
from tradewind.spec.fields import Field, field, list_of

_MOST = 64


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """The way to registries; empty where requests go directly."""

    http_proxy: str | None
    https_proxy: str | None
    no_proxy: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.http_proxy is not None or self.https_proxy is not None


def proxy(args: Mapping[str, Any]) -> Proxy:
    """The proxy of validated `ProxyArgs`."""
    return Proxy(
        http_proxy=args.get("http_proxy"),
        https_proxy=args.get("https_proxy"),
        no_proxy=tuple(args.get("no_proxy", ())),
    )


def _url(value: object) -> str | None:
    good = isinstance(value, str) and value.startswith("http://") and not checks.http_url(value)
    return None if good else "must be an http URL of a host, with a port if wanted, without a user or password"


def _direct(value: object) -> str | None:
    name = value.removeprefix(".") if isinstance(value, str) else value
    if not checks.dns_name_or_ip(name) or (name == value and checks.to_network(value)):
        return None
    return "must be a name, an address or an IPv4 range, such as .example.com, 10.0.0.1 or 10.0.0.0/8"


FIELDS = {
    "http_proxy": field(_url),
    "https_proxy": field(_url),
    "no_proxy": Field(list_of(_direct, 0, _MOST)),
}
"""The fields of `ProxyArgs`."""
