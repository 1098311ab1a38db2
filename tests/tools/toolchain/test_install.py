"""Whole runs: which source is taken, what is said when none works, and what is there afterwards."""

import io
import os
import threading
from pathlib import Path

import pytest

from tests.tools.toolchain.support import SCRIPT, WAIT_SECONDS, Server, demo, go_module, hidden, write_program
from tools.toolchain.__main__ import main
from tools.toolchain.errors import ToolchainError
from tools.toolchain.install import Installer
from tools.toolchain.pins import recipe_digest, toolchain_key
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import Download, Tool


def install(*tools: Tool) -> str:
    """Install and return what was printed."""
    out = io.StringIO()
    with Progress(out) as progress:
        Installer(tools, progress).install(tools)
    return out.getvalue()


def program_of(cache: Path, tool: Tool) -> Path:
    return cache / "bin" / toolchain_key((tool,)) / "demo"


def test_a_download_ends_as_a_program_in_the_tool_folder(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    said = install(tool).splitlines()
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert os.access(program_of(cache, tool), os.X_OK)
    assert said[:2] == ["demo 1.2.3: looking for an installed one ...", "demo 1.2.3: downloading ..."]
    assert said[2].startswith("demo 1.2.3: ready, downloaded (")
    assert hidden(cache) == []


def test_what_is_there_is_not_touched_again(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    install(tool)
    asked = list(server.asked)
    assert install(tool) == ""
    assert server.asked == asked


def test_a_program_that_was_removed_comes_back_without_being_made_again(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    install(tool)
    asked = list(server.asked)
    program_of(cache, tool).unlink()
    install(tool)
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert server.asked == asked


def test_a_tool_serves_other_sets_of_pins_without_being_made_again(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    install(tool)
    asked = list(server.asked)
    other = demo(name="other", builds=())
    with pytest.raises(ToolchainError, match=r"other 1\.2\.3"):
        install(tool, other)
    assert server.asked == asked
    assert (cache / "bin" / toolchain_key((tool, other)) / "demo").read_bytes() == SCRIPT


def test_the_right_version_on_path_is_preferred(
    cache: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path" / "demo")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}")
    tool = demo(server.release())
    assert "demo 1.2.3: ready, found installed" in install(tool)
    assert program_of(cache, tool).exists()
    assert server.asked == []


def test_a_wrong_version_on_path_is_passed_over(
    cache: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path" / "demo", "1.2.4")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}")
    tool = demo(server.release())
    assert "demo 1.2.3: ready, downloaded" in install(tool)
    assert program_of(cache, tool).read_bytes() == SCRIPT


@pytest.mark.parametrize("how", ["truncated", "wrong checksum", "missing", "another version"])
def test_a_download_that_fails_makes_way_for_a_build(cache: Path, server: Server, tmp_path: Path, how: str) -> None:
    another = b"#!/bin/sh\necho demo version 9.9.9\n"
    download = {
        "wrong checksum": lambda: server.release(digest="0" * 64),
        "another version": lambda: server.release(another),
    }.get(how, server.release)()
    if how == "truncated":
        server.file("/demo", SCRIPT[:10], length=len(SCRIPT))
    if how == "missing":
        del server.routes["/demo"]
    tool = demo(download, builds=(go_module(tmp_path / "module"),))
    assert "demo 1.2.3: ready, built from its Go module" in install(tool)
    assert server.asked == ["/SHA256SUMS", "/demo"]
    assert program_of(cache, tool).read_bytes()[:4] == b"\x7fELF"
    (home,) = (cache / "tools").iterdir()
    assert [path.name for path in home.iterdir()] == ["demo"]
    assert hidden(cache) == []


def test_the_error_names_the_tool_all_that_was_tried_and_what_to_do(
    cache: Path, server: Server, tmp_path: Path
) -> None:
    download = Download(f"{server.url}/gone", f"{server.url}/gone.sha256", (("demo", ""),))
    build = go_module(tmp_path / "module", "package main\n\nfunc main() { undefinedHere() }\n")
    with pytest.raises(ToolchainError) as problem:
        install(demo(download, builds=(build,)))
    log = cache / "logs" / "demo-1.2.3.log"
    assert str(problem.value) == (
        "demo 1.2.3 (demo) can't be had. Tried:\n"
        "  - looking for an installed one: demo is not on PATH\n"
        f"  - downloading: {server.url}/gone.sha256: the server answers 404 Not Found\n"
        f"  - building: `go build` failed (log: {log})\n"
        "      # example.test/demo\n"
        "      ./main.go:3:15: undefined: undefinedHere\n"
        "Any one of these helps:\n"
        "  - put version 1.2.3 of demo on PATH\n"
        f"  - let this machine reach {server.url.removeprefix('http://')} (HTTPS_PROXY is respected)\n"
        "  - install the Go named above or later (https://go.dev/dl) and let it reach a module proxy (GOPROXY)\n"
        "Then run `make setup` again; what is already there is kept."
    )
    assert hidden(cache) == []
    assert not (cache / "bin").exists()


def test_every_tool_that_can_not_be_had_is_named_and_the_others_are_kept(cache: Path, server: Server) -> None:
    good, one, two = demo(server.release()), demo(name="one"), demo(name="two")
    with pytest.raises(ToolchainError) as problem:
        install(one, good, two)
    assert "one 1.2.3 (one) can't be had" in str(problem.value)
    assert "two 1.2.3 (two) can't be had" in str(problem.value)
    assert (cache / "bin" / toolchain_key((one, good, two)) / "demo").exists()


def test_a_cache_that_can_not_be_written_is_named(cache: Path, server: Server) -> None:
    cache.write_text("not a folder")
    with pytest.raises(ToolchainError) as problem:
        install(demo(server.release()))
    assert str(problem.value).startswith(f"demo 1.2.3 can't be put into {cache}: [Errno ")
    assert "set TRADEWIND_CACHE to another folder" in str(problem.value)


def test_a_changed_recipe_is_another_tool(tmp_path: Path) -> None:
    build = go_module(tmp_path / "module")
    tool = demo(builds=(build,))
    before = recipe_digest(tool)
    recipe_digest.cache_clear()
    assert recipe_digest(tool) == before
    (Path(build.module) / "main.go").write_text("package main\n")
    recipe_digest.cache_clear()
    assert recipe_digest(tool) != before


def test_an_unknown_name_lists_the_known_ones(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "kubectl", "dmeo"]) == 1
    assert capsys.readouterr().err.startswith("error: no such tool: dmeo. Known: pulumi, kubernetes, ")
    assert not cache.exists()


def test_a_long_step_gives_signs_of_life() -> None:
    out = io.StringIO()
    beat = threading.Event()

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            if text.startswith("demo: building ... "):
                beat.set()
            return out.write(text)

    with Progress(Watched(), interval=0.01) as progress, progress.step("demo: building"):
        assert beat.wait(WAIT_SECONDS)
    assert out.getvalue().startswith("demo: building ...\ndemo: building ... 0 s\n")
