"""Several runs at once, and runs that end early."""

import os
import select
import shutil
import signal
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.tools.toolchain.support import (
    SCRIPT,
    WAIT_SECONDS,
    Server,
    demo,
    go_module,
    hidden,
    send,
    start_setup,
    write_program,
)
from tools.toolchain.pins import toolchain_key
from tools.toolchain.recipes import Tool


def program_of(cache: Path, tool: Tool) -> Path:
    return cache / "bin" / toolchain_key((tool,)) / "demo"


class HeldDownload:
    """The download of demo gives half of it, and the rest not before it may go on."""

    def __init__(self, server: Server) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        server.routes["/demo"] = self._answer

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        send(request, SCRIPT[:10], length=len(SCRIPT))
        self.begun.set()
        assert self.go_on.wait(WAIT_SECONDS)
        request.wfile.write(SCRIPT[10:])


class StuckGo:
    """A go command that never ends building, in front of the real one."""

    def __init__(self, folder: Path) -> None:
        self._pipe = folder / "pid"
        folder.mkdir()
        os.mkfifo(self._pipe)
        real = shutil.which("go")
        assert real is not None
        go = write_program(folder / "go")
        go.write_text(f'#!/bin/sh\n[ "$1" = build ] || exec {real} "$@"\necho $$ > {self._pipe}\nexec sleep 600\n')
        self.environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}

    def begun(self) -> int:
        """Wait until a build has begun; a descriptor of its process."""
        return os.pidfd_open(int(self._pipe.read_text()))


def has_ended(process: int) -> bool:
    return bool(select.select([process], [], [], WAIT_SECONDS)[0])


def test_two_runs_at_once_make_a_tool_once(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    download = HeldDownload(server)
    first = start_setup(tool)
    assert download.begun.wait(WAIT_SECONDS)
    second = start_setup(tool)
    second.wait_for("another run is making it; waiting")
    download.go_on.set()
    assert [run.end()[0] for run in (first, second)] == [0, 0]
    assert server.asked == ["/SHA256SUMS", "/demo"]
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert hidden(cache) == []


def test_a_run_that_waits_for_another_can_be_stopped(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    download = HeldDownload(server)
    first = start_setup(tool)
    assert download.begun.wait(WAIT_SECONDS)
    second = start_setup(tool)
    second.wait_for("another run is making it; waiting")
    second.process.send_signal(signal.SIGINT)
    assert second.end()[0] == 130
    download.go_on.set()
    assert first.end()[0] == 0
    assert program_of(cache, tool).read_bytes() == SCRIPT


def test_a_run_killed_while_downloading_leaves_nothing_in_the_way(cache: Path, server: Server) -> None:
    tool = demo(server.release())
    download = HeldDownload(server)
    run = start_setup(tool)
    assert download.begun.wait(WAIT_SECONDS)
    run.kill()
    download.go_on.set()
    assert not (cache / "bin").exists(), "a program appeared before its download was whole"
    assert hidden(cache) != [], "the run was killed too late for this test to mean anything"
    server.file("/demo", SCRIPT)
    code, said = start_setup(tool).end()
    assert code == 0, said
    assert program_of(cache, tool).read_bytes() == SCRIPT
    assert hidden(cache) == []


def test_a_run_killed_while_building_leaves_nothing_in_the_way(cache: Path, tmp_path: Path) -> None:
    tool = demo(builds=(go_module(tmp_path / "module"),))
    stuck = StuckGo(tmp_path / "stuck")
    run = start_setup(tool, stuck.environment)
    build = stuck.begun()
    run.kill()
    assert has_ended(build)
    os.close(build)
    assert hidden(cache) != [], "the run was killed too late for this test to mean anything"
    code, said = start_setup(tool).end()
    assert code == 0, said
    assert program_of(cache, tool).exists()
    assert hidden(cache) == []


@pytest.mark.parametrize(("how", "status"), [(signal.SIGTERM, 1), (signal.SIGINT, 130)])
def test_a_stopped_run_ends_its_builds_and_cleans_up(
    cache: Path, tmp_path: Path, how: signal.Signals, status: int
) -> None:
    tool = demo(builds=(go_module(tmp_path / "module"),))
    stuck = StuckGo(tmp_path / "stuck")
    run = start_setup(tool, stuck.environment)
    build = stuck.begun()
    run.process.send_signal(how)
    code, said = run.end()
    assert code == status, said
    assert "stopped" in said
    assert has_ended(build)
    os.close(build)
    assert hidden(cache) == []
    assert not (cache / "bin").exists()
