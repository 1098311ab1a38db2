"""Ignition configuration: how a host gets its first files before its first boot.

Pure. Reads: files, directories, units and keys. Makes: the document of Ignition specification 3.4.0.
Source: https://coreos.github.io/ignition/configuration-v3_4/
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from tradewind.errors import TradewindError
from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.systemd import UNIT_MODE, Unit
from tradewind.serialize import to_compact_json

SPEC_VERSION = "3.4.0"
"""Known to Fedora CoreOS since 38 and Flatcar since 3510."""

USER_DATA_LIMIT: Final = 16 * 1024
"""Bytes of user data that every platform takes: AWS, the strictest, no more
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html); Azure 64 KiB, Google Cloud 256 KiB. One that
takes more says so in its `HostDelta`."""

_UNESCAPED = "/:@!$&'()*+,;=?"
_SHOWN_PARTS = 5


class UserDataError(TradewindError, ValueError):
    """A first boot that no platform takes, as it is too large. Says which parts are the largest, and no content."""


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
        "files": [_file(file) for file in (*files, *_unit_files(units))],
    }
    parts: dict[str, Any] = {
        "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": list(ssh_authorized_keys)}]}
        if ssh_authorized_keys
        else {},
        "storage": {name: entries for name, entries in storage.items() if entries},
        "systemd": {"units": [_unit(unit) for unit in units if not _is_file(unit)]} if units else {},
    }
    return {"ignition": {"version": SPEC_VERSION}, **{name: part for name, part in parts.items() if part}}


def _is_file(unit: Unit) -> bool:
    """Whether a unit is written as a file: Ignition's own units all have one mode."""
    return unit.mode != UNIT_MODE and unit.contents is not None


def _unit_files(units: Sequence[Unit]) -> tuple[HostFile, ...]:
    return tuple(
        HostFile(path=f"/etc/systemd/system/{unit.name}", content=unit.contents or "", mode=unit.mode)
        for unit in units
        if _is_file(unit)
    )


def user_data(document: dict[str, Any], limit: int = USER_DATA_LIMIT) -> str:
    """The document as user data: JSON without spaces, as platforms limit its size.

    Raises:
        UserDataError: if it has more bytes than `limit`.
    """
    text = to_compact_json(document)
    size = len(text.encode())
    if size > limit:
        raise UserDataError(
            f"user data has {size} bytes and may have {limit}; its largest parts are "
            f"{', '.join(f'{name} ({bytes_} bytes)' for name, bytes_ in _largest_parts(document))}. "
            "Shorten names, labels and taints, which are in kubelet.service, or have Ignition fetch a file of your own "
            "from a URL (contents.source with verification.hash)"
        )
    return text


def _largest_parts(document: dict[str, Any]) -> list[tuple[str, int]]:
    """Name and size of the largest files and units."""
    storage, systemd = document.get("storage", {}), document.get("systemd", {})
    parts = [
        *((file["path"], file) for file in storage.get("files", ())),
        *((unit["name"], unit) for unit in systemd.get("units", ())),
    ]
    sizes = [(name, len(to_compact_json(part).encode())) for name, part in parts]
    return sorted(sizes, key=lambda part: (-part[1], part[0]))[:_SHOWN_PARTS]


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
