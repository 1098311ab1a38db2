"""How tables of fields are walked: unknown keys, missing keys, lists, mappings and nested sections.

Pure. Reads: arguments as they come from a program or a configuration file. Makes: problems with their field paths.

A walk takes whatever it is given: it never raises, and neither copies nor shows more than a few entries of what is
too large.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard

from tradewind.errors import Problem
from tradewind.spec.checks import Check
from tradewind.spec.shown import at, kind, shown

Walk = Callable[[object, str], Iterable[Problem]]
"""Takes a value and its path; gives every problem at and below it."""

_MOST_UNKNOWN = 10
"""Unknown keys of one section that are named; of the others only the number is told."""


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
            yield Problem(path or "args", kind(value), "must be a mapping of fields")
            return
        given = {key: each for key, each in entries(value) if key in fields}
        yield from _unknown([(key, each) for key, each in entries(value) if key not in fields], path, fields)
        for name, each in fields.items():
            if name in given:
                yield from each.walk(given[name], at(path, name))
            elif each.required:
                yield Problem(at(path, name), "", "must be given")

    return walk


def list_of(entry: Check | Walk, low: int, high: int, *, nested: bool = False) -> Walk:
    """A list with a number of entries between two bounds, none of them twice.

    Args:
        entry: the check of an entry, or with `nested` its walk.
        low: least number of entries.
        high: greatest number of entries.
        nested: whether entries have a structure of their own; which of them are the same is for the caller to say.
    """
    walk_entry: Walk = entry if nested else _single(entry)  # type: ignore[arg-type, assignment]

    def walk(value: object, path: str) -> Iterator[Problem]:
        if not is_list(value) or not low <= len(value) <= high:
            yield Problem(path, shown(value), f"must be a list of {low} to {high} entries")
            return
        seen: set[str] = set()
        for index, each in enumerate(value):
            where = f"{path}[{index}]"
            problems = list(walk_entry(each, where))
            yield from problems
            text = leaf(each)
            if isinstance(text, str) and not problems:
                if text in seen:
                    yield Problem(where, shown(text), "must not be in the list twice")
                seen.add(text)

    return walk


def mapping_of(key: Check, value: Check, most: int) -> Walk:
    """A mapping of names that the user chooses, such as labels. A problem's path ends in the key, `['like this']`."""
    walk_value = _single(value)

    def walk(given: object, path: str) -> Iterator[Problem]:
        if not isinstance(given, Mapping) or len(given) > most:
            yield Problem(path, kind(given), f"must be a mapping of at most {most} entries")
            return
        for name, each in entries(given):
            where = f"{path}[{shown(name)}]"
            rule = key(name)
            if rule is not None:
                yield Problem(where, "the key", rule)
            yield from walk_value(each, where)

    return walk


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether the value is a list, or any other sequence that is not text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)


def leaf(value: object) -> object:
    """A single value as plain text or number: members of an Enum as their values, subclasses as what they extend."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value)
    return int.__int__(value) if isinstance(value, int) and not isinstance(value, bool) else value


def entries(value: Mapping[object, object]) -> Iterator[tuple[object, object]]:
    """Keys and values; a key that is no text may be anything, and is replaced by its type."""
    for key, each in value.items():
        name = leaf(key)
        yield name if isinstance(name, str | int | float | None) else kind(name), each


def plain(value: object) -> object:
    """Arguments without problems as plain data: dicts, lists and leaves."""
    if isinstance(value, Mapping):
        return {leaf(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if is_list(value) else leaf(value)


def _unknown(unknown: Sequence[tuple[object, object]], path: str, fields: Iterable[str]) -> Iterator[Problem]:
    """A misspelled field may hold a secret, so that its value is not shown."""
    rule = f"is unknown; the fields are {', '.join(fields)}"
    for key, value in unknown[:_MOST_UNKNOWN]:
        yield Problem(at(path, key), kind(value), rule)
    if len(unknown) > _MOST_UNKNOWN:
        yield Problem(path or "args", f"{len(unknown) - _MOST_UNKNOWN} more fields", "are unknown")


def _single(check: Check, *, secret: bool = False) -> Walk:
    def walk(value: object, path: str) -> Iterator[Problem]:
        given = leaf(value)
        rule = check(given)
        if rule is not None:
            yield Problem(path, "<secret>" if secret else shown(given), rule)

    return walk
