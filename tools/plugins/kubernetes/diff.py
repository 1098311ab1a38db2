"""The difference between a live object and new inputs, as previews show it.

Reads: `replacement`; two objects.
Makes: `changes`: full path to change.
"""

from typing import Any

from tools.plugins.base.diff import Change, Kind, Path
from tools.plugins.base.values import same
from tools.plugins.kubernetes.objects import Json, Object, is_unknown
from tools.plugins.kubernetes.replacement import Pattern, needs_replacement

_MISSING = object()
"""Tells a property that is not there from one that is null."""


def changes(old: Object, new: Object, patterns: tuple[Pattern, ...]) -> dict[Path, Change]:
    """Compare the live object, pruned to its old inputs, with the new inputs; patterns say what needs a new object."""
    walker = _Walker(patterns)
    walker.compare((), old, new)
    return walker.found


class _Walker:
    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self.found: dict[Path, Change] = {}

    def compare(self, path: Path, old: Json, new: Json) -> None:
        """Record what differs at and below a path."""
        if new is _MISSING:
            self.record(path, Kind.DELETE, None, inputs=True)
        elif is_unknown(new):
            self.record(path, Kind.ADD if old is _MISSING else Kind.UPDATE, None)
        elif old is _MISSING:
            self.record(path, Kind.ADD, new)
        elif isinstance(old, dict) and isinstance(new, dict):
            for key in sorted(old.keys() | new.keys()):
                self.compare((*path, key), old.get(key, _MISSING), new.get(key, _MISSING))
        elif isinstance(old, list) and isinstance(new, list):
            for index in range(max(len(old), len(new))):
                self.compare((*path, index), _at(old, index), _at(new, index))
        elif not same(old, new):
            self.record(path, Kind.UPDATE, new)

    def record(self, path: Path, kind: Kind, value: Json, *, inputs: bool = False) -> None:
        """Keep one change."""
        replace = needs_replacement(path, value, self.patterns)
        self.found[path] = Change(kind, replace=replace, inputs=inputs)


def _at(items: list[Any], index: int) -> Json:
    return items[index] if index < len(items) else _MISSING
