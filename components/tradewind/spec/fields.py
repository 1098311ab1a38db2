"""How tables of fields are walked: unknown keys, missing keys, lists and nested sections.

Pure. Reads: arguments as they come from a program or a configuration file. Makes: problems with their field paths.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tradewind.errors import Problem
from tradewind.spec.checks import Check

Walk = Callable[[object, str], Iterable[Problem]]
"""Takes a value and its path; gives every problem at and below it."""

_MISSING = object()


@dataclass(frozen=True)
class Field:
    """One field of a section."""

    walk: Walk
    required: bool = False


def field(check: Check, *, required: bool = False, secret: bool = False) -> Field:
    """A field with a single value; a secret one is never shown in a problem."""
    return Field(_single(check, secret=secret), required)


def section(fields: Mapping[str, Field]) -> Walk:
    """A mapping whose keys are the table's."""

    def walk(value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(path or "args", _kind(value), "must be a mapping of fields")
            return
        prefix = f"{path}." if path else ""
        for key in value:
            if key not in fields:
                # A misspelled field may hold a secret.
                yield Problem(f"{prefix}{key}", _kind(value[key]), f"is unknown; the fields are {', '.join(fields)}")
        for name, each in fields.items():
            given = value.get(name, _MISSING)
            if given is not _MISSING:
                yield from each.walk(given, f"{prefix}{name}")
            elif each.required:
                yield Problem(f"{prefix}{name}", None, "must be given")

    return walk


def list_of(entry: Check | Walk, low: int, high: int, *, nested: bool = False) -> Walk:
    """A list with a number of entries between two bounds, none of them twice.

    Args:
        entry: the check of an entry, or with `nested` its walk.
        low: least number of entries.
        high: greatest number of entries.
        nested: whether entries have a structure of their own.
    """
    walk_entry: Walk = entry if nested else _single(entry)  # type: ignore[arg-type, assignment]

    def walk(value: object, path: str) -> Iterator[Problem]:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence) or not low <= len(value) <= high:
            yield Problem(path, shown(value), f"must be a list of {low} to {high} entries")
            return
        for index, each in enumerate(value):
            yield from walk_entry(each, f"{path}[{index}]")
            if each in value[:index]:
                yield Problem(f"{path}[{index}]", shown(each), "must not be in the list twice")

    return walk


def _single(check: Check, *, secret: bool = False) -> Walk:
    def walk(value: object, path: str) -> Iterator[Problem]:
        rule = check(value)
        if rule is not None:
            yield Problem(path, "<secret>" if secret else shown(value), rule)

    return walk


def shown(value: object) -> object:
    """What a message may show of a value: plain scalars, and only the type of what may hold a secret."""
    plain = isinstance(value, str | int | float | bool | type(None))
    return value if plain else _kind(value)


def _kind(value: object) -> str:
    return f"<{type(value).__name__}>"
