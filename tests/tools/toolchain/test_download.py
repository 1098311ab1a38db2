"""Downloads from a real server, whole or broken in every way."""

import io
import socket
import tarfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.tools.toolchain.support import SCRIPT, VERSION, Server, demo, send, sha256
from tools.toolchain.download import Downloader
from tools.toolchain.errors import Unavailable
from tools.toolchain.pins import architecture
from tools.toolchain.recipes import Download, Program, Tool

OTHER = sha256(b"other")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "programs"
    made.mkdir()
    return made


def fails(tool: Tool, folder: Path, timeout: float = 5) -> str:
    """The reason why a download fails; nothing that could be run is there then."""
    with pytest.raises(Unavailable) as caught:
        Downloader(timeout).download(tool, folder)
    assert {path.name for path in folder.iterdir()} <= {"download"}
    return str(caught.value)


def test_the_file_itself_becomes_the_program(server: Server, folder: Path) -> None:
    Downloader().download(demo(server.release()), folder)
    assert [path.name for path in folder.iterdir()] == ["demo"]
    assert (folder / "demo").read_bytes() == SCRIPT
    assert (folder / "demo").stat().st_mode & 0o777 == 0o755


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def packed(server: Server, body: bytes, checksums: str = "{digest}") -> Tool:
    """A tool with two programs in one archive, for an architecture that the URL names in its own way."""
    server.file("/p-here.tgz", body)
    server.file("/SUMS", checksums.format(digest=sha256(body), other=OTHER).encode())
    arches = ((architecture(), "here"),)
    members = (("a", "dir-{arch}/a"), ("b", "dir-{arch}/b"))
    download = Download(f"{server.url}/p-{{arch}}.tgz", f"{server.url}/SUMS", members, arches)
    return Tool("p", VERSION, (Program("a"), Program("b")), (download,))


@pytest.mark.parametrize(
    "checksums",
    [
        "{digest}",
        "{digest}  p-here.tgz\n",
        "{digest} *p-here.tgz\n",
        "{digest}  ./p-here.tgz\n",
        "{other}  x-p-here.tgz\n\n{digest}  p-here.tgz\n{other}  p-here.tgz.sig\n",
    ],
)
def test_programs_are_taken_out_of_an_archive(server: Server, folder: Path, checksums: str) -> None:
    body = archive({"dir-here/a": b"A", "dir-here/b": b"B", "dir-here/readme": b"text"})
    Downloader().download(packed(server, body, checksums), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"A", "b": b"B"}


@pytest.mark.parametrize(
    "checksums", ["", "{other}  q.tgz\n", "{other}\n{digest}\n", "no-digest  p-here.tgz\n", "<html>sorry</html>"]
)
def test_checksums_without_the_file_are_not_enough(server: Server, folder: Path, checksums: str) -> None:
    assert fails(packed(server, b"", checksums), folder) == f"{server.url}/SUMS has no SHA-256 for p-here.tgz"
    assert server.asked == ["/SUMS"]


def test_a_wrong_checksum_is_refused(server: Server, folder: Path) -> None:
    reason = fails(demo(server.release(digest=OTHER)), folder)
    assert reason == f"{server.url}/demo has the wrong checksum: SHA-256 {sha256(SCRIPT)}, not {OTHER}"


def test_a_pinned_digest_stands_above_the_published_one(server: Server, folder: Path) -> None:
    server.release()
    pinned = Download(f"{server.url}/demo", "", (("demo", ""),), sha256=((architecture(), OTHER),))
    reason = fails(demo(pinned), folder)
    assert reason == f"{server.url}/demo has the wrong checksum: SHA-256 {sha256(SCRIPT)}, not {OTHER}"


def test_a_truncated_file_is_refused(server: Server, folder: Path) -> None:
    tool = demo(server.release())
    server.file("/demo", SCRIPT[:10], length=len(SCRIPT))
    assert fails(tool, folder) == f"{server.url}/demo broke off after 10 of {len(SCRIPT)} bytes"


def test_chunks_that_do_not_end_are_refused(server: Server, folder: Path) -> None:
    tool = demo(server.release())

    def chunks(request: BaseHTTPRequestHandler) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(f"{len(SCRIPT):x}\r\n".encode() + SCRIPT + b"\r\n")
        request.close_connection = True

    server.routes["/demo"] = chunks
    assert fails(tool, folder).startswith(f"{server.url}/demo broke off after {len(SCRIPT)} bytes: IncompleteRead")


@pytest.mark.parametrize("path", ["/demo", "/SHA256SUMS"])
def test_a_missing_file_is_named(server: Server, folder: Path, path: str) -> None:
    tool = demo(server.release())
    del server.routes[path]
    assert fails(tool, folder) == f"{server.url}{path}: the server answers 404 Not Found"


def test_a_member_that_the_archive_lacks_is_named(server: Server, folder: Path) -> None:
    tool = packed(server, archive({"dir-here/c": b""}))
    reason = fails(tool, folder)
    assert reason.startswith(f"{server.url}/p-here.tgz does not hold ")
    assert "dir-here/a" in reason


def test_what_is_not_an_archive_is_refused(server: Server, folder: Path) -> None:
    assert fails(packed(server, b"<html>"), folder).startswith(f"{server.url}/p-here.tgz can't be unpacked: ")


def redirect(server: Server, path: str, to: str) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    server.routes[path] = answer


def test_redirects_are_followed(server: Server, folder: Path) -> None:
    tool = demo(server.release())
    server.file("/elsewhere", SCRIPT)
    redirect(server, "/demo", "/elsewhere")
    Downloader().download(tool, folder)
    assert (folder / "demo").read_bytes() == SCRIPT


def test_redirects_in_a_circle_end(server: Server, folder: Path) -> None:
    tool = demo(server.release())
    redirect(server, "/demo", "/demo")
    assert fails(tool, folder).startswith(f"{server.url}/demo: the server answers 302 ")


@pytest.mark.parametrize(("body", "reason"), [(b"", "can't be reached"), (b"#!/bin/sh", "broke off after 9 bytes")])
def test_a_server_that_hangs_is_given_up(server: Server, folder: Path, body: bytes, reason: str) -> None:
    tool = demo(server.release())

    def hang(request: BaseHTTPRequestHandler) -> None:
        if body:
            send(request, body, length=len(SCRIPT))
        server.ended.wait()

    server.routes["/demo"] = hang
    started = time.monotonic()
    said = fails(tool, folder, timeout=0.3)
    assert reason in said
    assert "timed out" in said
    assert time.monotonic() - started < 5


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken but does not listen, so that nothing else can answer there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_server_that_refuses_is_tried_once(
    server: Server, folder: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = f"127.0.0.1:{closed_port}"
    downloader = Downloader()
    tool = demo(Download(f"http://{host}/demo", f"http://{host}/sums", (("demo", ""),)))
    refused = f"http://{host}/sums: {host} can't be reached ([Errno 111] Connection refused)"
    with pytest.raises(Unavailable) as first:
        downloader.download(tool, folder)
    assert str(first.value) == refused
    monkeypatch.setattr(downloader, "_opener", None)
    with pytest.raises(Unavailable) as second:
        downloader.download(tool, folder)
    assert str(second.value) == refused


def test_one_server_out_of_reach_does_not_stop_another(server: Server, folder: Path, closed_port: int) -> None:
    downloader = Downloader()
    with pytest.raises(Unavailable):
        downloader.download(demo(Download(f"http://127.0.0.1:{closed_port}/a", "", (), sha256=_PINNED)), folder)
    downloader.download(demo(server.release()), folder)
    assert (folder / "demo").exists()


_PINNED = ((architecture(), OTHER),)


def test_a_host_without_address_is_named(server: Server, folder: Path) -> None:
    # .invalid never has an address (RFC 6761).
    url = "http://tradewind.invalid"
    said = fails(demo(Download(f"{url}/demo", f"{url}/sums", (("demo", ""),))), folder, timeout=3)
    assert said.startswith(f"{url}/sums: tradewind.invalid can't be reached (")


def test_an_architecture_without_download_is_named(server: Server, folder: Path) -> None:
    download = Download(f"{server.url}/demo", f"{server.url}/sums", (), arches=(("other", "other"),))
    assert fails(demo(download), folder) == f"no official download for {architecture()}"
    assert server.asked == []


def test_a_tool_without_download_says_so(folder: Path) -> None:
    assert fails(demo(), folder) == "there is no official download with a checksum"


def test_a_stopped_run_ends_its_downloads(server: Server, folder: Path) -> None:
    downloader = Downloader()
    downloader.stopped.set()
    with pytest.raises(Unavailable, match="the run was stopped"):
        downloader.download(demo(server.release()), folder)
