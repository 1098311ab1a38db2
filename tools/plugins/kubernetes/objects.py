"""Plain Kubernetes objects (nested dicts): reading and writing the few fields that every step needs.

Reads: nothing.
Makes: `Object`, getters and setters, ids, `prune`, `drop_nulls`, and the names that differ between API and SDK.
"""

import copy
from typing import Any, TypeAlias

from tools.plugins.base.values import UNKNOWN

Json: TypeAlias = Any
"""Any JSON value, or `UNKNOWN`."""
Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as JSON; a value not known yet is `UNKNOWN`."""

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"
REPLACE_UNREADY = "pulumi.com/replaceUnready"
WAIT_FOR = "pulumi.com/waitFor"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
MANAGED_BY = "app.kubernetes.io/managed-by"

# Property names must be identifiers in some languages, so the SDKs write these with underscores.
_UNDERSCORED = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
_DASHED = {dashed: underscored for underscored, dashed in _UNDERSCORED.items()}
# What only the API server writes; a program that copies a live object must not fail on these.
READ_ONLY_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)


def pluck(value: Json, *path: str) -> Json:
    """Return the value at a path, None where something on the way is missing."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Json, *path: str) -> str:
    """Return the string at a path, "" where there is none."""
    found = pluck(value, *path)
    return found if isinstance(found, str) else ""


def name_of(obj: Object) -> str:
    """Return the object's name, "" when it has none or none known."""
    return text(obj, "metadata", "name")


def namespace_of(obj: Object) -> str:
    """Return the object's namespace, "" when it has none or none known."""
    return text(obj, "metadata", "namespace")


def annotation(obj: Object, key: str) -> str:
    """Return an annotation's value, "" when it is not there."""
    return text(obj, "metadata", "annotations", key)


def is_true(obj: Object, key: str) -> bool:
    """Whether an annotation is "true"."""
    return annotation(obj, key) == "true"


def put(obj: Object, value: Json, *path: str) -> None:
    """Set the value at a path, making the objects on the way; nothing happens where one of those is unknown."""
    for key in path[:-1]:
        obj = obj.setdefault(key, {})
        if not isinstance(obj, dict):
            return
    obj[path[-1]] = value


def remove(obj: Object, *path: str) -> None:
    """Remove the value at a path, if it is there."""
    holder = pluck(obj, *path[:-1]) if len(path) > 1 else obj
    if isinstance(holder, dict):
        holder.pop(path[-1], None)


def identity(obj: Object) -> str:
    """Return the Pulumi id of an object: `namespace/name`, or `name` without a namespace."""
    return f"{namespace_of(obj)}/{name_of(obj)}" if namespace_of(obj) else name_of(obj)


def parse_identity(text_: str) -> tuple[str, str]:
    """Return (namespace, name) of a Pulumi id; the namespace is "" where the id has none."""
    namespace, _, name = text_.rpartition("/")
    return namespace, name


def is_secret(obj: Object) -> bool:
    """Whether the object is a core Secret."""
    return obj.get("apiVersion") == "v1" and obj.get("kind") == "Secret"


def is_definition(obj: Object) -> bool:
    """Whether the object is a CustomResourceDefinition."""
    return text(obj, "apiVersion").startswith("apiextensions.k8s.io/") and obj.get("kind") == "CustomResourceDefinition"


def prune(source: Json, shape: Json) -> Json:
    """Return source with only those parts that shape has too, at any depth; lists are matched by position."""
    if isinstance(source, dict) and isinstance(shape, dict):
        return {key: prune(value, shape[key]) for key, value in source.items() if key in shape}
    if isinstance(source, list) and isinstance(shape, list):
        if source and shape and type(source[0]) is not type(shape[0]):
            return copy.deepcopy(source)
        return [prune(value, wanted) for value, wanted in zip(source, shape, strict=False)]
    return source


def drop_nulls(value: Json) -> Json:
    """Return the value without the null properties of its objects; the engine sends some, nothing means them."""
    if isinstance(value, dict):
        return {key: drop_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [drop_nulls(item) for item in value]
    return value


def to_api_names(value: Json) -> Json:
    """Return the value with the API's property names (dashes)."""
    return _rename(value, _UNDERSCORED)


def to_sdk_names(value: Json) -> Json:
    """Return the value with the SDK's property names (underscores)."""
    return _rename(value, _DASHED)


def _rename(value: Json, names: dict[str, str]) -> Json:
    if isinstance(value, dict):
        return {names.get(key, key): _rename(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_rename(item, names) for item in value]
    return value


def is_unknown(value: Json) -> bool:
    """Whether this very value is not known yet."""
    return value is UNKNOWN
