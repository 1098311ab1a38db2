"""`ControlPlane`, usable alone."""

import json

import pulumi
import pytest
import yaml

from tests.support.golden import assert_golden, assert_no_stale
from tests.support.recording import SECRET, Secret, record
from tests.unit.arguments import CONTROLLER, arguments, controllers
from tradewind.assets import plain_assets, secret_asset_paths
from tradewind.control_plane import ControlPlane
from tradewind.errors import SpecError
from tradewind.pki.catalog import Authority
from tradewind.platforms.local.cluster import Cluster

SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
URNS = {
    "control-plane": lambda: ControlPlane("example", arguments()),
    "three-controllers": lambda: ControlPlane("example", arguments(controllers=controllers(3))),
    "local": lambda: Cluster("example", {"name": "test", "workers": 2}),
}


@pytest.fixture(scope="module", name="made")
def fixture_made():
    return record(URNS["control-plane"])


@pytest.mark.parametrize("case", URNS)
def test_urns_are_a_promise_to_existing_stacks(case):
    assert_golden(f"urns/{case}.txt", record(URNS[case]).urns)


def test_no_stale_file():
    assert_no_stale("urns", [f"urns/{case}.txt" for case in URNS])


def test_its_parts_are_below_it(made):
    component = made.component("tradewind:index:ControlPlane")
    assert {each.name: each.type for each in made.children(component)} == {
        "example-bootstrap-token": "tradewind:index:BootstrapToken",
        "example-pki": "tradewind:index:Pki",
        "example-encryption-key": "random:index/randomPassword:RandomPassword",
    }


def test_outputs_and_which_of_them_are_secret(made):
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    assert {name for name, value in outputs.items() if isinstance(value, Secret)} == {
        "assets",
        "kubeconfig",
        "bootstrap_kubeconfig",
    }
    assert outputs["ca_cert_pem"] == "cert example-pki-kubernetes-ca-cert"
    assert outputs["bootstrap_token_expiration"] == "2030-06-01T10:00:00Z"
    assert {"apiserver", "kubernetes-ca", "etcd-server-test-controller-0"} <= set(outputs["certificates_not_after"])


def test_the_asset_map_is_settled_from_the_resources(made):
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    assets = outputs["assets"].value["test-controller-0"]
    assert assets["tls/k8s/apiserver.crt"] == "cert example-pki-apiserver-cert"
    assert assets["tls/k8s/apiserver.key"] == "key example-pki-apiserver-key"
    assert assets["tls/k8s/service-account.pub"] == "public example-pki-service-account-key"
    assert assets["tls/etcd/peer.key"] == "key example-pki-etcd-peer-test-controller-0-key"
    token = yaml.safe_load(outputs["bootstrap_kubeconfig"].value)["users"][0]["user"]["token"]
    assert token == f"abc123.{'s' * 16}"


@pytest.mark.parametrize("authority", list(Authority))
def test_an_own_authority_reaches_the_resources_of_a_control_plane(authority):
    def program():
        own = {"cert_pem": "-----BEGIN CERTIFICATE-----", "private_key_pem": pulumi.Output.from_input("own key")}
        ControlPlane("example", arguments(certificates={f"{authority.value}_ca": own}))

    made = record(program)
    signed = [each for each in made.of_type(SIGNED) if each.inputs["caPrivateKeyPem"] == "own key"]
    assert signed
    assert {each.inputs["caCertPem"] for each in signed} == {"-----BEGIN CERTIFICATE-----"}
    assert all(each.secrets == {"caPrivateKeyPem"} for each in signed)
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    assert f"{authority.value}-ca" not in outputs["certificates_not_after"]


def test_the_encryption_key_has_32_bytes(made):
    inputs = made["example-encryption-key"].inputs
    assert (inputs["length"], inputs["special"]) == (32, False)


@pytest.mark.parametrize(
    ("component", "args", "paths"),
    [
        (ControlPlane, {**arguments(), "name": "Bad", "colour": "red"}, ["colour", "name"]),
        (ControlPlane, {}, ["name", "api_servers", "controllers"]),
        (Cluster, {"name": "Bad", "workers": -1}, ["name", "workers"]),
        (Cluster, {}, ["name"]),
    ],
)
def test_bad_arguments_register_nothing(component, args, paths):
    def program():
        with pytest.raises(SpecError) as raised:
            component("example", args)
        return [problem.path for problem in raised.value.problems]

    made = record(program)
    assert made.result == paths
    assert made.resources == []


def test_two_control_planes_in_one_program():
    def program():
        ControlPlane("one", arguments())
        ControlPlane("two", arguments())

    made = record(program)
    assert len({each.urn for each in made.resources}) == len(made.resources)
    assert len(made.of_type("tradewind:index:ControlPlane")) == 2


def test_parent_and_aliases_reach_the_engine():
    def program():
        parent = pulumi.ComponentResource("my:index:Platform", "platform")
        options = pulumi.ResourceOptions(parent=parent, aliases=[pulumi.Alias(name="before")])
        ControlPlane("example", arguments(), options)

    made = record(program)
    component = made.component("tradewind:index:ControlPlane")
    assert component.parent == made.component("my:index:Platform").urn
    assert [alias.spec.name for alias in component.request.aliases] == ["before"]


def test_a_preview_with_everything_unknown_still_knows_the_structure():
    real = record(URNS["three-controllers"])
    assert record(URNS["three-controllers"], preview=True).urns == real.urns


def test_paths_of_secret_assets_are_those_that_are_made(made):
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    spec = made.result.spec
    (assets,) = outputs["assets"].value.values()
    assert set(assets) == set(plain_assets(spec)) | set(secret_asset_paths(spec))
    assert SECRET not in json.dumps(outputs["assets"].value)
    assert spec.controllers[0].name == CONTROLLER["name"]
