"""Property values as a plugin handles them, and the few operations every plugin needs on them.

Reads: nothing.
Makes: `Secret`, `UNKNOWN`, `Asset`, `Archive`, `ResourceReference`; `reveal`, `same`, `has_unknown`, `has_secret`.

A property map is a plain dict. Strings, booleans, None, lists and dicts stand for themselves; a whole number is an int,
any other number a float. What the wire marks specially is one of the classes below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""None, bool, int, float, str, list, dict, Secret, Unknown, Asset, Archive or ResourceReference."""

Props: TypeAlias = dict[str, Value]
"""The properties of one resource by their Pulumi (camel case) names."""


class Unknown(Enum):
    """The type of `UNKNOWN`, a value that only a later step of the same update can know."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the engine encrypts in state and hides in output."""

    value: Value

    def __repr__(self) -> str:
        """Hide the value, so that no log or traceback shows it."""
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: exactly one of text, path and uri is set; `hash` is the engine's SHA-256 of its content, in hex."""

    hash: str = ""
    text: str | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """Several files: exactly one of assets (name to Asset or Archive), path and uri is set."""

    hash: str = ""
    assets: Mapping[str, Value] | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """A resource given as a value; `id` is None for a component."""

    urn: str
    id: Value = None
    package_version: str = ""


def reveal(value: Value) -> Value:
    """Return the value with every secret mark taken off, at any depth."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def contains(value: Value, kind: type) -> bool:
    """Whether the value is, or holds at any depth, an instance of kind (Secret, Unknown, ...)."""
    if isinstance(value, kind):
        return True
    if isinstance(value, Secret):
        return contains(value.value, kind)
    if isinstance(value, dict):
        return any(contains(item, kind) for item in value.values())
    if isinstance(value, list):
        return any(contains(item, kind) for item in value)
    return False


def has_unknown(value: Value) -> bool:
    """Whether any part of the value is unknown."""
    return contains(value, Unknown)


def has_secret(value: Value) -> bool:
    """Whether any part of the value is secret."""
    return contains(value, Secret)


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal, secret marks aside; True is not 1, and an unknown equals nothing known."""
    left, right = unwrap(left), unwrap(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Asset | Archive) and type(left) is type(right):
        return bool(left.hash and left.hash == right.hash) or left == right
    return bool(left == right)


def unwrap(value: Value) -> Value:
    """Return the value without the secret mark around it; marks deeper inside stay."""
    while isinstance(value, Secret):
        value = value.value
    return value
