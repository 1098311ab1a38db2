"""Differences between two property maps, with the path of each, as previews show them.

Reads: `values`.
Makes: `Change`, `Difference`, `detailed` and `format_path`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from tools.plugins.base.values import Secret, Value, same

Path = tuple[str | int, ...]
"""Where a property is: names of objects and indices of lists, from the outside in."""


class Kind(Enum):
    """What happens to a property; the values are the names in Pulumi's protocol."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed property.

    `replace` says that the change needs a new resource; `inputs` that old and new are both inputs (the engine then
    shows the old input rather than the old output).
    """

    kind: Kind
    replace: bool = False
    inputs: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """The answer of a diff.

    `changes` maps full paths to changes; empty means that nothing changes. `delete_first` makes a replacement delete
    the old resource before the new one is made. `stables` are outputs that an update never changes. With `detailed`
    off, the engine learns only the top-level names and compares the inputs itself for the preview.
    """

    changes: dict[Path, Change] = field(default_factory=dict)
    delete_first: bool = False
    stables: tuple[str, ...] = ()
    detailed: bool = True

    @property
    def replaces(self) -> list[str]:
        """The top-level names of the properties whose change needs a new resource, each once, in order."""
        return list(dict.fromkeys(str(path[0]) for path, change in self.changes.items() if change.replace))

    @property
    def names(self) -> list[str]:
        """The top-level names of all changed properties, each once, in order."""
        return list(dict.fromkeys(str(path[0]) for path in self.changes))


def detailed(
    old: Value, new: Value, replace: Callable[[Path], bool] = lambda _: False, *, inputs: bool = False
) -> dict[Path, Change]:
    """Compare two property maps leaf by leaf; `replace` decides by path which change needs a new resource.

    A secret is one leaf, and a value that becomes secret or stops being one has changed: `reveal` both maps first where
    only the values count.
    """
    return {path: Change(kind, replace=replace(path), inputs=inputs) for path, kind in _walk(old, new, ()) if path}


def _walk(old: Value, new: Value, path: Path) -> Iterator[tuple[Path, Kind]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in new:
                yield (*path, key), Kind.DELETE
            elif key not in old:
                yield (*path, key), Kind.ADD
            else:
                yield from _walk(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(new):
                yield (*path, index), Kind.DELETE
            elif index >= len(old):
                yield (*path, index), Kind.ADD
            else:
                yield from _walk(old[index], new[index], (*path, index))
    elif isinstance(old, Secret) != isinstance(new, Secret) or not same(old, new):
        yield path, Kind.UPDATE


_PLAIN_KEY = re.compile(r"[^.\[\]\"]+")


def format_path(path: Path) -> str:
    """Write a path the way the engine parses it: `a.b[0]["c.d"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not _PLAIN_KEY.fullmatch(part):
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
        else:
            text += f".{part}" if text else part
    return text
