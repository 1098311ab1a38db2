"""The fields of an Ignition configuration, and how entries of its lists are told apart.

Pure. Makes: the table by which documents are checked (`spec.documents`) and merged (`host.snippets`).
Source: https://coreos.github.io/ignition/configuration-v3_4/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, kw_only=True)
class Entries:
    """A list, and what tells its entries apart."""

    of: "Shape"
    key: tuple[str, ...] = ()
    """Fields of which the first that is there tells entries apart; none for text, which tells itself apart."""
    appended: bool = False
    """Whether equal entries are entries of their own, as the options of a command are."""
    beside: tuple[str, ...] = ()
    """Lists of the same section, this one among them, in which an entry is only once."""
    ends_without: str | None = None
    """Field without which an entry takes away the one that it would change."""


Shape: TypeAlias = type | Mapping[str, "Shape"] | Entries

_OWNER: Mapping[str, Shape] = {"id": int, "name": str}
_RESOURCE: Mapping[str, Shape] = {
    "source": str,
    "compression": str,
    "httpHeaders": Entries(of={"name": str, "value": str}, key=("name",), ends_without="value"),
    "verification": {"hash": str},
}
_NODE: Mapping[str, Shape] = {"path": str, "overwrite": bool, "user": _OWNER, "group": _OWNER}
_CLEVIS: Mapping[str, Shape] = {
    "custom": {"config": str, "needsNetwork": bool, "pin": str},
    "tang": Entries(of={"advertisement": str, "thumbprint": str, "url": str}, key=("url",)),
    "threshold": int,
    "tpm2": bool,
}
_PARTITION: Mapping[str, Shape] = {
    **dict.fromkeys(("guid", "label", "typeGuid"), str),
    **dict.fromkeys(("number", "sizeMiB", "startMiB"), int),
    **dict.fromkeys(("resize", "shouldExist", "wipePartitionEntry"), bool),
}
_FILESYSTEM: Mapping[str, Shape] = {
    **dict.fromkeys(("device", "format", "label", "path", "uuid"), str),
    "wipeFilesystem": bool,
    "mountOptions": Entries(of=str, appended=True),
    "options": Entries(of=str, appended=True),
}
_LUKS: Mapping[str, Shape] = {
    **dict.fromkeys(("device", "label", "name", "uuid"), str),
    **dict.fromkeys(("discard", "wipeVolume"), bool),
    "clevis": _CLEVIS,
    "keyFile": _RESOURCE,
    "openOptions": Entries(of=str),
    "options": Entries(of=str, appended=True),
}
_RAID: Mapping[str, Shape] = {
    "name": str,
    "level": str,
    "spares": int,
    "devices": Entries(of=str),
    "options": Entries(of=str, appended=True),
}
_USER: Mapping[str, Shape] = {
    **dict.fromkeys(("gecos", "homeDir", "name", "passwordHash", "primaryGroup", "shell"), str),
    **dict.fromkeys(("noCreateHome", "noLogInit", "noUserGroup", "shouldExist", "system"), bool),
    "uid": int,
    "groups": Entries(of=str),
    "sshAuthorizedKeys": Entries(of=str),
}
_GROUP: Mapping[str, Shape] = {
    **dict.fromkeys(("name", "passwordHash"), str),
    **dict.fromkeys(("shouldExist", "system"), bool),
    "gid": int,
}
_UNIT: Mapping[str, Shape] = {
    **dict.fromkeys(("name", "contents"), str),
    **dict.fromkeys(("enabled", "mask"), bool),
    "dropins": Entries(of={"name": str, "contents": str}, key=("name",)),
}
NODES = ("directories", "files", "links")
"""Lists of what has a path."""
_ARGUMENTS = ("shouldExist", "shouldNotExist")

CONFIG: Mapping[str, Shape] = {
    "ignition": {
        "version": str,
        "config": {"merge": Entries(of=_RESOURCE, key=("source",)), "replace": _RESOURCE},
        "proxy": {"httpProxy": str, "httpsProxy": str, "noProxy": Entries(of=str)},
        "security": {"tls": {"certificateAuthorities": Entries(of=_RESOURCE, key=("source",))}},
        "timeouts": {"httpResponseHeaders": int, "httpTotal": int},
    },
    "kernelArguments": {name: Entries(of=str, beside=_ARGUMENTS) for name in _ARGUMENTS},
    "passwd": {"groups": Entries(of=_GROUP, key=("name",)), "users": Entries(of=_USER, key=("name",))},
    "storage": {
        "directories": Entries(of={**_NODE, "mode": int}, key=("path",), beside=NODES),
        "disks": Entries(
            of={
                "device": str,
                "wipeTable": bool,
                "partitions": Entries(of=_PARTITION, key=("number", "label")),
            },
            key=("device",),
        ),
        "files": Entries(
            of={**_NODE, "mode": int, "contents": _RESOURCE, "append": Entries(of=_RESOURCE, appended=True)},
            key=("path",),
            beside=NODES,
        ),
        "filesystems": Entries(of=_FILESYSTEM, key=("device",)),
        "links": Entries(of={**_NODE, "hard": bool, "target": str}, key=("path",), beside=NODES),
        "luks": Entries(of=_LUKS, key=("name",)),
        "raid": Entries(of=_RAID, key=("name",)),
    },
    "systemd": {"units": Entries(of=_UNIT, key=("name",))},
}
"""The fields of specification 3.4.0, by section."""


def key_of(shape: Entries, entry: Any) -> str:  # noqa: ANN401 - of a mapping or text
    """What tells an entry of a good list apart; empty for a partition without number and label."""
    if not shape.key:
        return str(entry)
    return next((f"{name}:{entry[name]}" for name in shape.key if entry.get(name)), "")
