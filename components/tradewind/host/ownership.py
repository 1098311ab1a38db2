"""What of a host belongs to the library, and how a snippet that takes some of it says so.

Pure. Reads: a host's configuration, the files that are delivered to it, its snippets. Makes: problems.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind import constants
from tradewind.errors import Problem
from tradewind.host.files import HostFile
from tradewind.host.ignition import UserDataError
from tradewind.host.roles import HostConfig
from tradewind.host.systemd import Unit
from tradewind.spec.documents import UNITS_DIR, problems_of_document
from tradewind.spec.ignition import NODES
from tradewind.spec.shown import shown
from tradewind.spec.snippets import Snippet

_FOLDERS = (
    constants.PKI_DIR,
    constants.ETCD_PKI_DIR,
    constants.ETCD_DATA_DIR,
    constants.BOOTSTRAP_DIR,
    f"{constants.KUBELET_DIR}/pki",
)
"""Folders in which everything is the library's, also what comes into being later."""
_LATER = (constants.KUBELET_KUBECONFIG,)
"""Secret files that are neither in the first boot nor in a delivery: the kubelet makes them."""
_ALIASES = {
    "/etc/systemd/system.control": UNITS_DIR,
    "/var/home": "/home",
    "/var/opt": "/opt",
    "/var/run": "/run",
    "/var/usrlocal": "/usr/local",
}
"""Other names of folders on Fedora CoreOS, and a folder of units that systemd prefers to the usual one."""
_GROUPS = (
    constants.ETCD_UID,
    constants.KUBE_APISERVER_GID,
    constants.KUBE_CONTROLLER_MANAGER_GID,
    constants.KUBE_SCHEDULER_GID,
    constants.SERVICE_ACCOUNT_GID,
)
_OF_CORE = frozenset({"name", "gecos", "groups", "passwordHash", "sshAuthorizedKeys"})
"""Fields of user core that a snippet may set: deliveries enter machines as that user."""


@dataclass(frozen=True, kw_only=True)
class Owned:
    """The paths and units of one host that are the library's."""

    paths: Mapping[str, str]
    """What is at a path: `a secret file`, `a file`, `a folder`."""
    units: Mapping[str, Unit]


@dataclass(frozen=True)
class _Claim:
    """Something that a snippet sets and the library has."""

    where: str
    """Where in the snippet."""
    target: str
    """What it is called in `replaces`."""
    what: str


def owned(config: HostConfig, delivered: Iterable[HostFile]) -> Owned:
    """What is the library's on a host: its first boot, what is delivered later, and what its programs keep."""
    files = [*config.files, *delivered]
    return Owned(
        paths={
            **{directory.path: "a folder" for directory in config.directories},
            **{f"{UNITS_DIR}/{unit.name}": "a unit" for unit in config.units},
            **{file.path: "a secret file" if file.secret else "a file" for file in files},
            **dict.fromkeys(_LATER, "a secret file"),
        },
        units={unit.name: unit for unit in config.units},
    )


def override_problems(host: Owned, snippet: Snippet) -> Iterator[Problem]:
    """What a snippet would take of a host without saying so, and what it says without taking it."""
    yield from _never(snippet)
    claims = list(_claims(host, snippet.document))
    targets = {claim.target for claim in claims}
    for claim in claims:
        own = _canonical(claim.target)
        if own != claim.target:
            yield Problem(_path(snippet, claim.where), shown(claim.target), f"must be given as {own}")
        elif claim.target not in snippet.replaces:
            rule = f"is {claim.what} of this library; if that is meant, list it in {snippet.origin}.replaces"
            yield Problem(_path(snippet, claim.where), shown(claim.target), rule)
    for index, entry in enumerate(snippet.replaces):
        if entry not in targets:
            rule = "must be a path or unit that the snippet sets and that is this library's on its machines"
            yield Problem(f"{snippet.origin}.replaces[{index}]", shown(entry), rule)


def conflict_problems(machine: str, config: HostConfig) -> Iterator[Problem]:
    """What makes a host's document, snippets included, one that Ignition or a platform refuses."""
    path = f"{machine} with its snippets"
    yield from problems_of_document(config.ignition(), path)
    try:
        config.user_data()
    except UserDataError as error:
        yield Problem(path, "", str(error))


def _path(snippet: Snippet, where: str) -> str:
    return f"{snippet.origin}.config.{where}"


def _never(snippet: Snippet) -> Iterator[Problem]:
    """What no snippet may do."""
    config = snippet.document.get("ignition", {}).get("config", {})
    for name in ("merge", "replace"):
        if config.get(name):
            rule = "must not be there: what another configuration holds cannot be checked; give it as a snippet"
            yield Problem(_path(snippet, f"ignition.config.{name}"), "", rule)
    passwd = snippet.document.get("passwd", {})
    for index, user in enumerate(passwd.get("users", ())):
        taken = sorted(user.keys() - _OF_CORE) if user["name"] == "core" else []
        for name in taken:
            rule = f"must not be set for core, as whom machines are entered; {', '.join(sorted(_OF_CORE))} may be"
            yield Problem(_path(snippet, f"passwd.users[{index}].{name}"), "", rule)
        if user.get("uid") in _GROUPS:
            yield _taken_id(snippet, f"passwd.users[{index}].uid", user["uid"])
    for index, group in enumerate(passwd.get("groups", ())):
        if group.get("gid") in _GROUPS:
            yield _taken_id(snippet, f"passwd.groups[{index}].gid", group["gid"])


def _taken_id(snippet: Snippet, where: str, number: int) -> Problem:
    rule = f"must not be one of {', '.join(map(str, _GROUPS))}, whose members read keys"
    return Problem(_path(snippet, where), shown(number), rule)


def _claims(host: Owned, document: Mapping[str, Any]) -> Iterator[_Claim]:
    storage = document.get("storage", {})
    for name in (*NODES, "filesystems"):
        for index, entry in enumerate(storage.get(name, ())):
            if entry.get("path"):
                yield from _path_claims(host, f"storage.{name}[{index}].path", entry["path"])
    for index, unit in enumerate(document.get("systemd", {}).get("units", ())):
        where = f"systemd.units[{index}]"
        yield from _unit_claims(host, where, unit)
        for place, dropin in enumerate(unit.get("dropins", ())):
            path = f"{UNITS_DIR}/{unit['name']}.d/{dropin['name']}"
            yield from _path_claims(host, f"{where}.dropins[{place}].name", path)


def _path_claims(host: Owned, where: str, path: str) -> Iterator[_Claim]:
    """A path that is the library's, in one of its folders, or above something of it."""
    canonical = _canonical(path)
    folder = next((each for each in _FOLDERS if _within(canonical, each)), None)
    inside = next((each for each in (*host.paths, *_FOLDERS) if _within(each, canonical)), None)
    if canonical in host.paths:
        yield _Claim(where, path, host.paths[canonical])
    elif folder:
        yield _Claim(where, path, f"in {folder}, a folder")
    elif inside:
        yield _Claim(where, path, f"above {inside}, a path")


def _unit_claims(host: Owned, where: str, unit: Mapping[str, Any]) -> Iterator[_Claim]:
    """A unit of the library that a snippet changes other than by drop-ins, and a mount over its folders."""
    own = host.units.get(unit["name"])
    if own:
        same = {"contents": own.contents, "enabled": own.enabled, "mask": own.mask}
        if any(name in unit and unit[name] != value for name, value in same.items()):
            yield _Claim(f"{where}.name", unit["name"], "a unit")
    mounted = re.fullmatch(r"(?P<path>.+)\.(auto)?mount", unit["name"])
    if mounted:
        yield from _path_claims(host, f"{where}.name", _unescaped(mounted["path"]))


def _unescaped(name: str) -> str:
    """The path that a mount unit's name stands for (systemd-escape)."""
    path = "/" + name.replace("-", "/").lstrip("/")
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), path)


def _canonical(path: str) -> str:
    return next((own + path[len(other) :] for other, own in _ALIASES.items() if _within(path, other)), path)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(posixpath.join(folder, ""))
