"""Who a certificate is for: distinguished names and alternative names.

Reads: the subject, dnsNames, ipAddresses and uris of inputs; parsed requests.
Makes: `distinguished_name`, `standard_name`, `alternative_names`, `requested_names`.
"""

import ipaddress
import string
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props

# In the order in which they stand in a name.
PARTS = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
SINGLE = (NameOID.COMMON_NAME, NameOID.SERIAL_NUMBER)
PRINTABLE = frozenset(string.ascii_letters + string.digits + " '()+,-./:=?")


def distinguished_name(subject: Props) -> x509.Name:
    """Turn the `subject` of inputs into a name; an email address comes last, as IA5String."""
    rdns = []
    for part, oid in PARTS.items():
        given = subject.get(part) or []
        rdns += _rdn(oid, [given] if isinstance(given, str) else given)
    if subject.get("emailAddress"):
        email = x509.NameAttribute(NameOID.EMAIL_ADDRESS, subject["emailAddress"], _ASN1Type.IA5String)
        rdns.append(x509.RelativeDistinguishedName([email]))
    return x509.Name(rdns)


def standard_name(name: x509.Name) -> x509.Name:
    """Return the name with the parts that a subject can have, in their order; others are dropped."""
    rdns = []
    for oid in PARTS.values():
        values = [_text(attribute) for attribute in name.get_attributes_for_oid(oid)]
        rdns += _rdn(oid, values[-1:] if oid in SINGLE else values)
    return x509.Name(rdns)


def _rdn(oid: x509.ObjectIdentifier, values: Sequence[str]) -> list[x509.RelativeDistinguishedName]:
    """All values of one part stand together in one relative name; the type of string follows the characters."""
    attributes = [
        x509.NameAttribute(
            oid,
            value,
            _ASN1Type.PrintableString if set(value) <= PRINTABLE else _ASN1Type.UTF8String,
            _validate=False,
        )
        for value in dict.fromkeys(values)
        if value
    ]
    return [x509.RelativeDistinguishedName(attributes)] if attributes else []


def _text(attribute: x509.NameAttribute[str | bytes]) -> str:
    return attribute.value if isinstance(attribute.value, str) else attribute.value.decode("latin-1")


def alternative_names(inputs: Props) -> list[x509.GeneralName]:
    """Return the dnsNames, ipAddresses and uris of inputs, in this order."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames") or []]
    names += [x509.IPAddress(_address(text)) for text in inputs.get("ipAddresses") or []]
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []]
    return names


def requested_names(request: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    """Return the DNS names, addresses and URIs that a request asks for, in this order."""
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    kinds = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier)
    return [name for kind in kinds for name in _only(found, kind)]


def _only(names: Iterable[x509.GeneralName], kind: type[x509.GeneralName]) -> list[x509.GeneralName]:
    return [name for name in names if isinstance(name, kind)]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise PluginError(f'Invalid IP address: Failed to parse "{text}"') from error
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
