"""Certificate signing requests down to their bytes: what a kubelet sends, and what somebody could send instead.

DER is written by hand, as libraries make well-formed requests only. Sources: RFC 2986, X.690.
"""

import base64
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

NODES = "system:nodes"
CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
SERVING_SIGNER = "kubernetes.io/kubelet-serving"

PRINTABLE, UTF8, BMP = 0x13, 0x0C, 0x1E
COMMON_NAME, ORGANIZATION = bytes.fromhex("0603550403"), bytes.fromhex("060355040a")
_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_ED25519 = bytes.fromhex("300506032b6570")

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key as kubelets make it."""
    return ec.generate_private_key(ec.SECP256R1())


def tlv(tag: int, *contents: bytes) -> bytes:
    """One DER element."""
    content = b"".join(contents)
    length = len(content)
    size = (length.bit_length() + 7) // 8
    header = bytes([length]) if length < 128 else bytes([0x80 | size]) + length.to_bytes(size, "big")
    return bytes([tag]) + header + content


def attribute(oid: bytes, value: str, tag: int = PRINTABLE, trailing: bytes = b"") -> bytes:
    """One attribute of a name, such as its common name."""
    return tlv(0x30, oid, tlv(tag, value.encode("utf-16-be" if tag == BMP else "utf-8")), trailing)


def part(*attributes: bytes) -> bytes:
    """One relative distinguished name."""
    return tlv(0x31, *attributes)


def subject(common_name: str, organization: str = NODES) -> bytes:
    """A subject as kubelets write it."""
    return tlv(0x30, part(attribute(ORGANIZATION, organization)), part(attribute(COMMON_NAME, common_name)))


def signed(name: bytes, key: Key) -> str:
    """The request for a subject in DER, signed, as PEM."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    content = tlv(0x30, tlv(0x02, b"\0"), name, public, tlv(0xA0))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        algorithm, signature = _ED25519, key.sign(content)
    else:
        algorithm, signature = _ECDSA_WITH_SHA256, key.sign(content, ec.ECDSA(hashes.SHA256()))
    return pem(tlv(0x30, content, algorithm, tlv(0x03, b"\0", signature)))


def serving_request(common_name: str, names: Sequence[str] = (), addresses: Sequence[str] = ()) -> str:
    """A well-formed request for a new key, a node, and names and addresses to serve under, as PEM."""
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, NODES)
    name = x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    sans = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(each)) for each in addresses)]
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    return builder.sign(new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def pem(content: bytes, headers: str = "") -> str:
    """DER as PEM, in lines of 64 characters."""
    text = base64.b64encode(content).decode()
    lines = "".join(f"{text[start : start + 64]}\n" for start in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{headers}{lines}-----END CERTIFICATE REQUEST-----\n"


def request_object(name: str, request: str, signer: str = CLIENT_SIGNER, usage: str = "client auth") -> dict[str, Any]:
    """A CertificateSigningRequest with that PEM."""
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name},
        "spec": {
            "request": base64.b64encode(request.encode()).decode(),
            "signerName": signer,
            "usages": ["digital signature", usage],
        },
    }
