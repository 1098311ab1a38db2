"""Tools that are already installed: found on PATH and taken only in exactly the pinned version.

Reads: PATH, and what the programs say of their own version.
Makes: copies of the programs, so that a later upgrade of the host changes nothing here.
"""

import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

from tools.paths import cache_root
from tools.toolchain.errors import Unavailable
from tools.toolchain.recipes import Program, Tool

_PROBE_SECONDS = 20
_INTERPRETER_SEGMENT = 3  # PT_INTERP: the program asks for a dynamic linker.


def take_installed(tool: Tool, folder: Path) -> None:
    """Copy an installed tool into `folder`.

    A program that can't say its version is taken from beside the first one.

    Raises:
        Unavailable: if a program is missing, in another version, or not static where it must be.
    """
    if tool.programs[0].probe is None:
        raise Unavailable("an installed one can't say its version")
    found: dict[str, Path] = {}
    for program in tool.programs:
        found[program.name] = _find(tool, program, beside=found.get(tool.programs[0].name))
    for name, path in found.items():
        shutil.copy(path, folder / name)


def _find(tool: Tool, program: Program, beside: Path | None) -> Path:
    if program.probe is None and beside is not None:
        companion = beside.parent / program.name
        if not companion.is_file():
            raise Unavailable(f"{program.name} is not in {beside.parent}")
        return companion
    location = shutil.which(program.name, path=_search_path())
    if location is None:
        raise Unavailable(f"{program.name} is not on PATH")
    path = Path(location).resolve()
    check_version(tool, program, path)
    if tool.portable and not _is_static(path):
        raise Unavailable(f"{path} needs libraries of this host, so that it would not run in a machine")
    return path


def _search_path() -> str:
    """PATH without the cache: its programs belong to other pins."""
    entries = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if not Path(entry).is_relative_to(cache_root()))


def check_version(tool: Tool, program: Program, path: Path) -> None:
    """Ask a program for its version; one that can't say it passes.

    Raises:
        Unavailable: if it does not start or does not say the pinned version.
    """
    if program.probe is None:
        return
    try:
        answer = subprocess.run(
            [str(path), *program.probe],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PROBE_SECONDS,
            check=False,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unavailable(f"{path} does not run: {problem}") from problem
    # 1.5.2 must not match 1.5.20, 11.5.2 or 1.5.2-rc.1.
    if not re.search(rf"(?<![\w.])v?{re.escape(tool.version)}(?![\w.+-])", answer):
        said = answer.strip().splitlines()
        raise Unavailable(f"{path} is not version {tool.version} (it says: {said[0][:80] if said else 'nothing'})")


def _is_static(path: Path) -> bool:
    """Whether a 64-bit little-endian ELF file starts without a dynamic linker."""
    with path.open("rb") as file:
        header = file.read(64)
        if header[:6] != b"\x7fELF\x02\x01":
            return False
        (offset,) = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        table = file.read(size * count)
    kinds = (struct.unpack_from("<I", table, index * size)[0] for index in range(count))
    return _INTERPRETER_SEGMENT not in kinds
