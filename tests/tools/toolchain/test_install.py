"""Whole runs, several at once, and runs that end early."""

import io
import os
import shutil
import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.tools.toolchain.support import (
    SCRIPT,
    WAIT_SECONDS,
    Server,
    demo,
    go_module,
    send,
    start_setup,
    write_program,
)
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


def leftovers(cache: Path) -> list[Path]:
    """Everything in the cache that is hidden: half-made folders and files."""
    return [path for path in cache.rglob(".*") if path.name.startswith(".")]


def test_a_download_ends_as_a_program_in_the_tool_folder(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    said = install(tool).splitlines()
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert said[:2] == ["demo 1.2.3: looking for an installed one ...", "demo 1.2.3: downloading ..."]
    assert said[2].startswith("demo 1.2.3: ready, downloaded (")
    assert leftovers(cache) == []


def test_what_is_there_is_not_touched_again(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    install(tool)
    asked = list(server.asked)
    assert install(tool) == ""
    assert server.asked == asked


def test_a_tool_serves_other_sets_of_pins_without_being_made_again(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    install(tool)
    asked = list(server.asked)
    other = demo(name="other", builds=())
    with pytest.raises(ToolchainError, match=r"other 1\.2\.3 \(other\)"):
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


def test_a_download_that_says_another_version_is_not_used(cache: Path, server: Server, tmp_path: Path) -> None:
    tool = demo(server.release(b"#!/bin/sh\necho demo version 9.9.9\n"), builds=(go_module(tmp_path / "module"),))
    assert "demo 1.2.3: ready, built from its Go module" in install(tool)


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
    assert leftovers(cache) == []
    assert not (cache / "bin").exists()


def test_every_tool_that_can_not_be_had_is_named_and_the_others_are_kept(cache: Path, server: Server) -> None:
    good, one, two = demo(server.release()), demo(name="one"), demo(name="two")
    with pytest.raises(ToolchainError) as problem:
        install(one, good, two)
    assert "one 1.2.3 (one) can't be had" in str(problem.value)
    assert "two 1.2.3 (two) can't be had" in str(problem.value)
    assert (cache / "bin" / toolchain_key((one, good, two)) / "demo").exists()


def test_a_changed_recipe_is_another_tool(tmp_path: Path) -> None:
    build = go_module(tmp_path / "module")
    tool = demo(builds=(build,))
    before = recipe_digest(tool)
    recipe_digest.cache_clear()
    assert recipe_digest(tool) == before
    (Path(build.module) / "main.go").write_text("package main\n")
    recipe_digest.cache_clear()
    assert recipe_digest(tool) != before


def hold_back(
    server: Server, answer: Callable[[BaseHTTPRequestHandler], None]
) -> tuple[threading.Event, threading.Event]:
    """Let the download begin and then wait: an event that tells so, and one that lets it go on."""
    begun, go_on = threading.Event(), threading.Event()

    def held(request: BaseHTTPRequestHandler) -> None:
        begun.set()
        assert go_on.wait(WAIT_SECONDS)
        answer(request)

    server.routes["/demo"] = held
    return begun, go_on


def test_two_runs_at_once_make_a_tool_once(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    begun, go_on = hold_back(server, lambda request: send(request, SCRIPT))
    first = start_setup(tool)
    assert begun.wait(WAIT_SECONDS)
    second = start_setup(tool)
    second.wait_for("another run is making it; waiting")
    go_on.set()
    assert [run.end()[0] for run in (first, second)] == [0, 0]
    assert server.asked == ["/SHA256SUMS", "/demo"]
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert leftovers(cache) == []


def test_a_run_killed_while_downloading_leaves_nothing_in_the_way(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    begun, never = threading.Event(), threading.Event()

    def half(request: BaseHTTPRequestHandler) -> None:
        send(request, SCRIPT[:10], length=len(SCRIPT))
        begun.set()
        never.wait(WAIT_SECONDS)

    server.routes["/demo"] = half
    run = start_setup(tool)
    assert begun.wait(WAIT_SECONDS)
    run.kill()
    never.set()
    assert not (cache / "bin").exists(), "a program appeared before its download was whole"
    assert leftovers(cache) != [], "the run was killed too late for this test to mean anything"
    server.file("/demo", SCRIPT)
    code, said = start_setup(tool).end()
    assert code == 0, said
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert leftovers(cache) == []


class StuckGo:
    """A go command that never ends building, in front of the real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pipe = folder / "pid"
        folder.mkdir()
        os.mkfifo(self._pipe)
        real = shutil.which("go")
        assert real is not None
        go = write_program(folder / "go")
        go.write_text(f'#!/bin/sh\n[ "$1" = build ] || exec {real} "$@"\necho $$ > {self._pipe}\nexec sleep 600\n')

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}

    def wait(self) -> int:
        """Wait until a build has begun; its process id."""
        return int(self._pipe.read_text())


def test_a_run_killed_while_building_leaves_nothing_in_the_way(cache: Path, tmp_path: Path) -> None:
    tool = demo(builds=(go_module(tmp_path / "module"),))
    stuck = StuckGo(tmp_path / "stuck")
    run = start_setup(tool, stuck.environment)
    build = stuck.wait()
    try:
        run.kill()
        assert leftovers(cache) != []
        code, said = start_setup(tool).end()
    finally:
        os.kill(build, signal.SIGKILL)
    assert code == 0, said
    assert program_of(cache, tool).exists()
    assert leftovers(cache) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_ends_its_builds_and_cleans_up(cache: Path, tmp_path: Path, how: signal.Signals) -> None:
    tool = demo(builds=(go_module(tmp_path / "module"),))
    stuck = StuckGo(tmp_path / "stuck")
    run = start_setup(tool, stuck.environment)
    build = stuck.wait()
    run.process.send_signal(how)
    code, said = run.end()
    assert code != 0, said
    with pytest.raises(ProcessLookupError):
        os.kill(build, 0)
    assert leftovers(cache) == []
    assert not (cache / "bin").exists()


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
