"""Machines and what they do besides running pods: taints, operating system updates, image mirrors, proxies.

`spec.updates`, `spec.mirrors` and `spec.proxy` hold the rules.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from tradewind.choices import OsUpdateStrategy, TaintEffect


class TaintArgs(TypedDict):
    """A taint that nodes have from their registration on."""

    key: str
    """Key, with an optional DNS prefix, such as example.com/gpu."""
    effect: TaintEffect
    """What happens to pods that do not tolerate it."""
    value: NotRequired[str]
    """Value, which tolerations may ask for. Default: empty."""


class OsUpdatesArgs(TypedDict):
    """When machines install updates of their operating system, and reboot into them."""

    strategy: NotRequired[OsUpdateStrategy]
    """Who decides when a machine reboots into an update. Default: staggered."""
    window_start: NotRequired[str]
    """With `staggered`: when a day's window begins, `HH:MM` in UTC. Default: 03:00."""
    fleet_lock_url: NotRequired[str]
    """With `fleet-lock`: base URL of the FleetLock server, such as http://10.3.0.15. Required there."""


class MirrorEndpointArgs(TypedDict):
    """Where a mirror is reached."""

    url: str
    """Its https URL; a path is put before the names of repositories: https://mirror.example.com/quay."""
    ca_pem: NotRequired[str]
    """Certificate of the authority that signed the mirror's, one PEM block. Default: those that the host trusts."""
    unverified: NotRequired[str]
    """Why the mirror need not prove who it is, 8 to 200 characters: then its certificate is not checked, and url may be
    http. Whoever is on the way can put in other images, but for those with a digest. Default: it has to."""


class RegistryMirrorArgs(TypedDict):
    """Mirrors of one registry, asked in their order before the registry itself."""

    registry: str
    """Host of the registry as in image references, with a port if it has one: quay.io, docker.io."""
    endpoints: Sequence[MirrorEndpointArgs]
    """1 to 4 mirrors."""


class ProxyArgs(TypedDict):
    """The way to registries. Only what pulls images and runs on the host uses it: containerd and system containers."""

    http_proxy: NotRequired[str]
    """http URL of the proxy for http requests; no user and no password, which every process list would show.
    Default: none."""
    https_proxy: NotRequired[str]
    """The same for https requests. Default: none."""
    no_proxy: NotRequired[Sequence[str]]
    """Further names, addresses and ranges that are reached directly, such as .example.com or 10.0.0.0/8; at most 64.
    Ranges of machines, pods and Services, names of the API server, controllers and etcd are added. Default: none."""
