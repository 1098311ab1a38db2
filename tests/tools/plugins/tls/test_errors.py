"""The stand-in `tls` plugin: what fails when, and with which words."""

import grpc
import pytest

from tests.support.tls_plugin import ECDSA, KEY, LOCAL, REQUEST, SELF
from tools.plugins.base.values import reveal


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
        (SELF, ca_inputs | {"validityPeriodHours": 10**9}, "cannot represent a time after the year 9999"),
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
