"""The checkout's virtual environment, and the one with the clouds' packages.

Reads: requirements.txt, or requirements-dev.txt for tests and checks; requirements-clouds.txt.
Makes: .venv/, redone when what it was made of changes; in the cache one with the packages of the clouds, to which
.venv/clouds leads. Safe to interrupt and to run twice at once.

The clouds' packages are not in .venv: the engine looks at every run for the plugin of each Pulumi package there.
"""

import hashlib
import os
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
_FILES = {
    "run": ("requirements.txt",),
    "dev": ("requirements.txt", "requirements-dev.txt"),
    "clouds": ("requirements.txt", "requirements-dev.txt", "requirements-clouds.txt"),
}
_CLOUDS_LINK = "clouds"


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
        _make(folder, checkout, "dev" if dev else "run", progress)


def ensure_clouds(progress: Progress, checkout: Path = paths.CHECKOUT) -> None:
    """Make the environment with the packages of the clouds; needs .venv.

    Raises:
        ToolchainError: if packages cannot be installed; the text ends with pip's own words.
    """
    folder = clouds_folder(checkout)
    lock = paths.locks_dir() / f"clouds-{folder.name}.lock"
    with locked(lock, lambda: progress.say("waiting for another run's packages of the clouds")):
        if _made_of(folder) != _digest(checkout, "clouds"):
            _make(folder, checkout, "clouds", progress)
    link = checkout / ".venv" / _CLOUDS_LINK
    if not link.is_symlink() or link.readlink() != folder:
        # In one step, for the runs beside this one.
        temporary = link.with_name(f".{_CLOUDS_LINK}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(folder)
        temporary.replace(link)


def clouds_folder(checkout: Path = paths.CHECKOUT) -> Path:
    """The environment with the packages of the clouds, shared by all checkouts with the same requirements."""
    return paths.cache_root() / "clouds" / _digest(checkout, "clouds")[:16]


def site_packages(folder: Path) -> Path:
    """Where an environment has its packages."""
    (found,) = folder.glob("lib/python3*/site-packages")
    return found


def _make(folder: Path, checkout: Path, kind: str, progress: Progress) -> None:
    requirements = checkout / _FILES[kind][-1]
    with progress.step(f"Python packages of {requirements.name}"):
        # pip takes a package that it has half installed for a whole one: then only a new start helps.
        if _made_of(folder) == _UNFINISHED or not _works(folder):
            venv.create(folder, with_pip=True, clear=True)
        (folder / ".made-of").write_text(_UNFINISHED)
        # Of the thousands of modules of the clouds few are ever imported.
        _install(folder, requirements, *(["--no-compile"] if kind == "clouds" else []))
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


def _install(folder: Path, requirements: Path, *options: str) -> None:
    pip = [str(folder / "bin/python"), "-m", "pip"]
    install = [*pip, "install", "--quiet", "--disable-pip-version-check", *options, "-r", str(requirements)]
    command = with_parent(install)
    result = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        last = "\n".join(result.stdout.splitlines()[-8:])
        raise ToolchainError(
            f"Python packages of {requirements.name} could not be installed with pip:\n{last}\n"
            "Check the network or the index that pip is set up for, then run this again."
        )
