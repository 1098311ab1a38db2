"""A resource's state as the engine keeps it: the live object with the plugin's bookkeeping beside it.

Reads: `objects`.
Makes: `to_state`, `from_state`, `to_object`, `mark_secrets`.
"""

import copy

from tools.plugins.base.values import Props, Secret, Value, has_secret, reveal, unwrap
from tools.plugins.kubernetes.objects import Json, Object, drop_nulls, is_secret, to_api_names, to_sdk_names

INPUTS = "__inputs"
INITIAL_API_VERSION = "__initialApiVersion"
FIELD_MANAGER = "__fieldManager"


def to_object(props: Props) -> Object:
    """Return properties as an object: no secret marks, no nulls, the API's names."""
    obj: Object = to_api_names(drop_nulls(reveal(props)))
    return obj


def to_state(inputs: Object, live: Object, given: Props, initial_api_version: str, field_manager: str) -> Props:
    """Return the outputs to keep; what was secret in the given inputs is secret in them."""
    outputs: Props = to_sdk_names(drop_nulls(copy.deepcopy(live)))
    kept: Props = to_sdk_names(drop_nulls(copy.deepcopy(inputs)))
    mark_secrets(outputs, given)
    mark_secrets(kept, given)
    if is_secret(live) and "data" in outputs and "stringData" in given:
        outputs["data"] = Secret(unwrap(outputs["data"]))
    return outputs | {INPUTS: kept, INITIAL_API_VERSION: initial_api_version, FIELD_MANAGER: field_manager}


def from_state(outputs: Props) -> tuple[Object, Object]:
    """Return (inputs, live object) from kept outputs; the bookkeeping itself stays out of both."""
    live = to_object(outputs)
    inputs = live.pop(INPUTS, None)
    live.pop(INITIAL_API_VERSION, None)
    live.pop(FIELD_MANAGER, None)
    return inputs if isinstance(inputs, dict) else {}, live


def mark_secrets(outs: Props, ins: Value) -> None:
    """Mark in outs, in place, what is secret in ins, and the data of a Secret in any case.

    Objects are compared property by property; a list with one secret in it becomes secret as a whole, because the
    server may reorder it.
    """
    if outs.get("kind") == "Secret":
        for key in ("data", "stringData"):
            if key in outs and not isinstance(outs[key], Secret):
                outs[key] = Secret(outs[key])
        return
    if not isinstance(ins, dict):
        return
    for key, given in ins.items():
        if key not in outs:
            continue
        out: Json = outs[key]
        if isinstance(out, dict) and isinstance(given, dict):
            mark_secrets(out, given)
        elif not isinstance(out, Secret) and has_secret(given):
            outs[key] = Secret(out)
