"""A running `tls` plugin, a CA and a leaf that it made."""

import pytest

from tests.support.plugin_process import running_plugin
from tests.support.tls_plugin import ECDSA, KEY, LOCAL, REQUEST, SELF
from tools.plugins.base.values import reveal


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
