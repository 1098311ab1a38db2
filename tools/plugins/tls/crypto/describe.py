"""What a certificate says, as the function getCertificate gives it.

Reads: PEM text.
Makes: `certificates`.
"""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props


def certificates(content: str) -> tuple[list[Props], str]:
    """Return the properties of each certificate in the PEM text, and an id of them all."""
    try:
        found = x509.load_pem_x509_certificates(content.encode())
    except ValueError as error:
        raise PluginError(f"Failed to decode PEM: {error}") from error
    identity = hashlib.sha1(b"".join(item.public_bytes(Encoding.DER) for item in found), usedforsecurity=False)
    return [_properties(item) for item in found], identity.hexdigest()


def _properties(item: x509.Certificate) -> Props:
    is_ca, limit = False, None
    try:
        constraints = item.extensions.get_extension_for_class(x509.BasicConstraints).value
        is_ca, limit = constraints.ca, constraints.path_length
    except x509.ExtensionNotFound:
        pass
    return {
        "certPem": item.public_bytes(Encoding.PEM).decode(),
        "isCa": is_ca,
        "issuer": item.issuer.rfc4514_string(),
        "maxPathLength": -1 if limit is None else limit,
        "notAfter": item.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "notBefore": item.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "publicKeyAlgorithm": _algorithm(item.public_key()),
        "serialNumber": str(item.serial_number),
        "sha1Fingerprint": item.fingerprint(hashes.SHA1()).hex(),  # noqa: S303  it is the name of the output
        "signatureAlgorithm": _signature(item),
        "subject": item.subject.rfc4514_string(),
        "version": item.version.value + 1,
    }


def _algorithm(key: object) -> str:
    kinds = {rsa.RSAPublicKey: "RSA", ec.EllipticCurvePublicKey: "ECDSA", ed25519.Ed25519PublicKey: "Ed25519"}
    return next((name for kind, name in kinds.items() if isinstance(key, kind)), "unknown")


def _signature(item: x509.Certificate) -> str:
    name = item.signature_algorithm_oid._name
    digest = item.signature_hash_algorithm
    if digest is None:
        return "Ed25519"
    return f"ECDSA-{digest.name.upper()}" if name.startswith("ecdsa") else f"{digest.name.upper()}-RSA"
