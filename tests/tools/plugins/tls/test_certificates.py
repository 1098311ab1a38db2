"""The stand-in `tls` plugin: requests and certificates, read with the `cryptography` package."""

import re
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.tls_plugin import LOCAL, REQUEST, SELF, certificate, extension
from tools.plugins.base.values import Secret


def test_ca_outputs(ca, ca_inputs):
    parsed = certificate(ca)
    assert ca.id == str(parsed.serial_number)
    assert parsed.serial_number.bit_length() <= 128
    assert ca.inputs == ca_inputs | {"privateKeyPem": Secret(ca_inputs["privateKeyPem"])}
    made = {"id", "certPem", "validityStartTime", "validityEndTime"}
    assert {name: value for name, value in ca.outputs.items() if name not in made} == ca.inputs | {
        "earlyRenewalHours": 0,
        "keyAlgorithm": "ECDSA",
        "maxPathLength": -1,
        "readyForRenewal": False,
        "setAuthorityKeyId": False,
        "setSubjectKeyId": False,
    }


def test_leaf_outputs(leaf):
    made = {"id", "certPem", "validityStartTime", "validityEndTime"}
    assert {name: value for name, value in leaf.outputs.items() if name not in made} == leaf.inputs | {
        "caKeyAlgorithm": "ECDSA",
        "earlyRenewalHours": 0,
        "isCaCertificate": False,
        "maxPathLength": -1,
        "readyForRenewal": False,
        "setSubjectKeyId": False,
    }


def test_only_private_keys_are_secret(ca, leaf):
    secret = [{name for name, value in made.outputs.items() if isinstance(value, Secret)} for made in (ca, leaf)]
    assert secret == [{"privateKeyPem"}, {"caPrivateKeyPem"}]


def test_times_have_nanoseconds_and_agree_with_the_certificate(ca):
    start, end = ca.outputs["validityStartTime"], ca.outputs["validityEndTime"]
    pattern = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)"
    texts = [re.fullmatch(pattern, text) for text in (start, end)]
    moments = [datetime.fromisoformat(match[1] + match[2].replace("Z", "+00:00")) for match in texts]
    parsed = certificate(ca)
    assert moments == [parsed.not_valid_before_utc, parsed.not_valid_after_utc]
    assert moments[1] - moments[0] == timedelta(hours=48)
    assert datetime.now(UTC) - moments[0] < timedelta(minutes=10)
    assert start[19:] == end[19:]


def test_ca_extensions(ca):
    parsed = certificate(ca)
    assert [(type(item.value), item.critical) for item in parsed.extensions] == [
        (x509.KeyUsage, True),
        (x509.BasicConstraints, True),
        (x509.SubjectKeyIdentifier, False),
    ]
    assert extension(ca, x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=None)
    usage = extension(ca, x509.KeyUsage).value
    assert usage.key_cert_sign
    assert usage.crl_sign
    assert usage.digital_signature
    assert not usage.key_encipherment


def test_leaf_extensions(ca, leaf):
    parsed = certificate(leaf)
    assert [(type(item.value), item.critical) for item in parsed.extensions] == [
        (x509.KeyUsage, True),
        (x509.ExtendedKeyUsage, False),
        (x509.BasicConstraints, True),
        (x509.AuthorityKeyIdentifier, False),
        (x509.SubjectAlternativeName, False),
    ]
    uses = list(extension(leaf, x509.ExtendedKeyUsage).value)
    assert uses == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    authority = extension(leaf, x509.AuthorityKeyIdentifier).value.key_identifier
    assert authority == extension(ca, x509.SubjectKeyIdentifier).value.digest
    names = extension(leaf, x509.SubjectAlternativeName).value
    assert [getattr(name, "value", name) for name in names] == [
        "one.example",
        "*.two.example",
        *names.get_values_for_type(x509.IPAddress),
        "spiffe://example/leaf",
    ]
    assert list(map(str, names.get_values_for_type(x509.IPAddress))) == ["10.0.0.1", "fd00::1"]


def test_the_chain_verifies(ca, leaf):
    certificate(leaf).verify_directly_issued_by(certificate(ca))
    certificate(ca).verify_directly_issued_by(certificate(ca))
    assert isinstance(certificate(leaf).signature_hash_algorithm, hashes.SHA256)


def test_the_subject_has_its_parts_in_order_and_comes_from_the_request(plugin, key, leaf_inputs):
    subject = {
        "commonName": "name",
        "serialNumber": "7",
        "organization": "Orgänisation",
        "organizationalUnit": "unit*",
        "country": "DE",
        "province": "ST",
        "locality": "L",
        "streetAddresses": ["Street 1", "Street 2"],
        "postalCode": "12345",
    }
    request = plugin.create(REQUEST, {"privateKeyPem": key, "subject": subject})
    made = plugin.create(LOCAL, leaf_inputs | {"certRequestPem": request.outputs["certRequestPem"]})
    expected = [
        [(NameOID.COUNTRY_NAME, "DE", "PrintableString")],
        [(NameOID.ORGANIZATION_NAME, "Orgänisation", "UTF8String")],
        [(NameOID.ORGANIZATIONAL_UNIT_NAME, "unit*", "UTF8String")],
        [(NameOID.LOCALITY_NAME, "L", "PrintableString")],
        [(NameOID.STATE_OR_PROVINCE_NAME, "ST", "PrintableString")],
        [(NameOID.STREET_ADDRESS, f"Street {number}", "PrintableString") for number in (1, 2)],
        [(NameOID.POSTAL_CODE, "12345", "PrintableString")],
        [(NameOID.COMMON_NAME, "name", "PrintableString")],
        [(NameOID.SERIAL_NUMBER, "7", "PrintableString")],
    ]
    asked = x509.load_pem_x509_csr(request.outputs["certRequestPem"].encode()).subject
    for name in (asked, certificate(made).subject):
        assert [[(item.oid, item.value, item._type.name) for item in rdn] for rdn in name.rdns] == expected
    with pytest.raises(x509.ExtensionNotFound):
        extension(made, x509.SubjectAlternativeName)


def test_an_email_address_stays_in_the_request(plugin, key):
    request = plugin.create(REQUEST, {"privateKeyPem": key, "subject": {"commonName": "a", "emailAddress": "a@b"}})
    asked = x509.load_pem_x509_csr(request.outputs["certRequestPem"].encode()).subject
    assert [(item.oid, item._type.name) for item in asked][-1] == (NameOID.EMAIL_ADDRESS, "IA5String")


def test_request_outputs(plugin, key):
    inputs = {"privateKeyPem": key, "dnsNames": ["a.example"], "subject": {"commonName": "a"}}
    made = plugin.create(REQUEST, inputs)
    parsed = x509.load_pem_x509_csr(made.outputs["certRequestPem"].encode())
    assert parsed.is_signature_valid
    assert re.fullmatch("[0-9a-f]{40}", made.id)
    assert set(made.outputs) == {*inputs, "id", "certRequestPem", "keyAlgorithm"}
    assert made.outputs["certRequestPem"].endswith("-----END CERTIFICATE REQUEST-----\n")


def test_path_length_and_key_ids_on_request(plugin, ca, ca_inputs, leaf_inputs):
    limited = plugin.create(SELF, ca_inputs | {"maxPathLength": 1, "setAuthorityKeyId": True})
    assert extension(limited, x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=1)
    own = extension(limited, x509.SubjectKeyIdentifier).value.digest
    assert extension(limited, x509.AuthorityKeyIdentifier).value.key_identifier == own
    leaf = plugin.create(LOCAL, leaf_inputs | {"setSubjectKeyId": True, "maxPathLength": 3})
    assert extension(leaf, x509.SubjectKeyIdentifier).value.digest
    assert extension(leaf, x509.BasicConstraints).value == x509.BasicConstraints(ca=False, path_length=None)


def test_without_a_subject_the_names_are_critical(plugin, key):
    inputs = {"privateKeyPem": key, "dnsNames": ["a"], "allowedUses": [], "validityPeriodHours": 1}
    made = plugin.create(SELF, inputs)
    assert certificate(made).subject.rdns == []
    assert extension(made, x509.SubjectAlternativeName).critical
    with pytest.raises(x509.ExtensionNotFound):
        extension(made, x509.KeyUsage)


def test_get_certificate(plugin, ca):
    token = "tls:index/getCertificate:getCertificate"
    result = plugin.invoke(token, {"content": ca.outputs["certPem"]})
    (found,) = result["certificates"]
    assert found["serialNumber"] == ca.id
    assert found["certPem"] == ca.outputs["certPem"]
    assert (found["isCa"], found["subject"], found["issuer"]) == (True, "CN=ca,O=Tradewind", "CN=ca,O=Tradewind")
    assert (found["publicKeyAlgorithm"], found["signatureAlgorithm"], found["version"]) == ("ECDSA", "ECDSA-SHA256", 3)
    with pytest.raises(grpc.RpcError, match="needs the official tls plugin"):
        plugin.invoke(token, {"url": "https://example.com"})
