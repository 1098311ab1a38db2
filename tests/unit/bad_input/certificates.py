"""Authorities of the user's own: what can be told of PEM without a cryptography library. No value is shown."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support.certificates import make_ca, make_leaf
from tests.unit.bad_input.messages import AUTHORITY, CERTIFICATE, ENCRYPTED, GIVEN, KEY, MAPPING, PAIR
from tests.unit.bad_input.rows import CA, As, Case, Row

OTHER, LEAF = make_ca("other"), make_leaf(CA, "leaf")
RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
EC_PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def signed_with(key: object) -> str:
    """A certificate of an authority for another kind of key."""
    names = CA.certificate.subject
    builder = (
        x509.CertificateBuilder(names, names, key.public_key(), x509.random_serial_number())
        .not_valid_before(CA.certificate.not_valid_before_utc)
        .not_valid_after(CA.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=False)
    )
    return builder.sign(CA.key, CA.certificate.signature_hash_algorithm).public_bytes(Encoding.PEM).decode()


def key_pem(key: object, form: PrivateFormat = PrivateFormat.PKCS8, passphrase: bytes = b"") -> str:
    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, protection).decode()


def _secret(*values: object) -> tuple[As, ...]:
    return tuple(As(value, "<secret>") for value in values)


_CERT = CA.certificate_pem
_LINES = _CERT.splitlines()
_PUBLIC = CA.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

NOT_CERTIFICATES = {
    "empty": "",
    "a path": "/etc/ssl/ca.crt",
    "a byte order mark": f"\ufeff{_CERT}",
    "a space before": f" {_CERT}",
    "text before": f"Certificate:\n{_CERT}",
    "text after": f"{_CERT}and more",
    "an escaped line feed": _CERT.replace("\n", "\\n"),
    "all in one line": _CERT.replace("\n", " "),
    "no line feeds": _CERT.replace("\n", ""),
    "indented": "\n".join(f"  {line}" for line in _LINES),
    "no end": "\n".join(_LINES[:-1]),
    "no beginning": "\n".join(_LINES[1:]),
    "half of it": "\n".join([*_LINES[: len(_LINES) // 2], _LINES[-1]]),
    "one byte less": _CERT.replace(_LINES[-2], _LINES[-2][4:]),
    "one line twice": _CERT.replace(_LINES[1], f"{_LINES[1]}\n{_LINES[1]}"),
    "other dashes": _CERT.replace("-----", "\u2013\u2013\u2013\u2013\u2013"),
    "a full-width letter": _CERT.replace(_LINES[1][0], "\uff2d", 1),
    "a header": _CERT.replace(_LINES[0], f"{_LINES[0]}\nProc-Type: 4,ENCRYPTED\n"),
    "another label": _CERT.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    "labels that differ": _CERT.replace("END CERTIFICATE", "END CERTIFICATE REQUEST"),
    "its key": CA.key_pem,
    "a public key": _PUBLIC,
    "a chain": _CERT + OTHER.certificate_pem,
    "certificate and key": _CERT + CA.key_pem,
    "a NUL": f"{_CERT}\x00",
    "base64 only": "".join(_LINES[1:-1]),
    "no content": "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    "other bytes": "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    "padding only": "-----BEGIN CERTIFICATE-----\n====\n-----END CERTIFICATE-----\n",
    "too large": f"-----BEGIN CERTIFICATE-----\n{'A' * 10_000_000}\n-----END CERTIFICATE-----\n",
    "none": None,
    "a number": 1,
    "bytes": _CERT.encode(),
    "a list": [_CERT],
    "true": True,
}

NOT_KEYS = {
    "empty": "",
    "a path": "/etc/ssl/ca.key",
    "a byte order mark": f"\ufeff{CA.key_pem}",
    "the certificate": _CERT,
    "a public key": _PUBLIC,
    "parameters before it": EC_PARAMETERS + CA.key_pem,
    "two keys": CA.key_pem + OTHER.key_pem,
    "an OpenSSH key": key_pem(CA.key, PrivateFormat.OpenSSH),
    "half of it": CA.key_pem[:100],
    "a request": "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
    "none": None,
    "bytes": CA.key_pem.encode(),
    "a mapping": {"pem": CA.key_pem},
}

ENCRYPTED_KEYS = (
    key_pem(CA.key, passphrase=b"hunter2"),
    key_pem(RSA, PrivateFormat.TraditionalOpenSSL, passphrase=b"hunter2"),
)

OTHER_KEYS = (OTHER.key_pem, key_pem(OTHER.key), key_pem(ec.generate_private_key(ec.SECP384R1())))

CERTIFICATES = [
    Row("certificates.etcd_ca.cert_pem", CERTIFICATE, *_secret(*NOT_CERTIFICATES.values())),
    Row("certificates.kubernetes_ca.cert_pem", CERTIFICATE, *_secret("", None)),
    Row("certificates.aggregation_ca.cert_pem", CERTIFICATE, *_secret("", None)),
    [
        Case(
            "any",
            "certificates.etcd_ca",
            {"cert_pem": LEAF.certificate_pem, "private_key_pem": LEAF.key_pem},
            (f"certificates.etcd_ca.cert_pem: <secret> {AUTHORITY}",),
        )
    ],
    Row("certificates.etcd_ca.private_key_pem", KEY, *_secret(*NOT_KEYS.values())),
    Row("certificates.etcd_ca.private_key_pem", ENCRYPTED, *_secret(*ENCRYPTED_KEYS)),
    Row("certificates.etcd_ca.private_key_pem", PAIR, *_secret(*OTHER_KEYS)),
    [
        Case(
            "any",
            "certificates.etcd_ca",
            {"cert_pem": signed_with(RSA), "private_key_pem": key},
            (f"certificates.etcd_ca.private_key_pem: <secret> {PAIR}",),
        )
        for key in (key_pem(rsa.generate_private_key(65537, 2048)), CA.key_pem)
    ],
    Row(
        "certificates.etcd_ca",
        MAPPING,
        As("pem", "<str>"),
        As(None, "<NoneType>"),
        As([], "<list>"),
        As(True, "<bool>"),
    ),
    [
        Case(
            "any",
            "certificates.etcd_ca",
            {},
            (f"certificates.etcd_ca.cert_pem: {GIVEN}", f"certificates.etcd_ca.private_key_pem: {GIVEN}"),
        ),
        Case(
            "any",
            "certificates.etcd_ca",
            {"cert_pem": CA.key_pem, "private_key_pem": _CERT},
            (
                f"certificates.etcd_ca.cert_pem: <secret> {CERTIFICATE}",
                f"certificates.etcd_ca.private_key_pem: <secret> {KEY}",
            ),
        ),
    ],
]

GOOD = {
    "as openssl writes it": (_CERT, CA.key_pem),
    "line ends of Windows": (_CERT.replace("\n", "\r\n"), CA.key_pem.replace("\n", "\r\n")),
    "empty lines around": (f"\n{_CERT}\n\n", f"\n{CA.key_pem}\n"),
    "no line feed at the end": (_CERT.strip(), CA.key_pem.strip()),
    "PKCS#8": (_CERT, key_pem(CA.key)),
    "RSA, PKCS#1": (signed_with(RSA), key_pem(RSA, PrivateFormat.TraditionalOpenSSL)),
    "RSA, PKCS#8": (signed_with(RSA), key_pem(RSA)),
    "Ed25519": (signed_with(ED25519), key_pem(ED25519)),
}
