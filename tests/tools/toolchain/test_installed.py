"""Installed tools count only in exactly the pinned version."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tools.toolchain.support import VERSION, demo, write_program
from tools.toolchain.errors import Unavailable
from tools.toolchain.installed import take_installed
from tools.toolchain.recipes import Program, Tool


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def taken(tmp_path: Path, tool: Tool) -> list[str]:
    folder = tmp_path / "out"
    folder.mkdir()
    take_installed(tool, folder)
    return sorted(entry.name for entry in folder.iterdir())


def refused(tmp_path: Path, tool: Tool) -> str:
    with pytest.raises(Unavailable) as problem:
        take_installed(tool, tmp_path)
    return str(problem.value)


def test_the_right_version_is_copied(path: Path, tmp_path: Path) -> None:
    write_program(path / "demo")
    assert taken(tmp_path, demo()) == ["demo"]
    (path / "demo").unlink()
    done = subprocess.run([tmp_path / "out" / "demo"], check=True, capture_output=True)
    assert done.stdout == b"demo version 1.2.3\n"


@pytest.mark.parametrize("version", ["1.2.3", "v1.2.3", "v1.2.3, build 7", "demo-1.2.3"])
def test_a_version_is_recognised_as_programs_say_it(path: Path, tmp_path: Path, version: str) -> None:
    write_program(path / "demo", f"'{version}'")
    assert taken(tmp_path, demo()) == ["demo"]


@pytest.mark.parametrize("version", ["1.2.4", "1.2.30", "11.2.3", "0.1.2.3", "1.2.3-rc.1", "1.2.3+k3s1", "1.2.3.1", ""])
def test_another_version_is_refused(path: Path, tmp_path: Path, version: str) -> None:
    write_program(path / "demo", version)
    said = f"demo version {version}".strip()
    assert refused(tmp_path, demo()) == f"{path / 'demo'} is not version {VERSION} (it says: {said})"


def test_a_program_that_is_not_there_is_named(path: Path, tmp_path: Path) -> None:
    assert refused(tmp_path, demo()) == "demo is not on PATH"


def test_every_program_of_a_tool_must_be_there(path: Path, tmp_path: Path) -> None:
    write_program(path / "demo")
    tool = Tool("demo", VERSION, (Program("demo"), Program("democtl")), portable=False)
    assert refused(tmp_path, tool) == "democtl is not on PATH"
    assert not (tmp_path / "demo").exists()


def test_a_companion_is_taken_from_beside_the_first_program(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write_program(elsewhere / "demo")
    write_program(path / "demo-companion")
    (path / "demo").symlink_to(elsewhere / "demo")
    tool = Tool("demo", VERSION, (Program("demo"), Program("demo-companion", None)), portable=False)
    assert refused(tmp_path, tool) == f"demo-companion is not in {elsewhere}"
    write_program(elsewhere / "demo-companion")
    assert taken(tmp_path, tool) == ["demo", "demo-companion"]


def test_programs_in_the_cache_do_not_count(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(cache / "bin" / "other-key" / "demo")
    monkeypatch.setenv("PATH", f"{cache / 'bin' / 'other-key'}{os.pathsep}{os.environ['PATH']}")
    assert refused(tmp_path, demo()) == "demo is not on PATH"


def test_programs_in_a_folder_named_like_the_cache_count(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(Path(f"{cache}-of-mine") / "demo")
    monkeypatch.setenv("PATH", f"{cache}-of-mine{os.pathsep}{os.environ['PATH']}")
    assert taken(tmp_path, demo()) == ["demo"]


def test_what_goes_into_machines_must_be_static(path: Path, tmp_path: Path) -> None:
    source = tmp_path / "demo.c"
    source.write_text(f'#include <stdio.h>\nint main(void) {{ puts("{VERSION}"); return 0; }}\n')
    portable = Tool("demo", VERSION, (Program("demo"),))
    subprocess.run(["gcc", "-o", path / "demo", source], check=True)
    assert refused(tmp_path, portable) == (
        f"{path / 'demo'} needs libraries of this host, so that it would not run in a machine"
    )
    subprocess.run(["gcc", "-static", "-o", path / "demo", source], check=True)
    assert taken(tmp_path, portable) == ["demo"]


def test_a_script_is_not_static(path: Path, tmp_path: Path) -> None:
    write_program(path / "demo")
    assert "needs libraries" in refused(tmp_path, Tool("demo", VERSION, (Program("demo"),)))


def test_a_program_that_can_not_run_is_refused(path: Path, tmp_path: Path) -> None:
    write_program(path / "demo").write_text("#!/no/such/interpreter\n")
    assert shutil.which("demo") == str(path / "demo")
    assert refused(tmp_path, demo()).startswith(f"{path / 'demo'} does not run: ")
