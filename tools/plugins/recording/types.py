"""What a package declares of a resource or a function: its properties and their types, at every level.

Reads: nothing.
Makes: `Type`, `Property`, `Description`, `FREE`, and their form in a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a value is; the texts are those of messages."""

    STRING = "a string"
    INTEGER = "a whole number"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    LIST = "a list"
    MAP = "a map"
    OBJECT = "an object"
    ASSET = "an asset or archive"
    UNION = "one of several kinds"
    ANY = "anything"


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value.

    `of` holds the type of a list's or a map's elements, or the alternatives of a union; `name` is an object's name in
    `Description.objects`; `values` are the only ones of an enumeration.
    """

    kind: Kind
    of: "tuple[Type, ...]" = ()
    name: str = ""
    values: tuple[str | int | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object: an input that must be given, or an output that is always there, is required."""

    type: Type
    required: bool = False


Object = Mapping[str, Property]
"""The properties of an object by their camel case names."""


@dataclass(frozen=True)
class Description:
    """A resource or a function: `inputs` and `outputs`, and the objects that their types name."""

    inputs: Object
    outputs: Object
    objects: Mapping[str, Object]


FREE = Description({}, {}, {})
"""A type of any form: a kind that a cluster's own definitions make."""


def to_json(description: Description) -> Any:  # noqa: ANN401  JSON
    """The description as JSON."""
    return {
        "inputs": _object_to_json(description.inputs),
        "outputs": _object_to_json(description.outputs),
        "objects": {name: _object_to_json(properties) for name, properties in description.objects.items()},
    }


def from_json(document: Any) -> Description:  # noqa: ANN401  JSON
    """The description that `to_json` wrote."""
    return Description(
        _object_from_json(document["inputs"]),
        _object_from_json(document["outputs"]),
        {name: _object_from_json(properties) for name, properties in document["objects"].items()},
    )


def _object_to_json(properties: Object) -> Any:  # noqa: ANN401
    return {name: [_type_to_json(each.type), each.required] for name, each in properties.items()}


def _object_from_json(document: Any) -> Object:  # noqa: ANN401
    return {name: Property(_type_from_json(kind), required) for name, (kind, required) in document.items()}


def _type_to_json(kind: Type) -> Any:  # noqa: ANN401
    return [kind.kind.name, [_type_to_json(each) for each in kind.of], kind.name, list(kind.values)]


def _type_from_json(document: Any) -> Type:  # noqa: ANN401
    kind, of, name, values = document
    return Type(Kind[kind], tuple(map(_type_from_json, of)), name, tuple(values))
