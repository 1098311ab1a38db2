"""Real registry servers on this host, and one that fails on demand in front of a real one."""

import http.client
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.waiting import until
from tools import paths
from tools.crane import crane

Fault = Callable[[str, str], int | str | None]
"""By method and path: a status to answer, `hang` for no answer, None for the registry's own."""


@contextmanager
def registry() -> Iterator[int]:
    """The toolchain's registry server on all addresses of this host; gives its port."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    serve = [str(paths.bin_dir() / "crane"), "registry", "serve", f"--address=0.0.0.0:{port}"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(serve, stdout=quiet, stderr=quiet) as server:
        try:
            until(lambda: _answers(port), 20)
            yield port
        finally:
            server.kill()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def tags(repository: str) -> dict[str, str]:
    """What a repository's tags stand for; none if there is no such repository."""
    host, name = repository.split("/", 1)
    if name not in crane("catalog", host).split():
        return {}
    return {tag: crane("digest", f"{repository}:{tag}") for tag in crane("ls", repository).split()}


@dataclass
class Front:
    """A registry's address that fails as `fault` says, and the requests that came."""

    port: int
    fault: Fault = lambda _method, _path: None
    asked: list[tuple[str, str]] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    """A request gets no answer."""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def uploads(self) -> list[str]:
        """Digests of blobs that were sent to their end, in order."""
        matches = (re.search(r"digest=(sha256(?::|%3A)[0-9a-f]{64})", path) for how, path in self.asked if how == "PUT")
        return [match[1].replace("%3A", ":") for match in matches if match]

    @property
    def tagged(self) -> list[str]:
        """Tags that were set, in order."""
        matches = (re.search(r"/manifests/([^:]+)$", path) for how, path in self.asked if how == "PUT")
        return [match[1] for match in matches if match]


@contextmanager
def front(backend: int) -> Iterator[Front]:
    """An address in front of the registry at the port `backend`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"backend": backend})) as server:
        server.daemon_threads = True
        state = Front(server.server_address[1])
        server.RequestHandlerClass.state = state
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            state.ended.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    backend: int
    state: Front

    def _pass(self) -> None:
        body = self._body()
        self.state.asked.append((self.command, self.path))
        match self.state.fault(self.command, self.path):
            case None:
                with suppress(ConnectionError):  # A client that has heard enough.
                    self._forward(body)
            case "hang":
                self.state.hanging.set()
                self.state.ended.wait()
                self.close_connection = True
            case status:
                self.send_response(int(status))
                self.send_header("Content-Length", "0")
                self.end_headers()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _forward(self, body: bytes) -> None:
        headers = {name: value for name, value in self.headers.items() if name != "Transfer-Encoding"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.backend)) as connection:
            connection.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
            answer = connection.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in {"Transfer-Encoding", "Content-Length", "Date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815  (http.server's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing."""
