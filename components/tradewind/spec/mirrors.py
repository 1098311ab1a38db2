"""Mirrors of image registries: the rules of `RegistryMirrorArgs`, and `RegistryMirror`.

Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind import images
from tradewind.errors import Problem
from tradewind.spec import checks, pem
from tradewind.spec.fields import Field, entries, field, is_list, list_of, section
from tradewind.spec.rules import text_of
from tradewind.spec.shown import shown

_MOST = 32
_MOST_ENDPOINTS = 4


@dataclass(frozen=True, kw_only=True)
class MirrorEndpoint:
    """Where a mirror is reached."""

    url: str
    ca_pem: str | None
    verified: bool
    """Whether it has to prove who it is."""


@dataclass(frozen=True, kw_only=True)
class RegistryMirror:
    """Mirrors of one registry."""

    registry: str
    endpoints: tuple[MirrorEndpoint, ...]


def registry_mirrors(args: Sequence[Mapping[str, Any]]) -> tuple[RegistryMirror, ...]:
    """The mirrors of validated arguments."""
    return tuple(
        RegistryMirror(
            registry=mirror["registry"],
            endpoints=tuple(
                MirrorEndpoint(url=each["url"], ca_pem=each.get("ca_pem"), verified="unverified" not in each)
                for each in mirror["endpoints"]
            ),
        )
        for mirror in args
    )


def problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Registries and the URLs of one differ; http is for those that need not prove who they are."""
    given = args.get("registry_mirrors")
    seen: set[str] = set()
    for index, mirror in enumerate(given if is_list(given) and len(given) <= _MOST else ()):
        path = f"registry_mirrors[{index}]"
        registry = text_of(mirror).get("registry")
        if registry in seen:
            yield Problem(f"{path}.registry", shown(registry), "must differ from the other registries")
        seen.update([registry] if registry else [])
        listed = dict(entries(mirror)).get("endpoints") if isinstance(mirror, Mapping) else None
        yield from _endpoints(listed if is_list(listed) and len(listed) <= _MOST_ENDPOINTS else (), path)


def _endpoints(given: Sequence[object], path: str) -> Iterator[Problem]:
    endpoints = [dict(entries(each)) if isinstance(each, Mapping) else {} for each in given]
    urls = [text_of(each).get("url") for each in endpoints]
    for index, url in enumerate(urls):
        where = f"{path}.endpoints[{index}].url"
        if url is None or checks.http_url(url):
            continue
        if url in urls[:index]:
            yield Problem(where, shown(url), "must differ from the other endpoints'")
        if url.startswith("http://") and "unverified" not in endpoints[index]:
            yield Problem(where, shown(url), "must be https, unless `unverified` says why not")


def _registry(value: object) -> str | None:
    good = isinstance(value, str) and "/" not in value and images.is_repository(f"{value}/image")
    return None if good else "must be the host of a registry, such as quay.io or localhost:5000"


ENDPOINT_FIELDS = {
    "url": field(checks.http_url, required=True),
    "ca_pem": field(pem.certificate, secret=True),
    "unverified": field(checks.reason),
}
"""The fields of `MirrorEndpointArgs`."""
MIRROR_FIELDS = {
    "registry": field(_registry, required=True),
    "endpoints": Field(list_of(section(ENDPOINT_FIELDS), 1, _MOST_ENDPOINTS, nested=True), required=True),
}
"""The fields of `RegistryMirrorArgs`."""
FIELD = Field(list_of(section(MIRROR_FIELDS), 0, _MOST, nested=True))
