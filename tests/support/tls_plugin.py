"""Names that the tests of the `tls` plugin share."""

from typing import Any

from cryptography import x509

from tests.support.plugin_process import Made

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF = "tls:index/selfSignedCert:SelfSignedCert"
LOCAL = "tls:index/locallySignedCert:LocallySignedCert"
ECDSA = {"algorithm": "ECDSA", "ecdsaCurve": "P256"}
MADE_WITH_A_KEY = [
    "id",
    "privateKeyOpenssh",
    "privateKeyPem",
    "privateKeyPemPkcs8",
    "publicKeyFingerprintMd5",
    "publicKeyFingerprintSha256",
    "publicKeyOpenssh",
    "publicKeyPem",
]


def certificate(made: Made) -> x509.Certificate:
    """Return the parsed certificate of a resource."""
    return x509.load_pem_x509_certificate(made.outputs["certPem"].encode())


def extension(made: Made, kind: Any) -> Any:
    """Return one extension of the certificate of a resource."""
    return certificate(made).extensions.get_extension_for_class(kind)
