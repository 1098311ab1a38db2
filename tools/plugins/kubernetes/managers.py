"""Who owns which fields of a live object.

Reads: metadata.managedFields.
Makes: `takeover`: the patch that hands fields of kubectl and of client-side apply to one server-side apply manager.
"""

import copy
from typing import Any

from tools.plugins.kubernetes.objects import Object, pluck

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
