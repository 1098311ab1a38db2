"""Attributes: the properties of a table resource and what makes a value fit them.

Reads: `values`, `errors`.
Makes: `Attribute`, `table`, and `problems` with a set of inputs, worded as the official plugins word them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tools.plugins.base.errors import CheckFailure
from tools.plugins.base.values import UNKNOWN, Value

TYPES: Mapping[str, Callable[[Value], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "object": lambda value: isinstance(value, dict),
}


def always(_old: Value, _new: Value) -> bool:
    """Replace on every change."""
    return True


def never(_old: Value, _new: Value) -> bool:
    """Replace on no change."""
    return False


@dataclass(frozen=True)
class Attribute:
    """One property.

    An input may be `required` or have a `default`, which shows in outputs only. An attribute with `output` is made by
    the resource; while an update is planned it keeps its value if `kept`, else it is unknown. `replace` decides from
    the old and the new value whether a change needs a new resource. `one_of` and `minimum` bound the value (of each
    element of a list); `fields` are the attributes of an object.
    """

    type: str = "string"
    required: bool = False
    default: Value = None
    output: bool = False
    kept: bool = True
    secret: bool = False
    replace: Callable[[Value, Value], bool] = always
    one_of: Sequence[str] = ()
    minimum: int | None = None
    fields: Mapping[str, "Attribute"] = field(default_factory=dict)


def table(**attributes: Attribute) -> Mapping[str, Attribute]:
    """Return the attributes of one resource type, by their Pulumi names."""
    return MappingProxyType(attributes)


def problems(attributes: Mapping[str, Attribute], values: Mapping[str, Value], path: str) -> list[CheckFailure]:
    """Return everything wrong with the inputs of the resource (or object) at path; unknown values are fine."""
    reasons = [
        f"Missing required property '{name}'"
        for name, item in attributes.items()
        if item.required and values.get(name) is None
    ]
    for name, value in values.items():
        if name not in attributes:
            reasons.append(f"Invalid or unknown key. Examine values at '{path}.{name}'.")
        elif value is not None:
            reasons += _value_problems(attributes[name], value, f"{path}.{name}", name)
    return [CheckFailure(reason) for reason in reasons]


def _value_problems(item: Attribute, value: Value, path: str, name: str) -> list[str]:
    if value is UNKNOWN:
        return []
    if not TYPES[item.type](value):
        reason = f"Incorrect Attribute Value Type. Attribute {name} must be of type {item.type}."
        return [f"{reason} Examine values at '{path}'."]
    if item.type == "object":
        return [failure.reason for failure in problems(item.fields, value, path)]
    if item.type == "map":
        entries = ((Attribute(), entry, f"{path}.{key}", f"{name}.{key}") for key, entry in value.items())
    elif item.type == "list":
        element = Attribute(one_of=item.one_of)
        entries = ((element, entry, f"{path}[{i}]", f"{name}[{i}]") for i, entry in enumerate(value))
    else:
        return _bound_problems(item, value, path, name)
    return [reason for entry in entries for reason in _value_problems(*entry)]


def _bound_problems(item: Attribute, value: Value, path: str, name: str) -> list[str]:
    if item.one_of and value not in item.one_of:
        allowed = " ".join(f'"{choice}"' for choice in item.one_of)
        return [
            f'Invalid Attribute Value Match. Attribute {name} value must be one of: [{allowed}], got: "{value}".'
            f" Examine values at '{path}'."
        ]
    if item.minimum is not None and value < item.minimum:
        return [
            f"Invalid Attribute Value. Attribute {name} value must be at least {item.minimum}, got: {value}."
            f" Examine values at '{path}'."
        ]
    return []
