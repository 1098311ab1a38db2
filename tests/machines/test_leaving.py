"""A machine that is deleted leaves its cluster first, if it knows how; nothing can keep it from going."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.machines.conftest import Machines, config

UNIT = "delete-node.service"


@pytest.fixture
def told() -> Iterator[tuple[int, list[str]]]:
    """A server of this host: its port, and the paths that machines have asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:  # noqa: S104 - machines come from their bridge
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port, paths
        server.shutdown()


def create(machines: Machines, command: str) -> None:
    unit = {"name": UNIT, "contents": f"[Service]\nType=oneshot\nTimeoutStartSec=2\nExecStart={command}\n"}
    machines.create("leaving", 10, config(machines.key, units=[unit]))


def test_it_starts_the_unit_for_that(machines: Machines, told: tuple[int, list[str]]) -> None:
    port, paths = told
    create(machines, f"/usr/bin/curl --silent --fail http://{machines.network[1]}:{port}/left")
    assert paths == []
    machines.delete("leaving", 10)
    assert paths == ["/left"]
    assert machines.state("leaving") == ""


def test_a_stop_is_no_leaving(machines: Machines, told: tuple[int, list[str]]) -> None:
    port, paths = told
    create(machines, f"/usr/bin/curl --silent --fail http://{machines.network[1]}:{port}/left")
    machines.run("stop", f"{machines.cluster}/leaving")
    # Off, it cannot leave any more.
    machines.delete("leaving", 10)
    assert paths == []


@pytest.mark.parametrize("command", ["/bin/false", "/bin/sleep infinity", "/no/such/program"])
def test_it_goes_when_it_cannot_leave(machines: Machines, command: str) -> None:
    create(machines, command)
    machines.delete("leaving", 10)
    assert machines.state("leaving") == ""
