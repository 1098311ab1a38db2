"""The resource option ignoreChanges.

Reads: paths as programs write them.
Makes: `without_ignored`.
"""

import re
from collections.abc import Iterable

from tools.plugins.base.diff import Change, Path

_PART = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[\*\]')
ANY = "*"


def without_ignored(changes: dict[Path, Change], ignored: Iterable[str]) -> dict[Path, Change]:
    """Return the changes that no ignored path covers."""
    prefixes = [_parse(text) for text in ignored]
    return {path: change for path, change in changes.items() if not any(_covers(p, path) for p in prefixes)}


def _parse(text: str) -> Path:
    parts: list[str | int] = []
    for match in _PART.finditer(text):
        if match[1] is not None:
            parts.append(match[1])
        elif match[2] is not None:
            parts.append(int(match[2]))
        elif match[3] is not None:
            parts.append(re.sub(r"\\(.)", r"\1", match[3]))
        else:
            parts.append(ANY)
    return tuple(parts)


def _covers(prefix: Path, path: Path) -> bool:
    return len(prefix) <= len(path) and all(want in (ANY, have) for want, have in zip(prefix, path, strict=False))
