"""A small typed writer of systemd units.

Pure. Reads: sections of keys and values. Makes: unit text in which a value is never more than a value.
Syntax: https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html and systemd.service.html,
"Command lines".
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tradewind.errors import TradewindError

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+=:,./$(){}-]+")
_ENVIRONMENT_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_CONTINUATION = " \\\n  "
_LONGEST_LINE = 140
"""Longer command lines get one line per word."""


class UnitError(TradewindError, ValueError):
    """A value that a unit file cannot hold."""


class Raw(str):
    """A word in which `${VARIABLE}` and `%` specifiers are meant. Any other string is taken literally."""

    __slots__ = ()


Setting = str | Sequence[str]
"""Value of a key; several values are several lines."""


UNIT_MODE: Final = 0o644
"""Mode of unit files, unless a unit says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One systemd unit."""

    name: str
    """File name, such as `kubelet.service`."""
    contents: str | None = None
    """Text of the unit; None when the operating system ships it."""
    enabled: bool | None = None
    """Whether it starts at boot; None leaves that to the operating system."""
    mask: bool = False
    """Whether nothing may start it."""
    mode: int = UNIT_MODE
    """Mode of its file."""


def unit_text(sections: Mapping[str, Mapping[str, Setting]]) -> str:
    """Text of a unit: sections in the given order, one line per value."""
    blocks = []
    for section, settings in sections.items():
        lines = [f"[{section}]"]
        for key, setting in settings.items():
            values = [setting] if isinstance(setting, str) else setting
            lines.extend(f"{key}={_one_line(value)}" for value in values)
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def command(*words: str) -> str:
    """A command line for Exec keys. Words are literal unless they are `Raw`; the first is an absolute path.

    The first word may start with `-`: a failure of the command is then ignored.
    """
    line = " ".join(_word(word) for word in words)
    return line if len(line) <= _LONGEST_LINE else _CONTINUATION.join(_word(word) for word in words)


def environment(name: str, value: str) -> str:
    """A value for the key Environment.

    Raises:
        UnitError: if `name` is not an upper-case variable name.
    """
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise UnitError(f"{name!r} must be an upper-case variable name")
    # Environment= knows specifiers and quotes, but no variables.
    return _quoted(f"{name}={value}".replace("%", "%%"))


def _word(word: str) -> str:
    if isinstance(word, Raw):
        return _quoted(str(word))
    return _quoted(word.replace("%", "%%").replace("$", "$$"))


def _quoted(word: str) -> str:
    if _has_control_characters(word):
        raise UnitError(f"{word!r} must have no control characters")
    if _PLAIN_WORD.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _one_line(value: str) -> str:
    """A value as one logical line; only the continuations that `command` makes may break it."""
    line = value.replace(_CONTINUATION, " ")
    if _has_control_characters(line) or line.endswith("\\"):
        raise UnitError(f"{value!r} must be one line without control characters, and not end in a backslash")
    return value


def _has_control_characters(text: str) -> bool:
    """Control characters, and halves of surrogate pairs, which no file can hold."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
