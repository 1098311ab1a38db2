"""`python3 -m tools.run`, in a small checkout of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.paths import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Only what the command needs: it finds everything from where it is itself."""
    folder = tmp_path / "checkout"
    (folder / "tools").mkdir(parents=True)
    for name in ("__init__.py", "paths.py", "environment.py", "run.py"):
        shutil.copy(CHECKOUT / "tools" / name, folder / "tools" / name)
    shutil.copytree(CHECKOUT / "tools" / "toolchain", folder / "tools" / "toolchain")
    return folder


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    variables = {"HOME": str(checkout.parent), "PATH": os.environ["PATH"], "TRADEWIND_CACHE": str(checkout / "cache")}
    arguments = [sys.executable, "-m", "tools.run", *command]
    return subprocess.run(arguments, cwd=checkout, env=variables, capture_output=True, text=True, check=False)


def set_up(checkout: Path) -> Path:
    """What `make setup` would leave, empty; the tool folder."""
    where = "from tools.paths import bin_dir; print(bin_dir())"
    variables = {**os.environ, "TRADEWIND_CACHE": str(checkout / "cache")}
    asked = subprocess.run([sys.executable, "-c", where], cwd=checkout, env=variables, capture_output=True, check=True)
    tools = Path(asked.stdout.decode().strip())
    tools.mkdir(parents=True)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tools


def write_script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_command_runs_in_the_environment_with_its_arguments_and_status(checkout: Path) -> None:
    write_script(set_up(checkout) / "pulumi", 'printf "%s\\n" "$PULUMI_BACKEND_URL" "$@"; exit 7')
    done = run(checkout, "pulumi", "up", "--message", "two words")
    backend = f"file://{checkout}/.state/backend?metadata=skip"
    assert done.stdout.splitlines() == [backend, "up", "--message", "two words"]
    assert done.returncode == 7


def test_the_virtual_environment_comes_before_the_tools_and_both_before_the_rest(checkout: Path) -> None:
    tools = set_up(checkout)
    for name in ("ls", "one"):
        write_script(tools / name, "echo tools")
    write_script(checkout / ".venv" / "bin" / "one", "echo venv")
    assert [run(checkout, name).stdout for name in ("one", "ls")] == ["venv\n", "tools\n"]


def test_before_setup_it_says_what_to_do(checkout: Path) -> None:
    done = run(checkout, "pulumi", "up")
    assert (done.returncode, done.stderr) == (1, "error: this checkout is not set up; run `make setup` first\n")
    assert not (checkout / ".state").exists()


def test_an_unknown_command_is_named(checkout: Path) -> None:
    set_up(checkout)
    done = run(checkout, "no-such-command")
    wanted = "error: no-such-command is not in the project's environment nor on PATH\n"
    assert (done.returncode, done.stderr) == (127, wanted)


def test_a_lost_passphrase_is_one_message(checkout: Path) -> None:
    set_up(checkout)
    stack = checkout / ".state" / "backend" / ".pulumi" / "stacks" / "demo.json"
    stack.parent.mkdir(parents=True)
    stack.write_text("{}")
    done = run(checkout, "true")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {checkout}/.state/passphrase is missing")


def test_without_a_command_it_shows_its_use(checkout: Path) -> None:
    assert run(checkout).returncode == 2


def test_an_older_python_is_told_at_once() -> None:
    program = "import sys; sys.version_info = (3, 10, 12); sys.version = '3.10.12 (main)'; import tools.cluster"
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: Tradewind needs Python 3.11 to 3.13; this is 3.10.12\n")
