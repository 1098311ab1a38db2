"""Files that a command leaves: found by glob, given back as assets with the engine's hashes.

Reads: the folder that the command ran in.
Makes: `find_assets`, `asset_archive`.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Archive, Asset

BLOCK = 512


def find_assets(folder: Path, globs: Sequence[str]) -> dict[str, Asset]:
    """Return the files below folder that the globs match, by their path in it.

    Globs apply in order; one that begins with "!" takes files out again. `*` and `?` stop at "/", `**` does not;
    `[abc]`, `[!abc]` and `{a,b}` are understood.
    """
    rules = [(not glob.startswith("!"), _pattern(glob.removeprefix("!"))) for glob in globs]
    found: dict[str, Asset] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        for include, pattern in rules:
            if not pattern.fullmatch(name):
                continue
            if include:
                found[name] = Asset(hashlib.sha256(path.read_bytes()).hexdigest(), path=str(path))
            else:
                found.pop(name, None)
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path


def _pattern(glob: str) -> re.Pattern[str]:
    parts = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    depth, text = 0, ""
    for piece in re.findall(r"\*\*|\\.|\[[^\]]+\]|.", glob, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        if piece.startswith("[") and len(piece) > 1:
            text += "[^" + piece[2:] if piece[1] == "!" else piece
        elif piece in parts and (piece != "," or depth):
            text += parts[piece]
        else:
            text += re.escape(piece.removeprefix("\\") or piece)
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise PluginError(f"invalid glob {glob!r}: {error}") from error


def asset_archive(assets: dict[str, Asset]) -> Archive:
    """Return the files as one archive. Its hash is that of a tar file of them, as the engine makes it."""
    digest = hashlib.sha256()
    for name, asset in sorted(assets.items()):
        content = Path(asset.path or "").read_bytes()
        digest.update(_tar_header(name, len(content)))
        digest.update(content + bytes(-len(content) % BLOCK))
    digest.update(bytes(2 * BLOCK))
    return Archive(digest.hexdigest(), assets=assets)


def _tar_header(name: str, size: int) -> bytes:
    """A USTAR header with nothing but name, mode and size (Python's own tarfile pads other fields differently)."""
    short, prefix = _split(name.encode())
    fields = [short.ljust(100, b"\0"), b"0000600\0", b"0000000\0", b"0000000\0", b"%011o\0" % size, b"%011o\0" % 0]
    rest = [
        b"0",
        bytes(100),
        b"ustar\0",
        b"00",
        bytes(32),
        bytes(32),
        b"0000000\0",
        b"0000000\0",
        prefix.ljust(155, b"\0"),
    ]
    header = b"".join([*fields, b" " * 8, *rest]).ljust(BLOCK, b"\0")
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


def _split(name: bytes) -> tuple[bytes, bytes]:
    """Names over 100 bytes are cut at a slash into name and prefix."""
    if len(name) <= 100:  # noqa: PLR2004  the size of the field
        return name, b""
    cut = name.rfind(b"/", 0, 156)
    return name[cut + 1 :][:100], name[: max(cut, 0)]
