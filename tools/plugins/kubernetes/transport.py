"""JSON over HTTPS to one API server, on kept-alive connections shared by threads.

Reads: a `kubeconfig.Endpoint`.
Makes: `Http`: `call` answers (status, JSON); `UnreachableError` when there is no answer.
"""

import base64
import http.client
import json
import os
import socket
import ssl
import tempfile
import threading
import time
import urllib.parse

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.kubeconfig import Endpoint
from tools.plugins.kubernetes.objects import Json

DEFAULT_TIMEOUT = 60.0
"""Seconds for one request; the API server itself ends its own after 60."""
CONNECT_TIMEOUT = 30.0
_STALE = (http.client.RemoteDisconnected, http.client.BadStatusLine, BrokenPipeError, ConnectionResetError)
TOO_MANY, SERVER_ERROR = 429, 500
RETRIES, LONGEST_PAUSE = 10, 10.0
"""How often, and after how many seconds at most, a request is sent again that a busy server put off."""
Answer = tuple[int, Json]
_Reply = tuple[int, Json, float | None]


class UnreachableError(PluginError):
    """The server did not answer; the message names the request and the cause."""


class _Connection(http.client.HTTPSConnection):
    """An HTTPS connection that may check the certificate against another name than the one it connects to."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, timeout: float, server_name: str) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._tls = context
        self._server_name = server_name

    def connect(self) -> None:
        """Connect, then start TLS."""
        raw = socket.create_connection((self.host, self.port), CONNECT_TIMEOUT)
        raw.settimeout(self.timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = self._tls.wrap_socket(raw, server_hostname=self._server_name or self.host)
        except BaseException:
            raw.close()
            raise


class Http:
    """The connections to one server."""

    def __init__(self, endpoint: Endpoint, timeout: float = DEFAULT_TIMEOUT) -> None:
        parts = urllib.parse.urlsplit(endpoint.server)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise PluginError(f"the kubeconfig's server {endpoint.server!r} is not an http(s) URL")
        self._endpoint = endpoint
        self._host, self._port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self._base = parts.path
        self._timeout = timeout
        self._context = _tls(endpoint) if parts.scheme == "https" else None
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def call(self, method: str, path: str, body: Json = None, content_type: str = "application/json") -> Answer:
        """Send one request and return its status and parsed JSON (None for an empty answer)."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "User-Agent": "pulumi-kubernetes"} | self._authorization()
        if data is not None:
            headers["Content-Type"] = content_type
        try:
            for _ in range(RETRIES):
                code, answer, pause = self._send(method, self._base + path, data, headers)
                if pause is None:
                    break
                time.sleep(pause)
            return code, answer
        except (OSError, http.client.HTTPException) as error:
            target = f'{method.capitalize()} "{self._endpoint.server}{path}"'
            raise UnreachableError(f"{target}: {_reason(error)}") from None

    def close(self) -> None:
        """Close the connections that no request uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> _Reply:
        connection = self._take()
        if connection is not None:
            try:
                return self._exchange(connection, method, path, data, headers)
            except _STALE:  # the server closed it while it was idle; every request here may be sent twice
                connection.close()
        return self._exchange(self._open(), method, path, data, headers)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        data: bytes | None,
        headers: dict[str, str],
    ) -> _Reply:
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            raw = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            with self._lock:
                self._idle.append(connection)
        return response.status, _parse(raw), _pause(response)

    def _take(self) -> http.client.HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _open(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        name = self._endpoint.tls_server_name
        return _Connection(self._host, self._port, self._context, self._timeout, name)

    def _authorization(self) -> dict[str, str]:
        if self._endpoint.token:
            return {"Authorization": f"Bearer {self._endpoint.token}"}
        if self._endpoint.basic:
            pair = base64.b64encode(":".join(self._endpoint.basic).encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {}


def _pause(response: http.client.HTTPResponse) -> float | None:
    """Return how long a busy server asks to wait before the next try, None when it answered."""
    after = response.headers.get("Retry-After", "")
    busy = response.status == TOO_MANY or response.status >= SERVER_ERROR
    return min(float(after), LONGEST_PAUSE) if busy and after.isdigit() else None


def _parse(raw: bytes) -> Json:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return {"message": raw[:500].decode(errors="replace").strip()}


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if endpoint.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        elif endpoint.ca:
            context.load_verify_locations(cadata=endpoint.ca)
        else:
            context.load_default_certs()
        if endpoint.certificate and endpoint.key:
            _load_pair(context, endpoint.certificate, endpoint.key)
    except ssl.SSLError as error:
        raise PluginError(f"the certificates or key in the kubeconfig are not usable: {error.reason}") from None
    return context


def _load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Load a client certificate; OpenSSL reads it from a file only, so it is in one (mode 0600) for a moment."""
    descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{certificate}\n{key}\n")
        context.load_cert_chain(path)
    finally:
        os.unlink(path)  # noqa: PTH108  pathlib is not needed for a plain path


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "no such host"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
