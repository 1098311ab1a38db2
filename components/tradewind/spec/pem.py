"""Checks of the user's own certificate authorities, as far as they can be told without a cryptography library.

Pure. Reads: PEM text, or a value that another resource makes, which is left to the tls package. No check looks at the
clock: whether a certificate has expired is not told here.
Sources: RFC 7468 (PEM), RFC 5280 (certificates), RFC 5958, 8017 and 5915 (keys).
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator

from tradewind.spec.shown import is_late

_BLOCK = re.compile(
    r"[\r\n]*-----BEGIN (?P<label>[A-Z0-9 ]+)-----\r?\n(?P<body>[A-Za-z0-9+/=\r\n]+)-----END (?P=label)-----[ \t\r\n]*"
)
_LONGEST = 64 * 1024
_KEY_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_IS_CA = re.compile(rb"\x06\x03\x55\x1d\x13(\x01\x01\xff)?\x04.\x30.\x01\x01\xff", re.DOTALL)
"""basicConstraints, critical or not, with cA true."""
_SEQUENCE = 0x30
_VERSION = 0xA0
_RSA = bytes.fromhex("06092a864886f70d010101")
_EC_PUBLIC_KEY = re.compile(rb"\xa1.{1,2}\x03.{1,2}\x00\x04", re.DOTALL)
"""The public key that most private keys of elliptic curves hold as well."""


def certificate(value: object) -> str | None:
    """One certificate of an authority, PEM."""
    if is_late(value):
        return None
    der = _der(value, ("CERTIFICATE",))
    if der is None:
        return "must be one PEM certificate, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
    return None if _IS_CA.search(der) else "must be the certificate of an authority (basic constraints: CA)"


def private_key(value: object) -> str | None:
    """One private key without a passphrase, PEM."""
    if is_late(value):
        return None
    if isinstance(value, str) and "ENCRYPTED" in value[:_LONGEST]:
        return "must be a private key without a passphrase"
    return (
        None if _der(value, _KEY_LABELS) else f"must be one PEM block: {', '.join(_KEY_LABELS[:-1])} or EC PRIVATE KEY"
    )


def belong_together(cert_pem: object, private_key_pem: object) -> bool:
    """Whether a certificate and a key may be a pair; false only if they surely are none."""
    cert, key = _der(cert_pem, ("CERTIFICATE",)), _der(private_key_pem, _KEY_LABELS)
    if cert is None or key is None:
        return True
    try:
        public = _public_key(cert)
    except (IndexError, ValueError):
        return True
    return public in key or not (_RSA in cert or _EC_PUBLIC_KEY.search(key))


def _der(value: object, labels: tuple[str, ...]) -> bytes | None:
    """The bytes of the only block, if its label is one of these and its length is what it says."""
    block = _BLOCK.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if not block or block["label"] not in labels:
        return None
    try:
        der = b64decode("".join(block["body"].split()), validate=True)
        ((tag, content),) = _parts(der)
    except (binascii.Error, IndexError, ValueError):
        return None
    return der if tag == _SEQUENCE and content else None


def _public_key(cert: bytes) -> bytes:
    """What a private key of the certificate holds too: the modulus of an RSA key, the point of an elliptic curve's."""
    ((_, signed),) = _parts(cert)
    (_, to_be_signed), *_ = _parts(signed)
    fields = [content for tag, content in _parts(to_be_signed) if tag != _VERSION]
    (_, algorithm), (_, bits) = _parts(fields[5])
    if not algorithm.startswith(_RSA):
        return bits[1:]
    ((_, numbers),) = _parts(bits[1:])
    (_, modulus), _ = _parts(numbers)
    return modulus


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of every value in DER.

    Raises:
        IndexError, ValueError: if it is cut short.
    """
    while content:
        start, length = 2, content[1]
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(content[2:start], "big")
        if start + length > len(content):
            raise ValueError("cut short")
        yield content[0], content[start : start + length]
        content = content[start + length :]
