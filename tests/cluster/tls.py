"""TLS handshakes with what runs on a machine, by clients that are too old, too weak, or strangers."""

import socket
import ssl
import warnings
from pathlib import Path

STRONG = "ECDHE+AESGCM"
# Forward secrecy is missing, or the mode is CBC. Level 0: this client itself would refuse them otherwise.
WEAK = "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0"


def refusal(
    address: str,
    port: int,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    ciphers: str = STRONG,
    certificate: Path | None = None,
) -> str | None:
    """The reason for which a server refuses a handshake of exactly this version; None if it does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Who the server is, is another test's matter.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is tested
        context.minimum_version = context.maximum_version = version
    if certificate:
        context.load_cert_chain(certificate)
    try:
        with socket.create_connection((address, port), timeout=10) as plain, context.wrap_socket(plain):
            return None
    except ssl.SSLError as error:
        return error.reason
