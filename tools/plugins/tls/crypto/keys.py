"""Private keys: making, reading and every spelling of them and of their public keys.

Reads: PEM text.
Makes: `generate`, `parse`, `algorithm_of`, `private_spellings`, `public_spellings`, `fingerprint_id`.
"""

import base64
import hashlib
import textwrap
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
PREAMBLES = ("RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY")
PEM_WIDTH = 64


def generate(algorithm: str, rsa_bits: int, curve: str) -> PrivateKey:
    """Make a key; of rsa_bits and curve only the one that the algorithm needs counts."""
    if algorithm == "RSA":
        try:
            return rsa.generate_private_key(65537, rsa_bits)
        except ValueError as error:
            raise PluginError(f"Unable to generate Key from configuration: {error}") from error
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve]())
    return ed25519.Ed25519PrivateKey.generate()


def parse(pem: str, what: str = "private key PEM") -> PrivateKey:
    """Read an unencrypted PEM key (PKCS#1, SEC1 or PKCS#8); `what` names it in errors."""
    failed = f"Failed to parse {what}"
    start = pem.find("-----BEGIN ")
    if start < 0 or "-----END " not in pem:
        raise PluginError(f"{failed}: failed to decode PEM block: decoded bytes 0, undecoded {len(pem.encode())}")
    preamble = pem[start + len("-----BEGIN ") :].split("-----", 1)[0]
    if preamble not in PREAMBLES:
        raise PluginError(f"{failed}: unsupported PEM preamble/type: {preamble}")
    return _known(_loaded(pem[start:], serialization.load_pem_private_key, f"{failed} given PEM preamble '{preamble}'"))


def parse_openssh(text: str) -> PrivateKey:
    """Read an unencrypted key in OpenSSH's own format, or in PEM."""
    return _known(_loaded(text, serialization.load_ssh_private_key, "failed to parse openssh private key"))


def _loaded(text: str, load: object, failed: str) -> object:
    try:
        return load(text.encode(), None)  # type: ignore[operator]  # either loader: bytes and password to a key
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PluginError(f"{failed}: {error}") from error


def _known(key: object) -> PrivateKey:
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        return key
    raise PluginError(f"failed to determine key algorithm for private key of type {type(key).__name__}")


def algorithm_of(key: PrivateKey) -> str:
    """Return RSA, ECDSA or ED25519."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def private_spellings(key: PrivateKey) -> Props:
    """Return the key as PEM, PKCS#8 PEM and OpenSSH text; the last is empty for P224, which OpenSSH does not know."""
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    traditional = pkcs8
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    return {"privateKeyPem": traditional, "privateKeyPemPkcs8": pkcs8, "privateKeyOpenssh": _openssh(key)}


def _openssh(key: PrivateKey) -> str:
    if not _in_openssh(key.public_key()):
        return ""
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    first, *body, last = text.strip().splitlines()
    return "\n".join([first, *textwrap.wrap("".join(body), PEM_WIDTH), last, ""])


def public_spellings(key: PublicKey) -> Props:
    """Return the public key as PEM, as OpenSSH text and as OpenSSH's two fingerprints (empty for P224)."""
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    line, md5, sha256 = "", "", ""
    if _in_openssh(key):
        text = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        line = text + "\n"
        blob = base64.b64decode(text.split()[1])
        md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
        md5 = ":".join(textwrap.wrap(md5, 2))
        sha256 = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return {
        "publicKeyPem": pem,
        "publicKeyOpenssh": line,
        "publicKeyFingerprintMd5": md5,
        "publicKeyFingerprintSha256": sha256,
    }


def _in_openssh(key: PublicKey) -> bool:
    return not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP224R1))


def public_der(key: PublicKey) -> bytes:
    """Return the key as SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint_id(content: bytes) -> str:
    """Return the id of a thing by its DER: SHA-1 in hex, white space at the ends aside (as the official plugin)."""
    return hashlib.sha1(content.strip(b" \t\n\v\f\r"), usedforsecurity=False).hexdigest()


def subject_key_id(key: PublicKey) -> bytes:
    """Return the key identifier of RFC 5280, 4.2.1.2 (1), with the encodings of the official plugin."""
    if isinstance(key, rsa.RSAPublicKey):
        content = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        content = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        content = b"\x04\x20" + key.public_bytes(Encoding.Raw, PublicFormat.Raw)  # an OCTET STRING of 32 bytes
    return hashlib.sha1(content, usedforsecurity=False).digest()
