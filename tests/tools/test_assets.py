"""Writing a map of files to a folder and removing it again, also when interrupted."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import assets
from tools.assets import remove, write
from tools.paths import CHECKOUT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "above" / "assets"


def content(folder: Path) -> dict[str, str]:
    """Every file in the folder but the list."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_text() for name, path in found.items() if name != ".written"}


def test_files_are_written_for_their_owner_only(folder: Path) -> None:
    write(folder, {"a": "A\n", "tls/deep/b": "B"})
    assert content(folder) == {"a": "A\n", "tls/deep/b": "B"}
    files = [path for path in folder.rglob("*") if path.is_file()]
    folders = [folder, folder / "tls", folder / "tls" / "deep"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


def test_a_file_that_others_could_read_is_closed(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "a").write_text("old")
    (folder / "a").chmod(0o644)
    write(folder, {"a": "new"})
    assert (folder / "a").stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (tmp_path / "outside").write_text("kept")
    (folder / "a").symlink_to(tmp_path / "outside")
    write(folder, {"a": "new"})
    assert (tmp_path / "outside").read_text() == "kept"
    assert content(folder) == {"a": "new"}


def test_a_second_write_brings_exactly_its_files(folder: Path) -> None:
    write(folder, {"a": "1", "gone": "1", "tls/gone": "1"})
    write(folder, {"a": "2", "b": "2"})
    assert content(folder) == {"a": "2", "b": "2"}
    assert not (folder / "tls").exists()


@pytest.mark.parametrize(("before", "after"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b")])
def test_a_folder_takes_the_name_of_a_file_and_back(folder: Path, before: str, after: str) -> None:
    write(folder, {before: "1"})
    write(folder, {after: "2"})
    assert content(folder) == {after: "2"}


def test_what_others_put_there_stays(folder: Path) -> None:
    write(folder, {"tls/a": "A", "b": "B"})
    (folder / "tls" / "mine").write_text("mine")
    write(folder, {"b": "B"})
    assert content(folder) == {"tls/mine": "mine", "b": "B"}
    remove(folder)
    assert content(folder) == {"tls/mine": "mine"}
    assert not (folder / ".written").exists()


def test_remove_leaves_nothing(folder: Path) -> None:
    write(folder, {"a": "A", "tls/deep/b": "B"})
    remove(folder)
    assert not folder.exists()
    assert folder.parent.exists()


def test_remove_of_what_is_gone_is_done(folder: Path) -> None:
    remove(folder)
    write(folder, {"a": "A", "tls/b": "B"})
    (folder / "tls" / "b").unlink()
    (folder / "tls").rmdir()
    remove(folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/etc/x",
        "../x",
        "a/../../x",
        "a/..",
        "",
        ".",
        "a\n/etc/x",
        "a\nb",
        "a//b",
        "a/",
        "./a",
        ".written",
        ".new",
        "x\0y",
    ],
)
def test_a_path_outside_is_refused_and_nothing_is_written(folder: Path, path: str) -> None:
    with pytest.raises(ValueError, match="must be a path inside the folder"):
        write(folder, {"a": "A", path: "x"})
    assert not folder.parent.exists()


def test_a_link_that_leads_out_is_refused(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (folder / "out").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="'out/x' must be a path inside the folder"):
        write(folder, {"out/x": "x"})
    assert not any((tmp_path / "outside").iterdir())


def test_a_list_that_leads_out_removes_nothing_there(folder: Path, tmp_path: Path) -> None:
    write(folder, {"a": "A"})
    (tmp_path / "kept").write_text("kept")
    with (folder / ".written").open("a") as out:
        out.write("../../kept\n")
    with pytest.raises(ValueError, match="must be a path inside the folder"):
        remove(folder)
    assert (tmp_path / "kept").exists()


def interrupt_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """End the run before the given one of its steps that change the folder, as a killed one ends."""
    left = [step]

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def stepping(*arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise SystemExit("killed")
            return call(*arguments, **options)

        return stepping

    for name in ("open", "fdopen", "replace", "unlink", "mkdir", "rmdir"):
        patch.setattr(os, name, watched(getattr(os, name)))


BEFORE = {"a": "1", "gone": "1", "tls/gone": "1"}
AFTER = {"a": "2", "b": "2", "deep/er/c": "2"}


def interrupted(folder: Path, step: int) -> bool:
    """Write AFTER over BEFORE up to a step; whether the run had as many."""
    write(folder, BEFORE)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_at(patch, step)
        try:
            write(folder, AFTER)
        except SystemExit:
            return True
    return False


@pytest.mark.parametrize("repeated", [True, False])
def test_an_interrupted_write_forgets_nothing(folder: Path, *, repeated: bool) -> None:
    step = 1
    while interrupted(folder, step):
        found = content(folder)
        found.pop(".new", None)
        assert set(found.values()) <= {"1", "2"}
        if repeated:
            write(folder, AFTER)
            assert content(folder) == AFTER
        remove(folder)
        assert not folder.exists()
        step += 1
    assert step > 20, "the run was not interrupted where it has its steps"


def run(verb: str, folder: Path | None, given: str = "") -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **({"TRADEWIND_FOLDER": str(folder)} if folder else {})}
    command = [sys.executable, "-m", "tools.assets", verb]
    return subprocess.run(
        command, cwd=CHECKOUT, env=variables, input=given, capture_output=True, text=True, check=False
    )


def test_the_command_writes_and_removes(folder: Path) -> None:
    done = run("write", folder, json.dumps({"a": "A", "b": "ü"}))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"2 files in {folder}\n", "")
    assert content(folder) == {"a": "A", "b": "ü"}
    assert run("remove", folder).returncode == 0
    assert not folder.exists()


@pytest.mark.parametrize("given", ['{"../x": "secret"}', '{"a": "secret"', ""])
def test_the_command_refuses_without_showing_content(folder: Path, given: str) -> None:
    done = run("write", folder, given)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "secret" not in done.stdout + done.stderr
    assert not folder.exists()


def test_the_command_shows_its_usage(folder: Path) -> None:
    usage = (2, "usage: TRADEWIND_FOLDER=... python3 -m tools.assets write|remove\n")
    assert [(done.returncode, done.stderr) for done in (run("delete", folder), run("write", None))] == [usage, usage]
    assert assets.main([]) == 2


@pytest.mark.parametrize("text", ["[]", "1", '{"a": 1}', '{"a": null}', "[" * 100_000, "{", ""], ids=range(7))
def test_what_is_no_map_of_files_is_one_error(folder: Path, text: str) -> None:
    command = [sys.executable, "-m", "tools.assets", "write"]
    environment = {**os.environ, "TRADEWIND_FOLDER": str(folder)}
    done = subprocess.run(
        command, input=text, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not folder.exists()
