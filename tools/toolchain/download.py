"""Official downloads: fetched completely, checked against their SHA-256, unpacked.

Reads: HTTPS servers; proxies as the environment says.
Makes: programs in a folder; a file whose checksum is wrong is never unpacked.
"""

import hashlib
import http.client
import re
import shutil
import socket
import tarfile
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from tools.toolchain.errors import Unavailable
from tools.toolchain.pins import architecture
from tools.toolchain.recipes import Download, Tool

TIMEOUT_SECONDS = 8.0
"""How long a server may take to be found, to accept a connection, or to send the next bytes."""
_CHUNK = 1 << 20
_CHECKSUM_FILE_LIMIT = 1 << 20


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from HTTPS to plain HTTP."""

    def redirect_request(  # noqa: PLR0913, PLR0917  (the signature of the base class)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError(f"redirected from HTTPS to {urlsplit(newurl).scheme}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Downloader:
    """Downloads for one run; a host that could not be reached is not tried again."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self.stopped = threading.Event()
        """Set to end a running download."""
        self._opener = urllib.request.build_opener(_Redirects)
        self._unreachable: dict[str, str] = {}

    def download(self, tool: Tool, folder: Path) -> None:
        """Put every program of `tool` into `folder`.

        Raises:
            Unavailable: if a file is not offered, can't be fetched whole, or has the wrong checksum.
        """
        if not tool.downloads:
            raise Unavailable("there is no official download with a checksum")
        for download in tool.downloads:
            self._get(download, tool.architecture or architecture(), folder)

    def _get(self, download: Download, architecture: str, folder: Path) -> None:
        arch = dict(download.arches).get(architecture)
        if arch is None:
            raise Unavailable(f"no official download for {architecture}")
        url = download.url.format(arch=arch)
        wanted = dict(download.sha256).get(architecture) or self._published(download.checksums.format(arch=arch), url)
        file = folder / "download"
        actual = self._fetch(url, file)
        if actual != wanted:
            raise Unavailable(f"{url} has the wrong checksum: SHA-256 {actual}, not {wanted}")
        _unpack(url, file, [(program, path.format(arch=arch)) for program, path in download.members], folder)
        file.unlink()

    def _published(self, url: str, file_url: str) -> str:
        """The digest of a file in its published checksum file."""
        with self._open(url) as answer:
            text = _read(answer, url, _CHECKSUM_FILE_LIMIT).decode(errors="replace")
        name = file_url.rsplit("/", 1)[-1]
        lines = [line.split() for line in text.splitlines() if line.strip()]
        for words in lines:
            named = len(words) == 1 and len(lines) == 1
            named = named or (len(words) > 1 and words[-1].lstrip("*").removeprefix("./") == name)
            if named and re.fullmatch(r"[0-9a-fA-F]{64}", words[0]):
                return words[0].lower()
        raise Unavailable(f"{url} has no SHA-256 for {name}")

    def _fetch(self, url: str, file: Path) -> str:
        """Download to `file` and return its SHA-256."""
        digest = hashlib.sha256()
        with self._open(url) as answer, file.open("wb") as output:
            size = 0
            try:
                # What has arrived, not a whole chunk: so the end of the run is noticed on a slow line too.
                while chunk := answer.read1(_CHUNK):
                    if self.stopped.is_set():
                        raise Unavailable("the run was stopped")
                    output.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            except (OSError, http.client.HTTPException) as problem:
                raise Unavailable(f"{url} broke off after {size} bytes: {_reason(problem)}") from problem
            expected = answer.headers.get("Content-Length")
        if expected is not None and size != int(expected):
            raise Unavailable(f"{url} broke off after {size} of {expected} bytes")
        return digest.hexdigest()

    def _open(self, url: str) -> http.client.HTTPResponse:
        host = urlsplit(url).netloc
        if host in self._unreachable:
            raise Unavailable(f"{url}: {host} can't be reached ({self._unreachable[host]})")
        try:
            self._resolve(url)
            answer: http.client.HTTPResponse = self._opener.open(url, timeout=self._timeout)
        except urllib.error.HTTPError as problem:
            problem.close()
            raise Unavailable(f"{url}: the server answers {problem.code} {problem.reason}") from problem
        except (OSError, http.client.HTTPException) as problem:
            self._unreachable[host] = _reason(problem)
            raise Unavailable(f"{url}: {host} can't be reached ({_reason(problem)})") from problem
        return answer

    def _resolve(self, url: str) -> None:
        """Find the host's address within the time limit, which sockets alone do not keep."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if urllib.request.getproxies().get(parts.scheme) and not urllib.request.proxy_bypass(host):
            return
        outcome: list[OSError] = []
        finished = threading.Event()

        def look_up() -> None:
            try:
                socket.getaddrinfo(host, None)
            except OSError as problem:
                outcome.append(problem)
            finished.set()

        threading.Thread(target=look_up, daemon=True).start()
        if not finished.wait(self._timeout):
            raise TimeoutError(f"no address within {self._timeout:.0f} s")
        if outcome:
            raise outcome[0]


def _read(answer: http.client.HTTPResponse, url: str, limit: int) -> bytes:
    try:
        return answer.read(limit)
    except (OSError, http.client.HTTPException) as problem:
        raise Unavailable(f"{url} broke off: {_reason(problem)}") from problem


def _unpack(url: str, file: Path, members: list[tuple[str, str]], folder: Path) -> None:
    """Take the programs out of a downloaded file: it is one, or a tar archive with them."""
    if members[0][1] == "":
        shutil.copy(file, folder / members[0][0])
        (folder / members[0][0]).chmod(0o755)
        return
    try:
        with tarfile.open(file) as archive:
            for program, path in members:
                content = archive.extractfile(path)
                if content is None:
                    raise Unavailable(f"{path} in {url} is not a file")
                with content, (folder / program).open("wb") as output:
                    shutil.copyfileobj(content, output)
                (folder / program).chmod(0o755)
    except KeyError as problem:
        raise Unavailable(f"{url} does not hold {problem.args[0]}") from problem
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise Unavailable(f"{url} can't be unpacked: {problem}") from problem


def _reason(problem: BaseException) -> str:
    inner = getattr(problem, "reason", problem)
    return str(inner) or type(inner).__name__
