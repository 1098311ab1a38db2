"""Installing the project's own plugins into a PULUMI_HOME.

Reads: this package's code and requirements.txt; the package index that pip is set up for.
Makes: `install` and `install_recording`, which fill `<PULUMI_HOME>/plugins/resource-<name>-v<version>/`, and in the
cache the packages that the plugins run on, shared by all of them.

Standard library only. Safe against interruption and other runs: folders are made under another name and renamed, and
their names hold a digest of what is in them, so that a newer checkout makes new ones and running plugins keep theirs.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.paths import CHECKOUT, cache_root, locks_dir
from tools.plugins.versions import CLOUD_VERSIONS, VERSIONS

PACKAGE = Path(__file__).resolve().parent
REQUIREMENTS = PACKAGE / "requirements.txt"
MARK = "# Tradewind's own plugin, for where the official one cannot be downloaded."
_RECORDING = "recording"
SKIPPED = ("__pycache__", "generate")
"""Folders of a plugin that are not part of the process: caches, and programs that made its data files."""
OLD_CODE_SECONDS = 24 * 3600
"""Code of other checkouts is kept this long: a run of the engine may still load modules from it."""


class PluginInstallError(RuntimeError):
    """The plugins cannot be installed; the message says what was tried and what to do."""


def install(pulumi_home: Path, names: Sequence[str]) -> None:
    """Install the named plugins; an official plugin that is there already is left alone.

    Raises PluginInstallError when their packages cannot be installed, KeyError for a name that is not in VERSIONS.
    """
    for name in names:
        if name not in VERSIONS:
            raise KeyError(name)
    wanted = [name for name in names if not _is_official(executable(pulumi_home, name))]
    _install(pulumi_home, [_Process(name, name) for name in wanted])


def install_recording(pulumi_home: Path, names: Sequence[str], sdks: Path) -> None:
    """Install the plugin that records in the place of each named one.

    Args:
        pulumi_home: a PULUMI_HOME for nothing else: a program that uses it deploys nothing.
        names: names in VERSIONS or CLOUD_VERSIONS.
        sdks: folder of installed Python packages, with those of the named plugins.

    Raises PluginInstallError when the packages it runs on cannot be installed.
    """
    kept = cache_root() / "plugins" / f"descriptions-{_digest(_sources(_RECORDING))}"
    variables = {"TRADEWIND_SDKS": str(sdks), "TRADEWIND_DESCRIPTIONS": str(kept)}
    _install(pulumi_home, [_Process(name, _RECORDING, {**variables, "TRADEWIND_RECORDED": name}) for name in names])


@dataclass(frozen=True)
class _Process:
    """What runs as a plugin: the package of `tools.plugins`, and variables for it."""

    name: str
    package: str
    variables: Mapping[str, str] = field(default_factory=dict)


def _install(pulumi_home: Path, processes: Sequence[_Process]) -> None:
    if not processes:
        return
    python, pip = _python_with_pip()
    with _lock("plugins"):
        site_packages = _packages(python, pip)
        for process in processes:
            _install_one(pulumi_home, process, python, site_packages)


def executable(pulumi_home: Path, name: str) -> Path:
    """Where the engine looks for a plugin."""
    folder = pulumi_home / "plugins" / f"resource-{name}-v{(VERSIONS | CLOUD_VERSIONS)[name]}"
    return folder / f"pulumi-resource-{name}"


def is_stand_in(path: Path) -> bool:
    """Whether the executable is one that `install` made."""
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(256)
    except FileNotFoundError:
        return False


def _is_official(path: Path) -> bool:
    return path.exists() and not is_stand_in(path)


def _install_one(pulumi_home: Path, process: _Process, python: Path, site_packages: Path) -> None:
    target = executable(pulumi_home, process.name)
    code = target.parent / f"code-{_digest(_sources(process.package))}"
    if not code.is_dir():
        with _made_whole(code) as folder:
            _copy(process.package, folder)
            subprocess.run([python, "-I", "-m", "compileall", "-q", folder], check=True)
    command = [python, "-I", "-S", code / "tools/plugins/base/main.py", site_packages, process.package]
    variables = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in process.variables.items())
    text = f'#!/bin/sh\n{MARK}\n{variables}exec {shlex.join(map(str, command))} "$@"\n'
    if not target.exists() or target.read_text() != text:
        _write_executable(target, text)
    for other in target.parent.glob("code-*"):
        if other != code and time.time() - other.stat().st_mtime > OLD_CODE_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _write_executable(target: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False) as file:
        file.write(text)
    temporary = Path(file.name)
    temporary.chmod(0o755)
    temporary.replace(target)


def _sources(name: str) -> list[Path]:
    """Every file of the plugin's process, relative to the checkout, in a fixed order."""
    roots = [PACKAGE / "base", PACKAGE / name]
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    own = [path for path in files if not set(path.relative_to(PACKAGE).parts) & set(SKIPPED)]
    own += [PACKAGE / "__init__.py", PACKAGE / "versions.py", PACKAGE.parent / "__init__.py"]
    return sorted(path.relative_to(CHECKOUT) for path in own)


def _copy(name: str, folder: Path) -> None:
    for path in _sources(name):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / path, target)


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = (CHECKOUT / path).read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _packages(python: Path, pip: list[str]) -> Path:
    """Return the folder with the packages that the plugins run on, installed if it is not there yet."""
    version = subprocess.run([python, "-I", "-c", "import sys; print(sys.version)"], capture_output=True, check=True)
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + version.stdout).hexdigest()[:16]
    folder = cache_root() / "plugins" / f"packages-{key}"
    if folder.is_dir():
        return folder
    with _made_whole(folder) as temporary:
        options = [
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-warn-conflicts",
            "--disable-pip-version-check",
            "--quiet",
        ]
        command = [*pip, "install", *options, "--target", str(temporary), "--requirement", str(REQUIREMENTS)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise PluginInstallError(
                f"The packages of the Pulumi plugins could not be installed with `{shlex.join(command)}`:\n"
                f"{result.stderr.strip()}\n"
                "Check that pip can reach a package index (PIP_INDEX_URL), or install the official plugins with "
                "`pulumi plugin install` where https://get.pulumi.com can be reached."
            )
    return folder


def _python_with_pip() -> tuple[Path, list[str]]:
    """Return a Python outside of any virtual environment, and the command of a pip for the same version.

    A system Python may have no pip (Debian); the project's virtual environment always has.
    """
    tried = [Path(sys.executable), CHECKOUT / ".venv/bin/python"]
    for candidate in tried:
        probe = "import sys, pip; print(sys._base_executable or sys.executable)"
        try:
            found = subprocess.run([candidate, "-c", probe], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if found.returncode == 0:
            return Path(found.stdout.strip()).resolve(), [str(candidate), "-m", "pip"]
    raise PluginInstallError(
        f"No pip was found with {' or '.join(map(str, tried))}: the project's own Pulumi plugins need it. "
        "Install it (on Debian: apt-get install python3-venv) and run the setup again."
    )


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """Give a folder to fill that becomes `folder` in one step, or leaves nothing behind."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for stale in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        temporary.chmod(0o755)
        yield temporary
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Keep other runs of this user out; the lock goes with the process."""
    locks_dir().mkdir(parents=True, exist_ok=True)
    descriptor = os.open(locks_dir() / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
