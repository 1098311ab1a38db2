"""The stand-in `tls` plugin, over the wire; what it makes is read with the `cryptography` package."""

import hashlib
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.plugin_process import running_plugin
from tools.plugins.base.values import UNKNOWN, Secret, reveal
from tools.plugins.base.wire import decode

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF = "tls:index/selfSignedCert:SelfSignedCert"
LOCAL = "tls:index/locallySignedCert:LocallySignedCert"
NONE, SOME = 1, 2
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


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    with running_plugin("tls", tmp_path_factory.mktemp("tls")) as client:
        yield client


@pytest.fixture(scope="module")
def key(plugin):
    return reveal(plugin.create(KEY, ECDSA).outputs)["privateKeyPem"]


@pytest.fixture(scope="module")
def ca_inputs(key):
    return {
        "privateKeyPem": key,
        "subject": {"commonName": "ca", "organization": "Tradewind"},
        "isCaCertificate": True,
        "allowedUses": ["cert_signing", "crl_signing", "digital_signature"],
        "validityPeriodHours": 48,
    }


@pytest.fixture(scope="module")
def ca(plugin, ca_inputs):
    return plugin.create(SELF, ca_inputs)


@pytest.fixture(scope="module")
def leaf_inputs(plugin, ca, key):
    request = plugin.create(
        REQUEST,
        {
            "privateKeyPem": reveal(plugin.create(KEY, ECDSA).outputs)["privateKeyPem"],
            "subject": {"commonName": "leaf", "organization": "system:masters"},
            "dnsNames": ["one.example", "*.two.example"],
            "ipAddresses": ["10.0.0.1", "fd00::1"],
            "uris": ["spiffe://example/leaf"],
        },
    )
    return {
        "caCertPem": ca.outputs["certPem"],
        "caPrivateKeyPem": key,
        "certRequestPem": request.outputs["certRequestPem"],
        "allowedUses": ["key_encipherment", "digital_signature", "server_auth", "client_auth"],
        "validityPeriodHours": 24,
    }


@pytest.fixture(scope="module")
def leaf(plugin, leaf_inputs):
    return plugin.create(LOCAL, leaf_inputs)


def certificate(made):
    return x509.load_pem_x509_certificate(made.outputs["certPem"].encode())


def extension(made, kind):
    return certificate(made).extensions.get_extension_for_class(kind)


@pytest.mark.parametrize(
    ("inputs", "kind", "preamble"),
    [
        ({"algorithm": "RSA"}, rsa.RSAPrivateKey, "RSA PRIVATE KEY"),
        (ECDSA, ec.EllipticCurvePrivateKey, "EC PRIVATE KEY"),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P521"}, ec.EllipticCurvePrivateKey, "EC PRIVATE KEY"),
        ({"algorithm": "ED25519"}, ed25519.Ed25519PrivateKey, "PRIVATE KEY"),
    ],
)
def test_key_spellings(plugin, tmp_path, inputs, kind, preamble):
    made = plugin.create(KEY, inputs)
    secret = {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}
    assert {name for name, value in made.outputs.items() if isinstance(value, Secret)} == secret
    outputs = reveal(made.outputs)
    private = load_pem_private_key(outputs["privateKeyPem"].encode(), None)
    assert isinstance(private, kind)
    assert outputs["privateKeyPem"].startswith(f"-----BEGIN {preamble}-----\n")
    assert outputs["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    assert outputs["privateKeyOpenssh"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    others = [
        load_pem_private_key(outputs["privateKeyPemPkcs8"].encode(), None).public_key(),
        load_ssh_private_key(outputs["privateKeyOpenssh"].encode(), None).public_key(),
        load_pem_public_key(outputs["publicKeyPem"].encode()),
        load_ssh_public_key(outputs["publicKeyOpenssh"].encode()),
    ]
    for other in others:
        assert other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == der
    for name in (*secret, "publicKeyPem", "publicKeyOpenssh"):
        assert outputs[name].endswith("\n")
        assert not outputs[name].endswith("\n\n")
    longest = max(map(len, outputs["privateKeyOpenssh"].splitlines()[1:-1]))
    assert longest <= 64
    assert made.id == outputs["id"] == hashlib.sha1(der.strip(b" \t\n\v\f\r")).hexdigest()  # noqa: S324


@pytest.mark.parametrize("inputs", [{"algorithm": "RSA"}, ECDSA, {"algorithm": "ED25519"}])
def test_fingerprints_are_those_of_openssh(plugin, tmp_path, inputs):
    outputs = plugin.create(KEY, inputs).outputs
    (tmp_path / "key.pub").write_text(outputs["publicKeyOpenssh"])

    def fingerprint(kind):
        command = ["ssh-keygen", "-l", "-E", kind, "-f", tmp_path / "key.pub"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]

    assert outputs["publicKeyFingerprintSha256"] == fingerprint("sha256")
    assert "MD5:" + outputs["publicKeyFingerprintMd5"] == fingerprint("md5")


def test_key_defaults_are_in_the_outputs_only(plugin):
    made = plugin.create(KEY, {"algorithm": "ED25519"})
    assert made.inputs == {"algorithm": "ED25519"}
    assert made.outputs["rsaBits"] == 2048
    assert made.outputs["ecdsaCurve"] == "P224"
    assert made.outputs["__meta"] == '{"schema_version":"1"}'


def test_p224_has_no_openssh_form(plugin):
    outputs = reveal(plugin.create(KEY, {"algorithm": "ECDSA"}).outputs)
    empty = ["privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256"]
    assert [outputs[name] for name in empty] == [""] * 4


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"algorithm": "RSA"}, ["algorithm"]),
        ({"ecdsaCurve": "P384"}, ["ecdsaCurve"]),
        ({"rsaBits": 4096}, ["rsaBits"]),
    ],
)
def test_a_changed_key_is_another_key(plugin, change, replaces):
    made = plugin.create(KEY, ECDSA)
    answer = plugin.diff(made, ECDSA | change)
    assert list(answer.replaces) == replaces
    assert sorted(answer.diffs) == sorted([*replaces, *MADE_WITH_A_KEY])
    assert not answer.deleteBeforeReplace


def test_unchanged_things_have_no_difference(plugin, ca, ca_inputs, leaf, leaf_inputs):
    key = plugin.create(KEY, ECDSA)
    for made, inputs in ((key, ECDSA), (ca, ca_inputs), (leaf, leaf_inputs)):
        answer = plugin.diff(made, inputs)
        assert (answer.changes, list(answer.diffs), list(answer.replaces)) == (NONE, [], [])


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


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"dnsNames": ["b.example"]}, ["dnsNames"]),
        ({"subject": {"commonName": "b"}}, ["subject"]),
        ({"subject": None}, ["subject"]),
        ({"uris": ["x://y"]}, ["uris"]),
        ({"privateKeyPem": UNKNOWN}, ["privateKeyPem"]),
    ],
)
def test_every_change_makes_another_request(plugin, key, change, replaces):
    inputs = {"privateKeyPem": key, "dnsNames": ["a.example"], "subject": {"commonName": "a"}}
    answer = plugin.diff(plugin.create(REQUEST, inputs), inputs | change)
    assert (list(answer.diffs), list(answer.replaces)) == (replaces, replaces)


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"validityPeriodHours": 49}, ["validityPeriodHours"]),
        ({"subject": {"commonName": "ca"}}, ["subject"]),
        ({"allowedUses": ["cert_signing"]}, ["allowedUses"]),
        ({"isCaCertificate": False}, ["isCaCertificate"]),
        ({"dnsNames": ["a"]}, ["dnsNames"]),
        ({"ipAddresses": ["1.1.1.1"]}, ["ipAddresses"]),
        ({"maxPathLength": 1}, ["maxPathLength"]),
        ({"setSubjectKeyId": True}, ["setSubjectKeyId"]),
        ({"privateKeyPem": UNKNOWN}, ["privateKeyPem"]),
    ],
)
def test_what_replaces_a_self_signed_certificate(plugin, ca, ca_inputs, change, replaces):
    answer = plugin.diff(ca, ca_inputs | change)
    assert (list(answer.diffs), list(answer.replaces)) == (replaces, replaces)
    assert not answer.deleteBeforeReplace


@pytest.mark.parametrize("name", ["caCertPem", "caPrivateKeyPem", "certRequestPem", "validityPeriodHours"])
def test_an_unknown_input_replaces_a_signed_certificate(plugin, leaf, leaf_inputs, name):
    answer = plugin.diff(leaf, leaf_inputs | {name: UNKNOWN})
    assert (list(answer.diffs), list(answer.replaces)) == ([name], [name])


@pytest.mark.parametrize("kind", ["ca", "leaf"])
def test_early_renewal_alone_updates_in_place(plugin, kind, request):
    made, inputs = request.getfixturevalue(kind), request.getfixturevalue(f"{kind}_inputs")
    answer = plugin.diff(made, inputs | {"earlyRenewalHours": 2})
    assert (list(answer.diffs), list(answer.replaces)) == (["earlyRenewalHours"], [])
    for preview in (True, False):
        updated = plugin.update(made, inputs | {"earlyRenewalHours": 2}, preview=preview)
        assert updated.outputs == made.outputs | {"earlyRenewalHours": 2}


@pytest.mark.parametrize("token", [SELF, LOCAL])
def test_inside_its_window_a_certificate_is_replaced(plugin, token, ca_inputs, leaf_inputs):
    inputs = ca_inputs if token == SELF else leaf_inputs
    inputs = inputs | {"earlyRenewalHours": inputs["validityPeriodHours"]}
    made = plugin.create(token, inputs)
    assert made.outputs["readyForRenewal"] is False
    answer = plugin.diff(made, inputs)
    assert (list(answer.diffs), list(answer.replaces)) == (["readyForRenewal"], ["readyForRenewal"])


def test_an_expired_certificate_is_replaced(plugin, ca_inputs):
    inputs = ca_inputs | {"validityPeriodHours": 0}
    made = plugin.create(SELF, inputs)
    assert list(plugin.diff(made, inputs).replaces) == ["readyForRenewal"]


def test_the_window_opens_at_its_hour(plugin, ca, ca_inputs):
    """The end of validity as the official plugin writes it, in any zone."""
    inputs = ca_inputs | {"earlyRenewalHours": 5}

    def replaces(offset_seconds, zone):
        end = datetime.fromtimestamp(time.time() + 5 * 3600 + offset_seconds, UTC) + timedelta(hours=zone)
        text = end.strftime("%Y-%m-%dT%H:%M:%S") + ".123456789" + (f"{zone:+03}:00" if zone else "Z")
        ca_state = type(ca)(ca.urn, ca.id, ca.inputs, ca.outputs | {"validityEndTime": text, "earlyRenewalHours": 5})
        return list(plugin.diff(ca_state, inputs).replaces)

    for zone in (0, 2, -7):
        assert replaces(120, zone) == []
        assert replaces(-120, zone) == ["readyForRenewal"]


def test_a_refresh_records_that_the_window_is_open(plugin, ca_inputs):
    inputs = ca_inputs | {"earlyRenewalHours": 48}
    made = plugin.create(SELF, inputs)
    outputs = decode(plugin.read(SELF, made.id, made).properties)
    assert outputs == made.outputs | {"readyForRenewal": True}
    closed = type(made)(made.urn, made.id, made.inputs, outputs)
    answer = plugin.diff(closed, inputs | {"earlyRenewalHours": 0})
    assert (list(answer.diffs), list(answer.replaces)) == (["earlyRenewalHours", "readyForRenewal"], [])


def test_previews_know_what_is_given(plugin, leaf_inputs):
    made = plugin.create(LOCAL, leaf_inputs | {"caCertPem": UNKNOWN}, preview=True)
    unknown = {name for name, value in made.outputs.items() if reveal(value) is UNKNOWN}
    assert unknown == {"caCertPem", "caKeyAlgorithm", "certPem", "id", "validityStartTime", "validityEndTime"}
    assert made.outputs["allowedUses"] == leaf_inputs["allowedUses"]
    assert isinstance(made.outputs["caPrivateKeyPem"], Secret)


def test_path_length_and_key_ids_on_request(plugin, ca, ca_inputs, leaf_inputs):
    limited = plugin.create(SELF, ca_inputs | {"maxPathLength": 1, "setAuthorityKeyId": True})
    assert extension(limited, x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=1)
    own = extension(limited, x509.SubjectKeyIdentifier).value.digest
    assert extension(limited, x509.AuthorityKeyIdentifier).value.key_identifier == own
    leaf = plugin.create(LOCAL, leaf_inputs | {"setSubjectKeyId": True, "maxPathLength": 3})
    assert extension(leaf, x509.SubjectKeyIdentifier).value.digest
    assert extension(leaf, x509.BasicConstraints).value == x509.BasicConstraints(ca=False, path_length=None)


@pytest.mark.parametrize("algorithm", ["RSA", "ECDSA", "ED25519"])
def test_key_ids_are_the_hash_of_the_key(plugin, ca_inputs, algorithm):
    key = plugin.create(KEY, {"algorithm": algorithm, "ecdsaCurve": "P384"})
    made = plugin.create(SELF, ca_inputs | {"privateKeyPem": reveal(key.outputs)["privateKeyPem"]})
    public = certificate(made).public_key()
    if algorithm == "ED25519":
        content = b"\x04\x20" + public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        expected = hashlib.sha1(content).digest()  # noqa: S324
    else:
        expected = x509.SubjectKeyIdentifier.from_public_key(public).digest
    assert extension(made, x509.SubjectKeyIdentifier).value.digest == expected


def test_without_a_subject_the_names_are_critical(plugin, key):
    inputs = {"privateKeyPem": key, "dnsNames": ["a"], "allowedUses": [], "validityPeriodHours": 1}
    made = plugin.create(SELF, inputs)
    assert certificate(made).subject.rdns == []
    assert extension(made, x509.SubjectAlternativeName).critical
    with pytest.raises(x509.ExtensionNotFound):
        extension(made, x509.KeyUsage)


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (KEY, {}, [": Missing required property 'algorithm'"]),
        (
            KEY,
            {"algorithm": "DSA"},
            [
                ': Invalid Attribute Value Match. Attribute algorithm value must be one of: ["RSA" "ECDSA" "ED25519"],'
                " got: \"DSA\". Examine values at 'bad.algorithm'."
            ],
        ),
        (KEY, {"algorithm": "RSA", "bits": 1}, [": Invalid or unknown key. Examine values at 'bad.bits'."]),
        (
            REQUEST,
            {"privateKeyPem": "x", "subject": {"name": "a"}},
            [": Invalid or unknown key. Examine values at 'bad.subject.name'."],
        ),
        (
            SELF,
            {"privateKeyPem": "x", "allowedUses": [], "validityPeriodHours": -1},
            [
                ": Invalid Attribute Value. Attribute validityPeriodHours value must be at least 0, got: -1."
                " Examine values at 'bad.validityPeriodHours'."
            ],
        ),
    ],
)
def test_check_failures(plugin, token, inputs, failures):
    assert plugin.check(token, inputs, "bad")[1] == failures


def test_an_unknown_use_is_a_failure(plugin, ca_inputs):
    _, failures = plugin.check(SELF, ca_inputs | {"allowedUses": ["cert_signing", "web"]}, "bad")
    assert len(failures) == 1
    assert "allowedUses[1] value must be one of" in failures[0]
    assert failures[0].endswith("Examine values at 'bad.allowedUses[1]'.")


def test_errors_when_made(plugin, key, ca_inputs, leaf_inputs):
    other = reveal(plugin.create(KEY, ECDSA).outputs)["privateKeyPem"]
    cases = [
        (
            SELF,
            ca_inputs | {"privateKeyPem": "nonsense"},
            "Failed to parse private key PEM: failed to decode PEM block",
        ),
        (SELF, ca_inputs | {"subject": None}, "Invalid Certificate Subject: Must contain at least one"),
        (
            SELF,
            ca_inputs | {"isCaCertificate": False, "setAuthorityKeyId": True},
            "Could not determine Authority Key Identifier",
        ),
        (REQUEST, {"privateKeyPem": key, "ipAddresses": ["1.2.3"]}, "Invalid IP address: Failed to parse"),
        (LOCAL, leaf_inputs | {"caPrivateKeyPem": other}, "provided PrivateKey doesn't match parent's PublicKey"),
        (LOCAL, leaf_inputs | {"caCertPem": key}, 'invalid PEM type - expected "CERTIFICATE", got "EC PRIVATE KEY"'),
        (LOCAL, leaf_inputs | {"certRequestPem": "x"}, "Failed to parse certificate request PEM"),
        (KEY, {"algorithm": "RSA", "rsaBits": 8}, "Unable to generate Key from configuration"),
    ]
    for token, inputs, message in cases:
        with pytest.raises(grpc.RpcError) as error:
            plugin.create(token, inputs)
        assert message in error.value.details()


def test_secrets_are_not_in_errors(plugin, ca_inputs):
    broken = ca_inputs["privateKeyPem"].replace("A", "B")
    with pytest.raises(grpc.RpcError) as error:
        plugin.create(SELF, ca_inputs | {"privateKeyPem": broken})
    lines = [line for line in broken.splitlines() if not line.startswith("-----")]
    assert not any(line in error.value.details() for line in lines)


def test_get_public_key(plugin):
    made = plugin.create(KEY, ECDSA)
    outputs = reveal(made.outputs)
    public = {name: outputs[name] for name in MADE_WITH_A_KEY if name.startswith("publicKey") or name == "id"}
    for given in ("privateKeyPem", "privateKeyOpenssh"):
        result = plugin.invoke("tls:index/getPublicKey:getPublicKey", {given: outputs[given]})
        assert result == public | {given: outputs[given], "algorithm": "ECDSA"}
    with pytest.raises(grpc.RpcError, match="Exactly one of"):
        plugin.invoke("tls:index/getPublicKey:getPublicKey", {})


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


def test_keys_cannot_be_imported(plugin):
    with pytest.raises(grpc.RpcError, match="cannot be imported"):
        plugin.read(KEY, "abc")
