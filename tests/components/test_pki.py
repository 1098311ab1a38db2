"""`Pki` and `BootstrapToken`: what they register, and which of it is secret."""

import pulumi
import pytest

from tests.support.certificates import make_ca
from tests.support.recording import VALIDITY_END, Secret, record
from tests.unit.arguments import arguments, controllers
from tradewind.bootstrap_token import BootstrapToken, expiration
from tradewind.choices import KeyAlgorithm
from tradewind.pki import catalog
from tradewind.pki.assets import Pki
from tradewind.pki.catalog import Authority
from tradewind.spec import TokenPolicy, cluster_spec

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"

SPEC = cluster_spec(arguments(controllers=controllers(3)))
OWN = make_ca("own")


def pki(spec=SPEC, own=None):
    return record(lambda: Pki("pki", spec, own or {}))


@pytest.fixture(scope="module", name="made")
def fixture_made():
    return pki()


def test_every_record_has_its_resources_below_the_component(made):
    authorities = [record.name for record in catalog.authorities(SPEC)]
    certificates = [record.name for record in catalog.certificates(SPEC)]
    component = made.component("tradewind:index:Pki")
    assert len(made.children(component)) == len(made.resources) - 1
    names = {token: sorted(each.name for each in made.of_type(token)) for token in (KEY, REQUEST, SELF_SIGNED, SIGNED)}
    assert names == {
        KEY: sorted(f"pki-{name}-key" for name in [*authorities, *certificates, "service-account"]),
        REQUEST: sorted(f"pki-{name}-csr" for name in certificates),
        SELF_SIGNED: sorted(f"pki-{name}-cert" for name in authorities),
        SIGNED: sorted(f"pki-{name}-cert" for name in certificates),
    }


def test_each_certificate_is_signed_by_its_authority_for_its_own_key(made):
    for certificate in catalog.certificates(SPEC):
        signed = made[f"pki-{certificate.name}-cert"].inputs
        authority = f"pki-{certificate.authority.value}-ca"
        assert signed["caCertPem"] == f"cert {authority}-cert"
        assert signed["caPrivateKeyPem"] == f"key {authority}-key"
        assert signed["certRequestPem"] == f"csr pki-{certificate.name}-csr"
        assert made[f"pki-{certificate.name}-csr"].inputs["privateKeyPem"] == f"key pki-{certificate.name}-key"


def test_private_keys_are_secret_wherever_they_go_and_certificates_are_not(made):
    assert {frozenset(each.secrets) for each in made.of_type(SIGNED)} == {frozenset({"caPrivateKeyPem"})}
    for token in (REQUEST, SELF_SIGNED):
        assert {frozenset(each.secrets) for each in made.of_type(token)} == {frozenset({"privateKeyPem"})}


def test_subject_names_and_usages_come_from_the_record(made):
    request = made["pki-apiserver-csr"].inputs
    record_ = next(each for each in catalog.certificates(SPEC) if each.name == "apiserver")
    assert request["subject"] == {"commonName": "kube-apiserver"}
    assert request["dnsNames"] == list(record_.dns_names)
    assert request["ipAddresses"] == list(record_.ip_addresses)
    assert made["pki-admin-csr"].inputs["subject"] == {
        "commonName": "kubernetes-admin",
        "organization": "tradewind:cluster-admins",
    }
    assert not {"dnsNames", "ipAddresses"} & set(made["pki-admin-csr"].inputs)


def test_lifetimes(made):
    signed = {(each.inputs["validityPeriodHours"], each.inputs["earlyRenewalHours"]) for each in made.of_type(SIGNED)}
    assert signed == {(8760, 2160)}
    for authority in made.of_type(SELF_SIGNED):
        assert (authority.inputs["validityPeriodHours"], authority.inputs["earlyRenewalHours"]) == (87600, 2160)
        assert authority.inputs["isCaCertificate"] is True
        assert authority.inputs["setSubjectKeyId"] is True
        assert authority.inputs["allowedUses"] == ["digital_signature", "cert_signing", "crl_signing"]


def test_ecdsa_is_the_default_and_its_keys_do_not_encipher(made):
    for key in made.of_type(KEY):
        assert key.inputs == {"algorithm": "ECDSA", "ecdsaCurve": "P256"}
    assert made["pki-apiserver-cert"].inputs["allowedUses"] == ["digital_signature", "server_auth"]


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_is_a_choice_for_every_key(bits):
    algorithm = KeyAlgorithm(f"rsa-{bits}")
    made = pki(cluster_spec(arguments(certificates={"key_algorithm": algorithm})))
    for key in made.of_type(KEY):
        assert key.inputs == {"algorithm": "RSA", "rsaBits": bits}
    uses = made["pki-apiserver-cert"].inputs["allowedUses"]
    assert uses == ["digital_signature", "key_encipherment", "server_auth"]


@pytest.mark.parametrize("authority", list(Authority))
def test_an_authority_of_the_users_own_signs_and_is_not_made(authority):
    own = {authority: {"cert_pem": OWN.certificate_pem, "private_key_pem": OWN.key_pem}}
    made = pki(own=own)
    name = f"pki-{authority.value}-ca"
    assert [each.name for each in made.resources if each.name.startswith(name)] == []
    signed = [each.name for each in catalog.certificates(SPEC) if each.authority is authority]
    assert signed
    for certificate in catalog.certificates(SPEC):
        resource = made[f"pki-{certificate.name}-cert"]
        is_own = certificate.name in signed
        assert (resource.inputs["caPrivateKeyPem"] == OWN.key_pem) is is_own
        assert (resource.inputs["caCertPem"] == OWN.certificate_pem) is is_own
        # Given as plain text, a key is a secret all the same.
        assert resource.secrets == {"caPrivateKeyPem"}
    assert len(made.of_type(SELF_SIGNED)) == 2


def test_keys_that_come_out_are_secret_even_one_given_as_plain_text():
    def program():
        own = {Authority.ETCD: {"cert_pem": OWN.certificate_pem, "private_key_pem": OWN.key_pem}}
        issued = Pki("pki", SPEC, own).issued
        pairs = {**issued.authorities, **issued.certificates}
        pulumi.ComponentResource("test:index:Reader", "reader").register_outputs(
            {
                "keys": {name: each.private_key_pem for name, each in pairs.items()},
                "certificates": {name: each.cert_pem for name, each in pairs.items()},
                "signing": issued.service_account_private_key,
                "verifying": issued.service_account_public_key,
                "own": issued.authorities[Authority.ETCD].private_key_pem,
            }
        )

    made = record(program)
    outputs = made.outputs[made.component("test:index:Reader").urn]
    assert {name for name, value in outputs.items() if isinstance(value, Secret)} == {"keys", "signing", "own"}
    assert outputs["own"] == Secret(OWN.key_pem)


def token(**hours):
    policy = TokenPolicy(**{"validity_hours": 48, "early_renewal_hours": 12, **hours})
    settled = {}

    def program():
        made = BootstrapToken("token", policy)
        made.expiration.apply(lambda value: settled.update(expiration=value))

    return record(program), settled


def test_the_token_expires_with_a_certificate_that_renews_itself():
    made, settled = token()
    validity = made["token-validity-cert"]
    assert (validity.inputs["validityPeriodHours"], validity.inputs["earlyRenewalHours"]) == (48, 12)
    assert validity.inputs["allowedUses"] == []
    assert validity.secrets == {"privateKeyPem"}
    for name, length in (("token-id", 6), ("token-secret", 16)):
        inputs = made[name].inputs
        assert inputs["keepers"] == {"validity_end_time": VALIDITY_END}
        assert (inputs["length"], inputs["upper"], inputs["special"]) == (length, False, False)
        assert made[name].secrets == set()
    assert made["token-secret"].type == "random:index/randomPassword:RandomPassword"
    assert settled == {"expiration": "2030-06-01T10:00:00Z"}


def test_the_tokens_outputs_hold_no_secret():
    made, _ = token()
    component = made.component("tradewind:index:BootstrapToken")
    assert {each.parent for each in made.resources if each is not component} == {component.urn}
    assert made.outputs[component.urn] == {"token_id": "abc123", "expiration": "2030-06-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2030-06-01T12:00:00Z", "2030-06-01T12:00:00Z"),
        ("2030-06-01T12:00:00.987654Z", "2030-06-01T12:00:00Z"),
        ("2030-06-01T00:30:00.123456789+02:00", "2030-05-31T22:30:00Z"),
        ("2030-06-01T12:00:00-05:00", "2030-06-01T17:00:00Z"),
    ],
)
def test_an_end_of_validity_as_the_token_cleaner_reads_it(given, expected):
    assert expiration(given) == expected
