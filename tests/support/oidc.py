"""An issuer of OpenID Connect tokens: discovery and keys over https, tokens signed with ES256."""

import base64
import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support.certificates import Pair, make_ca, make_leaf

_BYTES = 32


@dataclass(frozen=True)
class Issuer:
    """A running issuer."""

    url: str
    ca: Pair
    """Who signed the certificate of its server."""
    _key: ec.EllipticCurvePrivateKey

    def token(self, **claims: Any) -> str:
        """A token with these claims besides `iss`."""
        header = {"alg": "ES256", "kid": "key", "typ": "JWT"}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, {"iss": self.url, **claims}))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encoded(r.to_bytes(_BYTES, 'big') + s.to_bytes(_BYTES, 'big'))}"


@contextlib.contextmanager
def running_issuer(folder: Path) -> Iterator[Issuer]:
    """Serve discovery and keys on a port of the loopback address."""
    ca, key = make_ca("issuer-ca"), ec.generate_private_key(ec.SECP256R1())
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(key))
    leaf = make_leaf(ca, "issuer", addresses=("127.0.0.1",))
    files = (folder / "issuer.crt", folder / "issuer.key")
    for file, content in zip(files, (leaf.certificate_pem, leaf.key_pem), strict=True):
        file.write_text(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Issuer(f"https://127.0.0.1:{server.server_port}", ca, key)
    finally:
        server.shutdown()
        server.server_close()


def _handler(key: ec.EllipticCurvePrivateKey) -> type[BaseHTTPRequestHandler]:
    numbers = key.public_key().public_numbers()
    point = {name: _encoded(value.to_bytes(_BYTES, "big")) for name, value in (("x", numbers.x), ("y", numbers.y))}
    keys = {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "key", **point}]}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"https://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            discovery = {
                "issuer": url,
                "jwks_uri": f"{url}/keys",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
            body = {"/.well-known/openid-configuration": discovery, "/keys": keys}.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
