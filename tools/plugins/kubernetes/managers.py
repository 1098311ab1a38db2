"""Who owns which fields of a live object.

Reads: metadata.managedFields.
Makes: `takeover`: the patch that hands fields of kubectl and of client-side apply to one server-side apply manager;
`without_foreign`: inputs that leave ignored fields alone.
"""

import copy
from collections.abc import Iterable
from typing import Any

from tools.plugins.kubernetes.objects import Object, pluck, put, remove

APPLY, UPDATE = "Apply", "Update"
# Without this, a field that kubectl applied once would stay its own as well, and could never be removed.
TAKEN_OVER = frozenset(
    {
        ("kubectl", APPLY),
        ("kubectl", UPDATE),
        ("before-first-apply", UPDATE),
        ("pulumi-kubernetes", UPDATE),
        ("pulumi-kubernetes.exe", UPDATE),
        ("pulumi-resource-kubernetes", UPDATE),
    }
)


def takeover(live: Object, manager: str) -> list[Object]:
    """Return the JSON patch that makes `manager` the owner of what others applied; empty when there is none."""
    entries = pluck(live, "metadata", "managedFields") or []
    taken = [entry for entry in entries if _taken_over(entry)]
    if not taken:
        return []
    kept = [copy.deepcopy(entry) for entry in entries if not _taken_over(entry)]
    own = next((entry for entry in kept if entry.get("manager") == manager and entry.get("operation") == APPLY), None)
    if own is None:
        own = copy.deepcopy(taken[0]) | {"manager": manager, "operation": APPLY}
        kept.append(own)
    for entry in taken:
        own["fieldsV1"] = _union(own.get("fieldsV1") or {}, entry.get("fieldsV1") or {})
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": kept},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": pluck(live, "metadata", "resourceVersion")},
    ]


def without_foreign(inputs: Object, live: Object, manager: str, ignored: Iterable[str]) -> Object:
    """Return inputs for an apply that leaves ignored properties (paths such as `spec.replicas`) as they are.

    One that only others own is left out; any other keeps its live value, or else applying would remove it.
    """
    result = copy.deepcopy(inputs)
    entries = pluck(live, "metadata", "managedFields") or []
    for path in (tuple(text.split(".")) for text in ignored):
        owners = {entry.get("manager") == manager for entry in entries if _owns(entry, path)}
        value = pluck(live, *path)
        if owners == {False}:
            remove(result, *path)
        elif value is not None:
            put(result, copy.deepcopy(value), *path)
    return result


def _owns(entry: Object, path: tuple[str, ...]) -> bool:
    return pluck(entry.get("fieldsV1"), *(f"f:{part}" for part in path)) is not None


def client_side_applied(live: Object) -> bool:
    """Whether this plugin once wrote the object without server-side apply."""
    entries = pluck(live, "metadata", "managedFields") or []
    own = ("pulumi-kubernetes", "pulumi-kubernetes.exe", "pulumi-resource-kubernetes")
    return any(entry.get("operation") == UPDATE and entry.get("manager") in own for entry in entries)


def _taken_over(entry: Object) -> bool:
    return (entry.get("manager"), entry.get("operation")) in TAKEN_OVER and not entry.get("subresource")


def _union(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    merged = dict(left)
    for key, value in right.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _union(merged[key], value) if both else merged.get(key, value)
    return merged
