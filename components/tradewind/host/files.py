"""Files and directories of a host.

Pure. Reads: content, mode, owner. Makes: `HostFile` and `HostDirectory`, checked for what archives and scripts rely on.
"""

import re
from dataclasses import dataclass, field

from tradewind.errors import TradewindError

_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9_.@%+:=,-]+)+")
_WORD = re.compile(r"[A-Za-z0-9_.:-]+")
_HIGHEST_MODE = 0o7777


class HostPathError(TradewindError, ValueError):
    """A path that cannot be on a host: not absolute, or with characters that a list of paths cannot hold."""


class HostTextError(TradewindError, ValueError):
    """A text that a file of lines and words cannot hold as it is."""


@dataclass(frozen=True, kw_only=True)
class HostDirectory:
    """A directory. Parents that are not listed belong to root with mode 0755."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0

    def __post_init__(self) -> None:
        check_path(self.path, self.mode)


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """A file. `content` is not part of its printed form, as it may be secret."""

    path: str
    content: str = field(repr=False)
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    secret: bool = False
    """Whether the content may be shown, logged or stored in plain text: only if false."""

    def __post_init__(self) -> None:
        check_path(self.path, self.mode)


def check_path(path: str, mode: int) -> None:
    """Refuse a path that is not absolute and plain: no spaces, no `..`, nothing that a shell would read.

    Raises:
        HostPathError: if it is not, or if `mode` is not a file mode.
    """
    if not _PATH.fullmatch(path):
        raise HostPathError(f"{path!r} must be an absolute path of letters, digits and _.@%+:=,- without . or ..")
    if not 0 <= mode <= _HIGHEST_MODE:
        raise HostPathError(f"{path}: mode {mode:o} must be from 0 to {_HIGHEST_MODE:o}")


def line(text: str) -> str:
    """A text that stays the rest of its line in a file of settings.

    Raises:
        HostTextError: if it has other characters than printable ASCII.
    """
    if not (text.isascii() and text.isprintable()):
        raise HostTextError(f"{text!a} must be printable ASCII on one line")
    return text


def word(text: str) -> str:
    """A name or address that stays one word in a file of words, such as /etc/hosts.

    Raises:
        HostTextError: if it is empty or has other characters than those of names and addresses.
    """
    if not _WORD.fullmatch(text):
        raise HostTextError(f"{text!a} must be a name or an address")
    return text
