"""Debian packages: what is missing is installed where that is allowed, and named where it is not."""

import io
import os
from pathlib import Path

import pytest

from tools.toolchain import packages
from tools.toolchain.errors import ToolchainError
from tools.toolchain.packages import ensure, missing
from tools.toolchain.pins import TOOLS
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import CBuild, GoBuild

# An apt-get that knows a package `demo` with a program of that name, once its lists are new.
APT_GET = """#!/bin/sh
echo "$*" >> {folder}/calls
case $1 in
update) touch {folder}/updated ;;
install)
    if [ ! -e {folder}/updated ]; then echo "E: Unable to locate package"; exit 100; fi
    case " $* " in *" demo "*) echo '#!/bin/sh' > {folder}/demo-program; chmod +x {folder}/demo-program ;; esac ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs besides the shell's, and a table of two packages."""
    evidence = {"demo": "demo-program", "demo-dev": str(tmp_path / "demo.h")}
    monkeypatch.setattr(packages, "EVIDENCE", evidence)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setattr("shutil.which", lambda name: found if (found := tmp_path / name).exists() else None)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    return tmp_path


def add_apt_get(folder: Path) -> None:
    (folder / "apt-get").write_text(APT_GET.format(folder=folder))
    (folder / "apt-get").chmod(0o755)


def ensured(*names: str) -> str:
    out = io.StringIO()
    ensure(names, "the tests", Progress(out))
    return out.getvalue()


def refused(*names: str) -> str:
    with pytest.raises(ToolchainError) as problem:
        ensured(*names)
    return str(problem.value)


def test_a_program_or_a_file_shows_that_a_package_is_there(path: Path) -> None:
    assert missing(["demo", "demo-dev"]) == ["demo", "demo-dev"]
    (path / "demo-program").touch()
    (path / "demo.h").touch()
    assert missing(["demo", "demo-dev"]) == []


def test_nothing_is_asked_of_apt_when_nothing_is_missing(path: Path) -> None:
    add_apt_get(path)
    (path / "demo-program").touch()
    assert ensured("demo") == ""
    assert not (path / "calls").exists()


def test_root_on_debian_gets_what_is_missing_after_one_line(path: Path) -> None:
    add_apt_get(path)
    assert ensured("demo") == "Debian packages: installing demo with apt-get (needed for the tests) ...\n"
    calls = [call.split() for call in (path / "calls").read_text().splitlines()]
    assert [call[0] for call in calls] == ["install", "update", "install"]
    assert calls[-1][-1] == "demo"
    assert (path / "demo-program").exists()


def test_a_package_that_apt_can_not_bring_is_named_with_apt_s_words(path: Path) -> None:
    add_apt_get(path)
    (path / "apt-get").write_text("#!/bin/sh\necho no space left on device\nexit 100\n")
    assert refused("demo") == (
        "`apt-get install demo` (needed for the tests) did not bring demo:\nno space left on device"
    )


def test_others_are_told_the_command(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_apt_get(path)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert refused("demo", "demo-dev") == (
        "missing on this host, needed for the tests: demo demo-dev.\n"
        "Run `sudo apt-get install demo demo-dev`, then run this again."
    )
    assert not (path / "calls").exists()


def test_other_systems_are_told_the_names(path: Path) -> None:
    assert refused("demo") == (
        "missing on this host, needed for the tests: demo (Debian's names).\n"
        "Install your distribution's packages of these, then run this again."
    )


def test_every_package_that_something_asks_for_is_in_the_table() -> None:
    builds = [build for tool in TOOLS for build in tool.builds]
    asked = {name for build in builds if isinstance(build, GoBuild | CBuild) for name in build.debian}
    assert asked | set(packages.FOR_MACHINES) <= packages.EVIDENCE.keys()
