"""What stands before a registry in tests: a server with TLS that has its images, and a proxy that leads to it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.support.certificates import Pair

_CHUNK = 65536


@dataclass
class Recorder:
    """A server on all addresses of this host."""

    port: int
    asked: list[str] = field(default_factory=list)
    """Paths of a mirror, hosts and ports of a proxy, in the order in which they were asked for."""


@contextlib.contextmanager
def tls_mirror(backend: int, certificate: Pair, folder: Path) -> Iterator[Recorder]:
    """What the registry at the port `backend` has, over https with a certificate."""
    files = (folder / "mirror.crt", folder / "mirror.key")
    for file, content in zip(files, (certificate.certificate_pem, certificate.key_pem), strict=True):
        file.write_text(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.asked.append(self.path)
            with contextlib.closing(HTTPConnection("127.0.0.1", backend)) as connection:
                accepted = {"Accept": accept} if (accept := self.headers.get("Accept")) else {}
                connection.request(self.command, self.path, headers=accepted)
                answer = connection.getresponse()
                body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "content-length", "date", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)  # noqa: S104 - machines reach it at their bridge
    server.socket = context.wrap_socket(server.socket, server_side=True)
    seen = Recorder(server.server_address[1])
    with _serving(server):
        yield seen


@contextlib.contextmanager
def connect_proxy(target: int) -> Iterator[Recorder]:
    """A proxy for https that leads to the port `target` of this host, whatever host is asked for."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            method, host, _ = self.rfile.readline().decode().split()
            while self.rfile.readline().strip():
                """The headers do not matter."""
            assert method == "CONNECT"
            seen.asked.append(host)
            with socket.create_connection(("127.0.0.1", target)) as behind:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_copy, args=(behind, self.connection), daemon=True)
                back.start()
                _copy(self.connection, behind)
                back.join()

    server = ThreadingTCPServer(("0.0.0.0", 0), Handler)  # noqa: S104 - machines reach it at their bridge
    seen = Recorder(server.server_address[1])
    with _serving(server):
        yield seen


@contextlib.contextmanager
def _serving(server: ThreadingTCPServer) -> Iterator[None]:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Everything that one side sends, to the other."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
