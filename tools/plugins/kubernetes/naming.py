"""Names, labels and annotations that the plugin itself gives to an object.

Reads: `objects`.
Makes: `assign_name`, `adopt_name`, `keep_label`, `field_manager`.
"""

import hashlib
import secrets

from tools.plugins.base.errors import PluginError
from tools.plugins.base.resource import CheckCall
from tools.plugins.base.values import Props
from tools.plugins.kubernetes.checkpoint import FIELD_MANAGER
from tools.plugins.kubernetes.objects import (
    AUTONAMED,
    MANAGED_BY,
    PATCH_FIELD_MANAGER,
    Object,
    annotation,
    is_true,
    is_unknown,
    name_of,
    pluck,
    put,
    text,
)

DIGITS = 8


def assign_name(obj: Object, call: CheckCall) -> None:
    """Name an object that has none: `<resource name>-<8 hex>`, or what the engine proposes."""
    metadata = obj.get("metadata")
    if is_unknown(metadata) or _given(obj, "name") or _given(obj, "generateName"):
        return
    if call.autoname_off:
        raise PluginError("autonaming is disabled, resource requires the .metadata.name field to be set")
    put(obj, call.autoname or f"{call.name}-{_suffix(call.seed)}", "metadata", "name")
    _mark(obj)


def adopt_name(obj: Object, old_inputs: Object) -> None:
    """Keep the generated name of the previous inputs for inputs that have none."""
    if is_unknown(obj.get("metadata")) or _given(obj, "name") or not is_true(old_inputs, AUTONAMED):
        return
    put(obj, name_of(old_inputs), "metadata", "name")
    _mark(obj)


def is_autonamed(obj: Object) -> bool:
    """Whether the plugin made the object's name."""
    return is_true(obj, AUTONAMED)


def is_named(obj: Object) -> bool:
    """Whether the inputs name the object, with a name known or not."""
    return _given(obj, "name")


def reject_generate_name(obj: Object) -> None:
    """Raise for metadata.generateName, which server-side apply cannot honour."""
    if not _given(obj, "name") and _given(obj, "generateName"):
        raise PluginError("the `.metadata.generateName` field is not supported in Server-Side Apply mode")


def keep_label(obj: Object, old_inputs: Object) -> None:
    """Carry the label that client-side apply once added; a resource without it stays without."""
    if pluck(old_inputs, "metadata", "labels", MANAGED_BY) == "pulumi":
        put(obj, "pulumi", "metadata", "labels", MANAGED_BY)


def field_manager(state: Props, inputs: Object) -> str:
    """Return the owner of the fields: the annotation's, else the state's, else a new `pulumi-kubernetes-<8 hex>`."""
    return (
        annotation(inputs, PATCH_FIELD_MANAGER)
        or text(state, FIELD_MANAGER)
        or f"pulumi-kubernetes-{secrets.token_hex(DIGITS // 2)}"
    )


def _given(obj: Object, key: str) -> bool:
    value = pluck(obj, "metadata", key)
    return is_unknown(value) or bool(value)


def _mark(obj: Object) -> None:
    if not is_unknown(pluck(obj, "metadata", "annotations")):
        put(obj, "true", "metadata", "annotations", AUTONAMED)


def _suffix(seed: bytes) -> str:
    return hashlib.sha256(seed).hexdigest()[:DIGITS] if seed else secrets.token_hex(DIGITS // 2)
