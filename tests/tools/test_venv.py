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

CLOUDS = ".venv/clouds"


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
    (folder / "requirements-clouds.txt").write_text(f"-r requirements-dev.txt\n{wheel(tmp_path, 'three')}")
    monkeypatch.setenv("TRADEWIND_CACHE", str(tmp_path / "cache"))
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


def ensure_clouds(checkout: Path) -> str:
    """Make the environment with the packages of the clouds and return what was said. Of .venv the folder is enough."""
    (checkout / ".venv").mkdir(exist_ok=True)
    out = io.StringIO()
    venv.ensure_clouds(Progress(out), checkout)
    return out.getvalue()


def start(checkout: Path, template: Path, made: str = "ensure") -> subprocess.Popen[str]:
    """A run in a process of its own."""
    program = (
        "import pathlib, sys\n"
        "from tests.tools.test_venv import copy, venv\n"
        "from tools.toolchain.progress import Progress\n"
        "venv.venv.create = copy(pathlib.Path(sys.argv[1]))\n"
        "getattr(venv, sys.argv[3])(Progress(), checkout=pathlib.Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", program, str(template), str(checkout), made]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)


def versions(checkout: Path, environment: str = ".venv") -> str:
    """The versions of the packages one, two and three, as an environment's Python sees them."""
    program = (
        "from importlib import import_module\n"
        "for name in ('one', 'two', 'three'):\n"
        "    try: print(name, import_module(name).version)\n"
        "    except ImportError: pass\n"
    )
    command = [checkout / environment / "bin" / "python", "-c", program]
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


def test_that_of_the_clouds_is_beside_the_other_and_made_once(checkout: Path) -> None:
    ensure(checkout, dev=True)
    assert ensure_clouds(checkout) == "Python packages of requirements-clouds.txt ...\n"
    assert versions(checkout, CLOUDS) == "one 1.0\ntwo 1.0\nthree 1.0\n"
    # The engine would look for the plugin of each package in .venv itself.
    assert versions(checkout) == "one 1.0\ntwo 1.0\n"
    assert (checkout / CLOUDS).resolve() == venv.clouds_folder(checkout)
    assert venv.site_packages(checkout / CLOUDS).is_dir()
    assert ensure_clouds(checkout) == ""


def test_other_requirements_lead_to_another_one_of_the_clouds(checkout: Path, tmp_path: Path) -> None:
    ensure_clouds(checkout)
    before = (checkout / CLOUDS).resolve()
    (checkout / "requirements-clouds.txt").write_text(f"-r requirements-dev.txt\n{wheel(tmp_path, 'three', '1.1')}")
    assert ensure_clouds(checkout) == "Python packages of requirements-clouds.txt ...\n"
    assert versions(checkout, CLOUDS) == "one 1.0\ntwo 1.0\nthree 1.1\n"
    # Another checkout may still have the old requirements.
    assert before != (checkout / CLOUDS).resolve()
    assert before.is_dir()


@pytest.mark.parametrize("changed", ["requirements.txt", "requirements-dev.txt", "requirements-clouds.txt"])
def test_that_of_the_clouds_is_of_all_requirements(checkout: Path, changed: str) -> None:
    before = venv.clouds_folder(checkout)
    with (checkout / changed).open("a") as file:
        file.write("more==1.0\n")
    assert venv.clouds_folder(checkout) != before


def test_checkouts_with_the_same_requirements_share_that_of_the_clouds(checkout: Path, tmp_path: Path) -> None:
    ensure_clouds(checkout)
    other = tmp_path / "other"
    other.mkdir()
    for file in checkout.glob("requirements*.txt"):
        (other / file.name).write_text(file.read_text())
    assert ensure_clouds(other) == ""
    assert (other / CLOUDS).resolve() == (checkout / CLOUDS).resolve()


def test_the_way_to_that_of_the_clouds_is_made_again(checkout: Path, tmp_path: Path) -> None:
    ensure_clouds(checkout)
    link = checkout / CLOUDS
    for broken in (None, tmp_path / "elsewhere"):
        link.unlink()
        if broken:
            link.symlink_to(broken)
        assert ensure_clouds(checkout) == ""
        assert link.resolve() == venv.clouds_folder(checkout)
    assert [each.name for each in link.parent.glob("*clouds*")] == ["clouds"]


def test_an_install_of_the_clouds_that_fails_is_explained_and_redone(checkout: Path) -> None:
    good = (checkout / "requirements-clouds.txt").read_text()
    (checkout / "requirements-clouds.txt").write_text(f"{good}no-such-package==1.0\n")
    with pytest.raises(ToolchainError, match=r"^Python packages of requirements-clouds\.txt could not be installed"):
        ensure_clouds(checkout)
    assert not (checkout / CLOUDS).exists()
    (checkout / "requirements-clouds.txt").write_text(good)
    ensure_clouds(checkout)
    assert versions(checkout, CLOUDS) == "one 1.0\ntwo 1.0\nthree 1.0\n"


def test_one_of_the_clouds_that_was_left_half_made_is_begun_anew(checkout: Path) -> None:
    ensure_clouds(checkout)
    folder = venv.clouds_folder(checkout)
    (folder / ".made-of").write_text("unfinished")
    (venv.site_packages(folder) / "three.py").unlink()
    assert ensure_clouds(checkout) == "Python packages of requirements-clouds.txt ...\n"
    assert versions(checkout, CLOUDS) == "one 1.0\ntwo 1.0\nthree 1.0\n"


def test_two_runs_at_once_make_that_of_the_clouds_once(checkout: Path, template: Path) -> None:
    (checkout / ".venv").mkdir()
    runs = [start(checkout, template, "ensure_clouds") for _ in range(2)]
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert "".join(said).count("Python packages of") == 1
    assert versions(checkout, CLOUDS) == "one 1.0\ntwo 1.0\nthree 1.0\n"
