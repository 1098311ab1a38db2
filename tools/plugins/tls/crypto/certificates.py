"""Certificate requests and certificates, with the extensions and their order of the official plugin.

Reads: `keys`, `names`; checked inputs of the resources.
Makes: `make_request`, `self_signed`, `locally_signed`.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props
from tools.plugins.tls.crypto import keys, names
from tools.plugins.tls.usages import EXTENDED_KEY_USAGES, KEY_USAGES

SECOND = 1_000_000_000
"""In nanoseconds."""
END_OF_TIME = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()) * SECOND
"""X.509 has no later times."""


@dataclass(frozen=True)
class _Issuer:
    name: x509.Name
    key: keys.PrivateKey
    key_id: bytes | None


def make_request(inputs: Props) -> Props:
    """Return the outputs of a CertRequest."""
    key = keys.parse(inputs["privateKeyPem"])
    builder = x509.CertificateSigningRequestBuilder(names.distinguished_name(inputs.get("subject") or {}))
    alternatives = names.alternative_names(inputs)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    request = builder.sign(key, _hash(key))
    return {
        "id": keys.fingerprint_id(request.public_bytes(Encoding.DER)),
        "keyAlgorithm": keys.algorithm_of(key),
        "certRequestPem": request.public_bytes(Encoding.PEM).decode(),
    }


def self_signed(inputs: Props) -> Props:
    """Return the outputs of a SelfSignedCert."""
    key = keys.parse(inputs["privateKeyPem"])
    subject = names.distinguished_name(inputs.get("subject") or {})
    key_id = keys.subject_key_id(key.public_key()) if _has_key_id(inputs) else None
    authority = None
    if inputs.get("setAuthorityKeyId"):
        if key_id is None:
            raise PluginError("Invalid Certificate Authority: Could not determine Authority Key Identifier")
        authority = key_id
    issuer = _Issuer(subject, key, authority)
    made = _issue(inputs, subject, names.alternative_names(inputs), key.public_key(), issuer)
    return made | {"keyAlgorithm": keys.algorithm_of(key)}


def locally_signed(inputs: Props) -> Props:
    """Return the outputs of a LocallySignedCert: subject and names come from the request."""
    request = _parse_request(inputs["certRequestPem"])
    ca_key = keys.parse(inputs["caPrivateKeyPem"], "CA private key PEM")
    ca = _parse_certificate(inputs["caCertPem"], "CA certificate PEM")
    if keys.public_der(_public(ca.public_key())) != keys.public_der(ca_key.public_key()):
        raise PluginError("Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey")
    subject = names.standard_name(request.subject)
    key_id = None if subject == ca.subject else _key_id_of(ca)
    issuer = _Issuer(ca.subject, ca_key, key_id)
    made = _issue(inputs, subject, names.requested_names(request), _public(request.public_key()), issuer)
    return made | {"caKeyAlgorithm": keys.algorithm_of(ca_key)}


def _issue(
    inputs: Props, subject: x509.Name, alternatives: list[x509.GeneralName], key: keys.PublicKey, issuer: _Issuer
) -> Props:
    if inputs.get("isCaCertificate") and not subject.rdns:
        raise PluginError(
            "Invalid Certificate Subject: Must contain at least one Distinguished Name when creating Certificate"
            " Authority (CA)"
        )
    start = time.time_ns()
    end = start + inputs["validityPeriodHours"] * 3600 * SECOND
    if end >= END_OF_TIME:
        raise PluginError("Failed to create certificate: cannot represent a time after the year 9999")
    serial = secrets.randbits(128) or 1
    builder = (
        x509.CertificateBuilder(issuer.name, subject, key, serial)
        .not_valid_before(datetime.fromtimestamp(start // SECOND, UTC))
        .not_valid_after(datetime.fromtimestamp(end // SECOND, UTC))
    )
    for extension, critical in _extensions(inputs, subject, alternatives, key, issuer.key_id):
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(issuer.key, _hash(issuer.key))
    return {
        "id": str(serial),
        "certPem": certificate.public_bytes(Encoding.PEM).decode(),
        "readyForRenewal": False,
        "validityStartTime": rfc3339(start),
        "validityEndTime": rfc3339(end),
    }


def _extensions(
    inputs: Props,
    subject: x509.Name,
    alternatives: list[x509.GeneralName],
    key: keys.PublicKey,
    authority: bytes | None,
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions with whether they are critical, in the order in which they stand."""
    uses = inputs["allowedUses"]
    extended = [x509.ObjectIdentifier(EXTENDED_KEY_USAGES[use]) for use in uses if use in EXTENDED_KEY_USAGES]
    plain = {KEY_USAGES[use] for use in uses if use in KEY_USAGES}
    is_ca = bool(inputs.get("isCaCertificate"))
    length = inputs.get("maxPathLength")
    limit = length if is_ca and length is not None and length >= 0 else None
    found: list[tuple[x509.ExtensionType, bool]] = []
    if plain:
        found.append((_key_usage(plain), True))
    if extended:
        found.append((x509.ExtendedKeyUsage(extended), False))
    found.append((x509.BasicConstraints(is_ca, limit), True))
    if _has_key_id(inputs):
        found.append((x509.SubjectKeyIdentifier(keys.subject_key_id(key)), False))
    if authority:
        found.append((x509.AuthorityKeyIdentifier(authority, None, None), False))
    if alternatives:
        found.append((x509.SubjectAlternativeName(alternatives), not subject.rdns))
    return found


def _key_usage(uses: set[str]) -> x509.KeyUsage:
    try:
        return x509.KeyUsage(**{name: name in uses for name in KEY_USAGES.values()})
    except ValueError as error:
        raise PluginError(f"Failed to create certificate: {error}") from error


def _has_key_id(inputs: Props) -> bool:
    return bool(inputs.get("isCaCertificate") or inputs.get("setSubjectKeyId"))


def _key_id_of(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _public(key: object) -> keys.PublicKey:
    if isinstance(key, keys.PublicKey):
        return key
    raise PluginError(f"unsupported public key type {type(key).__name__}")


def _hash(key: keys.PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """SHA-256 but for the bigger curves; Ed25519 has its own."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if isinstance(key.curve, ec.SECP384R1):
            return hashes.SHA384()
        return hashes.SHA512() if isinstance(key.curve, ec.SECP521R1) else hashes.SHA256()
    return hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey) else None


def _parse_request(pem: str) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(_block(pem, "CERTIFICATE REQUEST", "certificate request PEM"))
    except ValueError as error:
        raise PluginError(f"Failed to parse certificate request PEM: {error}") from error


def _parse_certificate(pem: str, what: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_block(pem, "CERTIFICATE", what))
    except ValueError as error:
        raise PluginError(f"Failed to parse {what}: {error}") from error


def _block(pem: str, kind: str, what: str) -> bytes:
    """The first PEM block, which must be of the kind."""
    start = pem.find("-----BEGIN ")
    if start < 0:
        raise PluginError(f'Failed to parse {what}: failed to decode PEM of expected type "{kind}" from bytes')
    found = pem[start + len("-----BEGIN ") :].split("-----", 1)[0]
    if found != kind:
        raise PluginError(f'Failed to parse {what}: invalid PEM type - expected "{kind}", got "{found}"')
    return pem[start:].encode()


def rfc3339(nanoseconds: int) -> str:
    """Write a time in the local zone with as many digits after the second as it needs."""
    seconds, rest = divmod(nanoseconds, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    offset = moment.utcoffset() or timedelta()
    zone = "Z" if not offset else moment.isoformat()[-6:]
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + zone
