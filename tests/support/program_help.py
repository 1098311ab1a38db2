"""What a program's own --help says of its flags: which there are, which are deprecated, which values they take.

Reads: the formats of cobra (Kubernetes), of Go's flag package (CoreDNS, flannel) and of etcd. A hidden flag is in none.
"""

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FLAG = re.compile(r"^ {2,}(?:-\w, )?--?([a-z][A-Za-z0-9_.-]*)", re.MULTILINE)
_SECTION = re.compile(r"^\S", re.MULTILINE)
# As a mark of the flag. In a sentence, in small letters, it is about something else.
_DEPRECATED = re.compile(r"\bDEPRECATED\b|\bDeprecated\b|Will be deprecated")
_ENUMERATION = re.compile(
    r"(?:Possible values|Preferred values|Valid options are|Options are|All controllers|"
    r"Comma-delimited list of(?: admission plugins)?):?\s*(.*?)(?:\.\s|Insecure values|Disabled-by-default|$)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Flag:
    """One flag of a program."""

    text: str
    """Everything that help says of it."""

    @property
    def deprecated(self) -> bool:
        """Whether help marks the flag so."""
        return bool(_DEPRECATED.search(self.text))

    @property
    def values(self) -> frozenset[str]:
        """Names among the values that help lists; empty for a flag whose values it does not list."""
        found = _ENUMERATION.search(self.text)
        return frozenset(re.findall(r"[\w.-]*\w", found[1])) if found else frozenset()

    def wrong(self, value: str) -> list[str]:
        """Parts of a value, a list or a map of names, that are not among the values that help lists."""
        names = [part.partition("=")[0].lstrip("-") for part in value.split(",")]
        return [name for name in names if name != "*" and self.values and name not in self.values]


@cache
def flags(program: Path) -> Mapping[str, Flag]:
    """Every flag of a program by its name without dashes."""
    shown = subprocess.run([program, "--help"], capture_output=True, text=True, check=False, timeout=30)
    return parse(shown.stdout + shown.stderr)


def parse(text: str) -> dict[str, Flag]:
    """The flags in a help text."""
    found: dict[str, Flag] = {}
    starts = list(_FLAG.finditer(text))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        end = following.start() if following else len(text)
        section = _SECTION.search(text, start.start(), end)
        found[start[1]] = Flag(text[start.end() : section.start() if section else end])
    return found


def problems(known: Mapping[str, Flag], rendered: Iterable[str]) -> list[str]:
    """What is wrong with rendered flags, `--name=value` or `--name`: unknown, deprecated, or of an unknown value."""
    found = []
    for each in rendered:
        name, _, value = each.lstrip("-").partition("=")
        if name not in known:
            found.append(f"{name} is unknown")
        elif known[name].deprecated:
            found.append(f"{name} is deprecated")
        else:
            found.extend(f"{name} has no value {part}" for part in known[name].wrong(value))
    return found
