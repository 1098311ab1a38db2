"""`ControlPlane` imported into a larger program: outputs flow on, and moving or renaming it makes nothing again."""

import base64
import json

import pytest
import yaml
from cryptography import x509

from tests.support.certificates import make_ca
from tests.support.pulumi_stack import Stack, StackRunner
from tools.paths import CHECKOUT

RECORDED_BY_SDK = ("stackTrace", "sourcePosition")
"""As long as the paths of the checkout and of Python are."""

PROGRAM = f"""
import sys

sys.path.insert(0, {str(CHECKOUT / "components")!r})
import pulumi
from tradewind.control_plane import ControlPlane
{{body}}
pulumi.export("token", plane.bootstrap_kubeconfig)
pulumi.export("ca", plane.ca_cert_pem)
pulumi.export("paths", plane.assets.apply(lambda assets: sorted(assets["c0"])[:2]))
"""
ARGS = """{
    "name": "example",
    "api_servers": ["api.example.com"],
    "controllers": [{"name": "c0", "etcd_name": "etcd0.example.com"}],
}"""
ALONE = PROGRAM.format(body=f'plane = ControlPlane("example", {ARGS})')
MOVED = PROGRAM.format(
    body=f"""
parent = pulumi.ComponentResource("my:index:Platform", "platform")
before = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
plane = ControlPlane("example", {ARGS}, pulumi.ResourceOptions(parent=parent, aliases=[before]))
"""
)
RENAMED = PROGRAM.format(
    body=f"""
plane = ControlPlane("other", {ARGS}, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="example")]))
"""
)
PROTECTED = PROGRAM.format(body=f'plane = ControlPlane("example", {ARGS}, pulumi.ResourceOptions(protect=True))')
TWO = PROGRAM.format(
    body=f"""
plane = ControlPlane("example", {ARGS})
ControlPlane("second", {{**{ARGS}, "name": "second"}})
"""
)

OWN = PROGRAM.format(
    body=f"""
config = pulumi.Config("test")
own = {{"cert_pem": config.require("certificate"), "private_key_pem": config.require_secret("key")}}
certificates = {{"key_algorithm": "rsa-2048", "kubernetes_ca": own}}
plane = ControlPlane("example", {{**{ARGS}, "certificates": certificates}})
pulumi.export("kubeconfig", plane.kubeconfig)
"""
)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), ["random", "tls"])


@pytest.fixture(scope="module")
def stack(runner: StackRunner) -> Stack:
    stack = runner.stack("larger", ALONE)
    stack.up()
    return stack


def test_nothing_changed(stack):
    assert stack.changes() == []


def test_a_cluster_is_little_state(stack):
    """A backend with one file per stack writes the file twice for each new resource: the bytes are what `up` costs."""
    resources = stack.resources()
    assert len(resources) <= 50
    own = [{key: value for key, value in each.items() if key not in RECORDED_BY_SDK} for each in resources.values()]
    sizes = [len(json.dumps(each)) for each in own]
    assert sum(sizes) < 180_000, "with the asset map it would be 220 kB"
    assert max(sizes) < 12_000


def test_outputs_are_for_the_program_and_secrets_stay_secret(stack):
    text = stack.run("stack", "output", "--stack", "test", "--json")
    assert "[secret]" in text
    assert "BEGIN CERTIFICATE" in text
    assert "auth/admin.conf" not in text, "what comes of a secret map is secret too"


@pytest.mark.parametrize(
    ("program", "created"), [(MOVED, {"platform"}), (RENAMED, set())], ids=["below a parent", "renamed"]
)
def test_with_an_alias_nothing_is_made_again(stack, program, created):
    stack.write(program)
    steps = {step.name: step.op for step in stack.changes()}
    stack.write(ALONE)
    assert steps == dict.fromkeys(created, "create")


def test_options_reach_every_resource_inside(stack):
    stack.write(PROTECTED)
    inside = [step for step in stack.preview() if step.name.startswith("example")]
    stack.write(ALONE)
    assert len(inside) > 30
    assert all(step.new["protect"] for step in inside)


def test_a_second_one_leaves_the_first_alone(stack):
    stack.write(TWO)
    steps = stack.changes()
    stack.write(ALONE)
    assert {step.op for step in steps} == {"create"}
    assert all(step.name.startswith("second") for step in steps)


def test_destroy(stack):
    stack.destroy()
    assert stack.resources() == {}


def test_an_authority_of_the_users_own_signs_rsa_keys(runner):
    authority = make_ca("own-ca")
    stack = runner.stack("own", OWN)
    stack.config("test:certificate", authority.certificate_pem)
    stack.config("test:key", authority.key_pem, secret=True)
    stack.up()
    config = yaml.safe_load(stack.run("stack", "output", "--stack", "test", "--show-secrets", "kubeconfig"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    # The CLI drops the last newline of a value.
    assert base64.b64decode(cluster["certificate-authority-data"]).decode() == authority.certificate_pem.strip()
    admin = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
    admin.verify_directly_issued_by(authority.certificate)
    assert admin.public_key().key_size == 2048
    assert "example-pki-kubernetes-ca-cert" not in stack.resources()
    assert "PRIVATE KEY" not in stack.state_text()
