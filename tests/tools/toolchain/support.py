"""A server that can fail in every way, a tool named demo in every form, and runs in processes of their own."""

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.paths import CHECKOUT
from tools.toolchain.recipes import Download, GoBuild, Program, Tool

VERSION = "1.2.3"
SCRIPT = f"#!/bin/sh\necho demo version {VERSION}\n".encode()
WAIT_SECONDS = 30

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers each path as `routes` says, everything else with 404; `asked` lists the paths in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.ended = threading.Event()
        """Lets answers that hang end."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def file(self, path: str, body: bytes, length: int | None = None) -> None:
        """Offer a file; with `length` that many bytes are announced."""
        self.routes[path] = lambda request: send(request, body, length)

    def release(self, body: bytes = SCRIPT, digest: str | None = None) -> Download:
        """Offer the program demo and its checksum."""
        self.file("/demo", body)
        self.file("/SHA256SUMS", f"{digest or sha256(body)}  demo\n".encode())
        return Download(f"{self.url}/demo", f"{self.url}/SHA256SUMS", (("demo", ""),))

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.routes.get(self.path, lambda request: request.send_error(404))(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing."""


@contextmanager
def running_server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


def send(request: BaseHTTPRequestHandler, body: bytes, length: int | None = None) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()
    request.wfile.write(body)
    request.wfile.flush()


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def demo(*downloads: Download, name: str = "demo", builds: tuple[GoBuild, ...] = ()) -> Tool:
    """A tool with one program of its own name."""
    return Tool(name, VERSION, (Program(name),), downloads, builds, portable=False)


def write_program(path: Path, version: str = VERSION) -> Path:
    """A program that says its version; `version` is a word of the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho demo version {version}\n")
    path.chmod(0o755)
    return path


_MAIN = 'package main\n\nvar version string\n\nfunc main() { println("demo version", version) }\n'


def go_module(folder: Path, main: str = _MAIN) -> GoBuild:
    """A recipe for a Go program without dependencies; its folder stands in for one of modules/."""
    folder.mkdir()
    (folder / "go.mod").write_text("module example.test/demo\n\ngo 1.24\n")
    (folder / "main.go").write_text(main)
    return GoBuild(str(folder), (("demo", "example.test/demo"),), (("main.version", VERSION),))


def go_proxy(folder: Path, module: str, version: str, files: Mapping[str, str]) -> str:
    """A module proxy in a folder: https://go.dev/ref/mod#goproxy-protocol. Returns its GOPROXY."""
    versions = folder / module / "@v"
    versions.mkdir(parents=True)
    (versions / "list").write_text(f"{version}\n")
    (versions / f"{version}.info").write_text(json.dumps({"Version": version}))
    (versions / f"{version}.mod").write_text(files["go.mod"])
    with zipfile.ZipFile(versions / f"{version}.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{module}@{version}/{name}", content)
    return f"file://{folder}"


class Run:
    """`tools.toolchain setup` of one tool in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as out:
            for line in out:
                self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, text: str) -> None:
        """Wait until the run says `text`."""
        while (line := self._lines.get(timeout=WAIT_SECONDS)) is not None:
            self._said.append(line)
            if text in line:
                return
        raise AssertionError(f"{text!r} was not said, but:\n{''.join(self._said)}")

    def end(self) -> tuple[int, str]:
        """Wait for the end: the exit status and all that was said."""
        code = self.process.wait(WAIT_SECONDS)
        while (line := self._lines.get(timeout=WAIT_SECONDS)) is not None:
            self._said.append(line)
        self._reader.join()
        return code, "".join(self._said)

    def kill(self) -> None:
        """End it without giving it a chance to clean up."""
        self.process.kill()
        self.end()


def start_setup(tool: Tool, environment: Mapping[str, str] | None = None) -> Run:
    """Start the toolchain's command line with a table that holds nothing but `tool`."""
    program = (
        "import sys\n"
        "from tools.toolchain import __main__ as program\n"
        "from tools.toolchain.recipes import CBuild, Download, GoBuild, Program, Tool\n"
        f"program.TOOLS = ({tool!r},)\n"
        f"sys.exit(program.main(['setup', {tool.name!r}]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Run(process)


def hidden(cache: Path) -> list[Path]:
    """Everything in the cache that is half-made: its name starts with a dot."""
    return sorted(cache.rglob(".*"))
