"""Ignition configuration: how a host gets its first files before its first boot.

Pure. Reads: files, directories, units and keys. Makes: the document of Ignition specification 3.4.0.
Source: https://coreos.github.io/ignition/configuration-v3_4/
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.systemd import Unit
from tradewind.serialize import to_compact_json

SPEC_VERSION = "3.4.0"
"""Known to Fedora CoreOS since 38 and Flatcar since 3510."""

_UNESCAPED = "/:@!$&'()*+,;=?"


def render(
    *,
    files: Sequence[HostFile] = (),
    directories: Sequence[HostDirectory] = (),
    units: Sequence[Unit] = (),
    ssh_authorized_keys: Sequence[str] = (),
) -> dict[str, Any]:
    """The Ignition document. Parts without entries are left out."""
    storage = {
        "directories": [_directory(directory) for directory in directories],
        "files": [_file(file) for file in files],
    }
    parts: dict[str, Any] = {
        "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": list(ssh_authorized_keys)}]}
        if ssh_authorized_keys
        else {},
        "storage": {name: entries for name, entries in storage.items() if entries},
        "systemd": {"units": [_unit(unit) for unit in units]} if units else {},
    }
    return {"ignition": {"version": SPEC_VERSION}, **{name: part for name, part in parts.items() if part}}


def user_data(document: dict[str, Any]) -> str:
    """The document as user data: JSON without spaces, as platforms limit its size."""
    return to_compact_json(document)


def data_url(content: str) -> str:
    """Text as a data URL (RFC 2397), readable where it can be."""
    return f"data:,{quote(content, safe=_UNESCAPED)}"


def _directory(directory: HostDirectory) -> dict[str, Any]:
    return {"path": directory.path, "mode": directory.mode, **_owner(directory)}


def _file(file: HostFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "mode": file.mode,
        "overwrite": True,
        **_owner(file),
        "contents": {"source": data_url(file.content)},
    }


def _owner(entry: HostFile | HostDirectory) -> dict[str, Any]:
    owner = {"user": {"id": entry.uid}, "group": {"id": entry.gid}}
    return {kind: identity for kind, identity in owner.items() if identity["id"]}


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "name": unit.name,
        **({} if unit.enabled is None else {"enabled": unit.enabled}),
        **({"mask": True} if unit.mask else {}),
        **({} if unit.contents is None else {"contents": unit.contents}),
    }
