"""The virtual environment, made of small packages on disk."""

import base64
import hashlib
import io
import os
import select
import shutil
import subprocess
import sys
import venv as standard
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import venv
from tools.paths import CHECKOUT
from tools.toolchain.errors import ToolchainError
from tools.toolchain.progress import Progress


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip alone: made once, because that takes seconds."""
    folder = tmp_path_factory.mktemp("template") / ".venv"
    standard.create(folder, with_pip=True)
    return folder


def copy(template: Path) -> Callable[..., None]:
    """What stands in for the standard library's venv.create."""

    def create(folder: Path, *, with_pip: bool, clear: bool) -> None:
        assert with_pip
        assert clear
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder, symlinks=True)

    return create


@pytest.fixture
def checkout(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(venv.venv, "create", copy(template))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "requirements.txt").write_text(wheel(tmp_path, "one"))
    (folder / "requirements-dev.txt").write_text(f"-r requirements.txt\n{wheel(tmp_path, 'two')}")
    return folder


def wheel(folder: Path, name: str, version: str = "1.0") -> str:
    """A line of requirements.txt for a package with one module that holds its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {path: hashlib.sha256(text.encode()).digest() for path, text in files.items()}
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')},{len(files[path].encode())}\n"
        for path, digest in digests.items()
    )
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return f"{file}\n"


def ensure(checkout: Path, *, dev: bool = False) -> str:
    """Make it and return what was said."""
    out = io.StringIO()
    venv.ensure(Progress(out), dev=dev, checkout=checkout)
    return out.getvalue()


def start(checkout: Path, template: Path) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    program = (
        "import pathlib, sys\n"
        "from tests.tools.test_venv import copy, venv\n"
        "from tools.toolchain.progress import Progress\n"
        "venv.venv.create = copy(pathlib.Path(sys.argv[1]))\n"
        "venv.ensure(Progress(), checkout=pathlib.Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", program, str(template), str(checkout)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)


def versions(checkout: Path) -> str:
    """The versions of the packages one and two, as the environment's Python sees them."""
    program = (
        "from importlib import import_module\n"
        "for name in ('one', 'two'):\n"
        "    try: print(name, import_module(name).version)\n"
        "    except ImportError: pass\n"
    )
    command = [checkout / ".venv" / "bin" / "python", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_is_made_once_and_again_for_what_has_changed(checkout: Path, tmp_path: Path) -> None:
    assert ensure(checkout) == "Python packages of requirements.txt ...\n"
    assert versions(checkout) == "one 1.0\n"
    assert ensure(checkout) == ""
    assert ensure(checkout, dev=True) == "Python packages of requirements-dev.txt ...\n"
    assert versions(checkout) == "one 1.0\ntwo 1.0\n"
    assert ensure(checkout) + ensure(checkout, dev=True) == ""
    (checkout / "requirements.txt").write_text(wheel(tmp_path, "one", "1.1"))
    assert ensure(checkout) == "Python packages of requirements.txt ...\n"
    assert versions(checkout) == "one 1.1\ntwo 1.0\n"


def test_one_that_does_not_run_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    ensure(checkout)
    assert versions(checkout) == "one 1.0\n"


def test_an_install_that_fails_is_explained_and_redone(checkout: Path, tmp_path: Path) -> None:
    (checkout / "requirements.txt").write_text("no-such-package==1.0\n")
    with pytest.raises(ToolchainError) as problem:
        ensure(checkout)
    text = str(problem.value)
    assert text.startswith("Python packages of requirements.txt could not be installed with pip:\n")
    assert "No matching distribution found for no-such-package==1.0" in text
    assert text.endswith("Check the network or the index that pip is set up for, then run this again.")
    (checkout / "requirements.txt").write_text(wheel(tmp_path, "one"))
    ensure(checkout)
    assert versions(checkout) == "one 1.0\n"


def test_two_runs_at_once_make_it_once(checkout: Path, template: Path) -> None:
    runs = [start(checkout, template) for _ in range(2)]
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert "".join(said).count("Python packages of") == 1
    assert versions(checkout) == "one 1.0\n"


def test_a_killed_install_is_begun_anew(checkout: Path, template: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    stuck = tmp_path / "stuck"
    stuck.mkdir()
    # A package whose build does not end: it tells its process, then waits for something that nobody writes.
    backend = f"import os\nopen({str(pipe)!r}, 'w').write(str(os.getppid()))\nopen({str(pipe)!r}).read()\n"
    (stuck / "backend.py").write_text(backend)
    settings = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (stuck / "pyproject.toml").write_text(settings)
    good = (checkout / "requirements.txt").read_text()
    (checkout / "requirements.txt").write_text(f"{stuck}\n")
    run = start(checkout, template)
    pip = os.pidfd_open(int(pipe.read_text()))
    half_installed(checkout)
    run.kill()
    run.communicate()
    assert select.select([pip], [], [], 30)[0], "pip has outlived the run"
    os.close(pip)
    # Lets the build end, if it has not.
    os.close(os.open(pipe, os.O_RDWR))
    (checkout / "requirements.txt").write_text(good)
    ensure(checkout)
    assert versions(checkout) == "one 1.0\n"


def half_installed(checkout: Path) -> None:
    """What pip leaves when it is killed after writing a package's metadata: it would not install it again."""
    (packages,) = (checkout / ".venv" / "lib").glob("python3*/site-packages")
    info = packages / "one-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: one\nVersion: 1.0\n")
