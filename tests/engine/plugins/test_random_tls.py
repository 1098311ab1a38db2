"""The stand-in `random` and `tls` plugins under the real Pulumi CLI."""

import json

import pytest
from cryptography import x509

from tests.support.pulumi_stack import Stack, StackRunner

PROGRAM = """
import pulumi
import pulumi_random as random
import pulumi_tls as tls

config = pulumi.Config()
ca_key = tls.PrivateKey("ca-key", algorithm="ECDSA", ecdsa_curve="P256")
ca = tls.SelfSignedCert(
    "ca",
    private_key_pem=ca_key.private_key_pem,
    is_ca_certificate=True,
    allowed_uses=["cert_signing"],
    validity_period_hours=100,
    early_renewal_hours=config.get_int("early"),
    subject={"common_name": config.get("name") or "ca"},
)
key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256")
request = tls.CertRequest(
    "request", private_key_pem=key.private_key_pem, dns_names=["a.example"], subject={"common_name": "leaf"}
)
leaf = tls.LocallySignedCert(
    "leaf",
    ca_cert_pem=ca.cert_pem,
    ca_private_key_pem=ca_key.private_key_pem,
    cert_request_pem=request.cert_request_pem,
    allowed_uses=["server_auth"],
    validity_period_hours=50,
)
password = random.RandomPassword(
    "password", length=config.get_int("length") or 20, keepers={"a": config.get_secret("keeper") or "1"}
)
pulumi.export("certificate", leaf.cert_pem)
pulumi.export("password", password.result)
"""
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), ["random", "tls"])


@pytest.fixture(scope="module")
def stack(runner: StackRunner) -> Stack:
    """One stack that is up; tests only preview changes of its configuration."""
    stack = runner.stack("certificates", PROGRAM)
    assert {step.name: step.op for step in stack.changes() if step.op != "create"} == {}
    stack.up()
    return stack


@pytest.fixture
def configured(stack: Stack):
    keys = []

    def configure(key: str, value: str, *, secret: bool = False) -> Stack:
        stack.config(key, value, secret=secret)
        keys.append(key)
        return stack

    yield configure
    for key in keys:
        stack.run("config", "rm", "--stack", "test", key)


def outcome(stack: Stack) -> dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return {step.name: (step.op, step.reasons, step.replaces) for step in stack.changes()}


def test_nothing_changed(stack: Stack):
    assert outcome(stack) == {}
    assert {step.op for step in stack.changes("--refresh")} == {"refresh"}


def test_a_changed_subject_replaces_the_ca_and_what_it_signed(configured):
    assert outcome(configured("name", "other")) == {
        "ca": ("replace", ("subject",), ("subject",)),
        "leaf": ("replace", ("caCertPem",), ("caCertPem",)),
    }


def test_early_renewal_alone_updates_in_place(configured):
    assert outcome(configured("early", "10")) == {"ca": ("update", ("earlyRenewalHours",), ())}


def test_inside_the_window_every_preview_replaces_and_cascades(configured):
    stack = configured("early", "100")
    for _ in range(2):
        assert outcome(stack) == {
            "ca": ("replace", ("earlyRenewalHours", "readyForRenewal"), ("readyForRenewal",)),
            "leaf": ("replace", ("caCertPem",), ("caCertPem",)),
        }


def test_a_changed_length_replaces_the_password(configured):
    assert outcome(configured("length", "21")) == {"password": ("replace", ("length",), ("length",))}


def test_a_changed_keeper_replaces_the_password(configured):
    assert outcome(configured("keeper", "hidden", secret=True)) == {"password": ("replace", ("keepers",), ("keepers",))}


def test_secrets_in_state(stack: Stack):
    resources = stack.resources()

    def secret(name: str) -> set[str]:
        outputs = resources[name]["outputs"]
        return {key for key, value in outputs.items() if isinstance(value, dict) and SECRET_SIGNATURE in value.values()}

    assert secret("key") == {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}
    assert secret("ca") == secret("request") == {"privateKeyPem"}
    assert secret("leaf") == {"caPrivateKeyPem"}
    assert secret("password") == {"result", "bcryptHash"}
    text = stack.state_text()
    assert "PRIVATE KEY-----" not in text
    plain = stack.resources(show_secrets=True)["password"]["outputs"]["result"]["plaintext"]
    assert json.loads(plain) not in text


def test_inputs_in_state_are_what_the_program_gave(stack: Stack):
    resources = stack.resources()
    assert resources["password"]["inputs"] == {"length": 20, "keepers": {"a": "1"}}
    assert set(resources["ca"]["inputs"]) == {
        "allowedUses",
        "isCaCertificate",
        "privateKeyPem",
        "subject",
        "validityPeriodHours",
    }


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("", "Missing required property 'algorithm'"),
        ("algorithm='DSA'", "Examine values at 'bad.algorithm'"),
        ("algorithm='RSA', bits=1", "Examine values at 'bad.bits'"),
    ],
)
def test_errors_at_check_name_the_property(runner: StackRunner, properties: str, message: str):
    stack = runner.stack(
        f"errors-{len(properties)}",
        "import pulumi, pulumi_tls\n"
        "class Key(pulumi.CustomResource):\n"
        "    def __init__(self, name, **props):\n"
        "        options = pulumi.ResourceOptions(version='5.3.1')\n"
        "        super().__init__('tls:index/privateKey:PrivateKey', name, props, options)\n"
        f"Key('bad', {properties})\n",
    )
    output = stack.fails("preview", "--stack", "test")
    assert "tls:index/privateKey:PrivateKey resource 'bad' has a problem: " in output
    assert message in output


def test_a_bad_key_fails_at_create_only(runner: StackRunner):
    stack = runner.stack(
        "bad-key",
        "import pulumi_tls as tls\n"
        "tls.CertRequest('request', private_key_pem='nonsense', subject={'common_name': 'a'})\n",
    )
    assert [step.op for step in stack.changes()] == ["create"]
    assert "Failed to parse private key PEM" in stack.fails("up", "--stack", "test", "--yes", "--skip-preview")


def test_renewal_at_up_and_destroy(runner: StackRunner):
    """A certificate that is in its window when it is made is made anew by each `up`."""
    stack = runner.stack("renewal", PROGRAM.replace("validity_period_hours=50", "validity_period_hours=0"))
    stack.up()
    first = stack.resources()
    assert outcome(stack) == {"leaf": ("replace", ("readyForRenewal",), ("readyForRenewal",))}
    output = stack.up()
    assert "1 replaced" in output
    second = stack.resources()
    changed = {name for name in first if first[name].get("id") != second[name].get("id")}
    assert changed == {"leaf"}
    ca, leaf = (x509.load_pem_x509_certificate(second[name]["outputs"]["certPem"].encode()) for name in ("ca", "leaf"))
    leaf.verify_directly_issued_by(ca)
    stack.destroy()
    assert stack.resources() == {}
