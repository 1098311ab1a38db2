"""What a program may declare: every kind of the SDK with its properties, and generic custom resources.

Reads: `schema.json` (made by `tools.plugins.kubernetes.generate`, which describes its letters).
Makes: `Schema`: `kind_of` a token, `unknown_properties` of inputs.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.plugins.base.diff import Path as PropertyPath
from tools.plugins.base.errors import UnknownTokenError
from tools.plugins.base.values import Value, unwrap

CUSTOM_TYPE = ""
"""The type name of a custom resource, whose properties only its definition in the cluster knows."""
TABLE = Path(__file__).with_name("schema.json")
OBJECT_META = "meta.v1.ObjectMeta"
# Programs inside the official plugin, not objects: a token of these is refused by name.
NOT_OBJECTS = ("helm.sh/", "kustomize/", "yaml/", "helm:", "kustomize:", "yaml:")


@dataclass(frozen=True)
class Kind:
    """One kind as its token names it; `patch` for the ...Patch token, which owns only the fields it gives."""

    token: str
    api_version: str
    kind: str
    type: str
    cluster_scoped: bool = False
    normalized: bool = False
    patch: bool = False

    @property
    def group(self) -> str:
        """The API group, "" for core."""
        return self.api_version.rpartition("/")[0]

    @property
    def custom(self) -> bool:
        """Whether this is a custom resource."""
        return self.type == CUSTOM_TYPE


class Schema:
    """The table, read once."""

    def __init__(self) -> None:
        table: dict[str, dict[str, Any]] = json.loads(TABLE.read_text())
        self._kinds: dict[str, list[str]] = table["kinds"]
        self.types: dict[str, dict[str, str]] = table["types"]
        self._group_versions = {token.partition(":")[0] for token in self._kinds}

    def kind_of(self, token: str) -> Kind:
        """Return the kind that a token such as `kubernetes:apps/v1:Deployment` names, or raise UnknownTokenError."""
        short = token.removeprefix("kubernetes:")
        patch = short.endswith("Patch")
        entry = self._kinds.get(short.removesuffix("Patch") if patch else short)
        if entry is not None:
            api_version, kind, type_name, flags = entry
            return Kind(token, api_version, kind, type_name, "c" in flags, "n" in flags, patch)
        group_version, _, kind = short.partition(":")
        if kind.endswith("List") and group_version in self._group_versions:
            raise UnknownTokenError(
                f"{token}: list resources exist for compatibility with YAML manifests and Helm charts, and cannot be "
                "created directly. Use the underlying resource type instead"
            )
        group, _, version = group_version.partition("/")
        known = group_version in self._group_versions or short.startswith(NOT_OBJECTS)
        if known or "." not in group or not version or not kind:
            raise UnknownTokenError(f"unknown resource type {token!r}: this Kubernetes plugin does not have it")
        return Kind(token, group_version, kind.removesuffix("Patch"), CUSTOM_TYPE, patch=patch)

    def is_known(self, api_version: str) -> bool:
        """Whether an apiVersion is one that Kubernetes itself ships (and not a custom resource's)."""
        return (f"core/{api_version}" if "/" not in api_version else api_version) in self._group_versions

    def find(self, api_version: str, kind: str) -> Kind | None:
        """Return the kind of an object by its own apiVersion and kind, None when it is not in the table."""
        group_version = f"core/{api_version}" if "/" not in api_version else api_version
        token = f"{group_version}:{kind}"
        return self.kind_of(f"kubernetes:{token}") if token in self._kinds else None

    def properties(self, kind: Kind) -> frozenset[str]:
        """The input properties of a kind; empty for a custom resource, which may have any."""
        return frozenset(self.types.get(kind.type, ()))

    def unknown_properties(self, kind: Kind, inputs: dict[str, Value]) -> list[PropertyPath]:
        """Return the path of every property that the kind does not have, at any depth."""
        if kind.custom:
            return list(self._unknown(f"@{OBJECT_META}", inputs.get("metadata"), ("metadata",)))
        return list(self._unknown(f"@{kind.type}", inputs, ()))

    def _unknown(self, letters: str, value: Value, path: PropertyPath) -> Iterator[PropertyPath]:
        value = unwrap(value)
        letters = pick(letters, value)
        if letters.startswith("[") and isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._unknown(letters[1:-1], item, (*path, index))
        elif letters.startswith("{") and isinstance(value, dict):
            for key, item in value.items():
                yield from self._unknown(letters[1:-1], item, (*path, key))
        elif letters.startswith("@") and isinstance(value, dict):
            fields = self.types[letters[1:]]
            for key, item in value.items():
                if key not in fields:
                    yield (*path, key)
                else:
                    yield from self._unknown(fields[key], item, (*path, key))


def pick(letters: str, value: Value) -> str:
    """Take the marks off a type and, where it names alternatives, return the one that fits the value."""
    letters = letters.lstrip("-~")
    if not letters.startswith("("):
        return letters
    wanted = "@" if isinstance(value, dict) else "[" if isinstance(value, list) else ""
    return next((part for part in letters[1:-1].split("|") if part.startswith(wanted)), "j")
