"""The HTTP client against a small local server."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.kubeconfig import Endpoint
from tools.plugins.kubernetes.transport import Http


@contextlib.contextmanager
def serving(answers):
    """Answer each request with the next (status, headers, body) and note what was asked; after them, hang up."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization"), self.client_address[1]))
            status, headers, body = answers.pop(0)
            self.send_response(status)
            for key, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)
            if "X-Hang-Up" in headers:
                self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    http = Http(Endpoint(f"http://127.0.0.1:{server.server_port}/prefix", token="secret"), timeout=5)
    try:
        yield http, asked
    finally:
        http.close()
        server.shutdown()
        thread.join()
        server.server_close()


def test_requests_share_a_connection_and_carry_the_token():
    with serving([(200, {}, b'{"a": 1}'), (404, {}, b""), (500, {}, b"plain text")]) as (http, asked):
        assert http.call("GET", "/x") == (200, {"a": 1})
        assert http.call("GET", "/y?z") == (404, None)
        assert http.call("GET", "/") == (500, {"message": "plain text"})
    assert [path for path, _, _ in asked] == ["/prefix/x", "/prefix/y?z", "/prefix/"]
    assert {token for _, token, _ in asked} == {"Bearer secret"}
    assert len({port for _, _, port in asked}) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced():
    with serving([(200, {"X-Hang-Up": "1"}, b"1"), (200, {}, b"2")]) as (http, asked):
        assert http.call("GET", "/") == (200, 1)
        assert http.call("GET", "/") == (200, 2)
    assert len({port for _, _, port in asked}) == 2


def test_a_busy_server_is_asked_again_when_it_says_so():
    busy = (429, {"Retry-After": "0"}, b"{}")
    with serving([busy, (503, {"Retry-After": "0"}, b"{}"), (200, {}, b"3")]) as (http, asked):
        assert http.call("GET", "/") == (200, 3)
    assert len(asked) == 3
    with serving([(503, {}, b"{}")]) as (http, asked):
        assert http.call("GET", "/") == (503, {})
    with serving([busy] * 10) as (http, asked):
        assert http.call("GET", "/") == (429, {})
    assert len(asked) == 10


@pytest.mark.parametrize("server", ["ftp://x", "just-a-name", ""])
def test_what_is_no_url_is_refused(server):
    with pytest.raises(PluginError, match=r"is not an http\(s\) URL"):
        Http(Endpoint(server))


def test_unusable_certificates_are_an_error_without_their_text():
    with pytest.raises(PluginError, match="not usable") as raised:
        Http(Endpoint("https://x", ca="no PEM", certificate="secret-certificate", key="secret-key"))
    assert "secret" not in str(raised.value)
