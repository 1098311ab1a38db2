"""The checkout's virtual environment.

Reads: requirements.txt, or requirements-dev.txt for tests and checks.
Makes: .venv/, redone when what it was made of changes. Safe to interrupt and to run twice at once.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from tools import paths
from tools.toolchain.errors import ToolchainError
from tools.toolchain.locks import locked
from tools.toolchain.process import with_parent
from tools.toolchain.progress import Progress

_UNFINISHED = "unfinished"
_FILES = {"run": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}


def ensure(progress: Progress, *, dev: bool = False, checkout: Path = paths.CHECKOUT) -> None:
    """Make .venv hold what the library needs, and with `dev` what tests and checks need.

    Raises:
        ToolchainError: if packages cannot be installed; the text ends with pip's own words.
    """
    folder = checkout / ".venv"
    with locked(paths.state_dir(checkout) / "venv.lock", lambda: progress.say("waiting for another run's .venv")):
        made_of = _made_of(folder)
        if made_of in _accepted(checkout, dev=dev):
            return
        kind = "dev" if dev else "run"
        with progress.step(f"Python packages of {_FILES[kind][-1]}"):
            # pip takes a package that it has half installed for a whole one: then only a new start helps.
            if made_of == _UNFINISHED or not _works(folder):
                venv.create(folder, with_pip=True, clear=True)
            (folder / ".made-of").write_text(_UNFINISHED)
            _install(folder, checkout / _FILES[kind][-1])
            (folder / ".made-of").write_text(_digest(checkout, kind))


def _made_of(folder: Path) -> str:
    """What .venv is made of; empty if this module has not made it."""
    try:
        return (folder / ".made-of").read_text()
    except FileNotFoundError:
        return ""


def _accepted(checkout: Path, *, dev: bool) -> tuple[str, ...]:
    """What .venv may be made of: an environment for tests serves programs too."""
    kinds = ("dev",) if dev else ("run", "dev")
    return tuple(_digest(checkout, kind) for kind in kinds)


def _digest(checkout: Path, kind: str) -> str:
    digest = hashlib.sha256(f"{kind} {sys.version}".encode())
    for name in _FILES[kind]:
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest()


def _works(folder: Path) -> bool:
    """Whether the environment is whole and of this Python."""
    version = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    try:
        return subprocess.run([folder / "bin/python", "-c", version], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(folder: Path, requirements: Path) -> None:
    pip = [str(folder / "bin/python"), "-m", "pip"]
    install = [*pip, "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    command = with_parent(install)
    result = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        last = "\n".join(result.stdout.splitlines()[-8:])
        raise ToolchainError(
            f"Python packages of {requirements.name} could not be installed with pip:\n{last}\n"
            "Check the network or the index that pip is set up for, then run this again."
        )
