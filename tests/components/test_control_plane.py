"""`ControlPlane`, usable alone."""

import json

import pulumi
import pytest
import yaml

from tests.support.certificates import make_ca
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
    "local-three-controllers": lambda: Cluster(
        "example", {"name": "test", "controllers": 3, "workers": 0, "worker_pools": [{"name": "gpu", "workers": 2}]}
    ),
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


@pytest.fixture(scope="module", name="assets")
def fixture_assets():
    """The asset map of one controller, as a program that reads it would register it."""

    def program():
        reader = pulumi.ComponentResource("test:index:Reader", "reader")
        reader.register_outputs({"assets": URNS["control-plane"]().assets})

    made = record(program)
    assets = made.outputs[made.component("test:index:Reader").urn]["assets"]
    assert isinstance(assets, Secret)
    return assets.value["test-controller-0"]


def test_outputs_and_which_of_them_are_secret(made):
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    assert {name for name, value in outputs.items() if isinstance(value, Secret)} == {
        "kubeconfig",
        "bootstrap_kubeconfig",
    }
    assert outputs["ca_cert_pem"] == "cert example-pki-kubernetes-ca-cert"
    assert outputs["bootstrap_token_expiration"] == "2030-06-01T10:00:00Z"
    assert {"apiserver", "kubernetes-ca", "etcd-server-test-controller-0"} <= set(outputs["certificates_not_after"])


@pytest.mark.parametrize("case", URNS)
def test_no_component_keeps_bulk_in_the_state(case):
    made = record(URNS[case])
    sizes = {urn: len(str(outputs)) for urn, outputs in made.outputs.items()}
    assert sizes, "nothing was registered"
    assert max(sizes.values()) < 8000, sizes


def test_the_asset_map_is_settled_from_the_resources(assets):
    assert assets["tls/k8s/apiserver.crt"] == "cert example-pki-apiserver-cert"
    assert assets["tls/k8s/apiserver.key"] == "key example-pki-apiserver-key"
    assert assets["tls/k8s/service-account.pub"] == "public example-pki-service-account-key"
    assert assets["tls/etcd/peer.key"] == "key example-pki-etcd-peer-test-controller-0-key"


def test_the_bootstrap_kubeconfig_holds_the_token(made):
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    token = yaml.safe_load(outputs["bootstrap_kubeconfig"].value)["users"][0]["user"]["token"]
    assert token == f"abc123.{'s' * 16}"


@pytest.mark.parametrize("authority", list(Authority))
def test_an_own_authority_reaches_the_resources_of_a_control_plane(authority):
    ca = make_ca("own")

    def program():
        own = {"cert_pem": ca.certificate_pem, "private_key_pem": pulumi.Output.from_input(ca.key_pem)}
        ControlPlane("example", arguments(certificates={f"{authority.value}_ca": own}))

    made = record(program)
    signed = [each for each in made.of_type(SIGNED) if each.inputs["caPrivateKeyPem"] == ca.key_pem]
    assert signed
    assert {each.inputs["caCertPem"] for each in signed} == {ca.certificate_pem}
    assert all(each.secrets == {"caPrivateKeyPem"} for each in signed)
    outputs = made.outputs[made.component("tradewind:index:ControlPlane").urn]
    assert f"{authority.value}-ca" not in outputs["certificates_not_after"]


@pytest.mark.parametrize("preview", [True, False])
def test_an_own_authority_that_is_known_late_is_checked_before_it_signs(preview):
    ca, other = make_ca("own"), make_ca("other")

    def program():
        own = {"cert_pem": ca.certificate_pem, "private_key_pem": pulumi.Output.secret(other.key_pem)}
        ControlPlane("example", arguments(certificates={"etcd_ca": own}))

    with pytest.raises(Exception) as raised:
        record(program, preview=preview)
    message = str(raised.value)
    assert "\n  certificates.etcd_ca.private_key_pem: <secret> must be the key of cert_pem" in message
    assert other.key_pem.splitlines()[1] not in message


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


def test_two_control_planes_in_one_program_are_twice_as_much():
    def program():
        ControlPlane("one", arguments())
        ControlPlane("two", arguments())

    alone, made = record(URNS["control-plane"]), record(program)
    assert len({each.urn for each in made.resources}) == len(made.resources) == 2 * len(alone.resources)
    assert len(made.of_type("tradewind:index:ControlPlane")) == 2
    for each in made.resources:
        cluster = each.name.partition("-")[0]
        assert {urn.rpartition("::")[2].partition("-")[0] for urn in each.depends_on} <= {cluster}, each.name


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


def test_paths_of_secret_assets_are_those_that_are_made(made, assets):
    spec = made.result.spec
    assert set(assets) == set(plain_assets(spec)) | set(secret_asset_paths(spec))
    assert SECRET not in json.dumps(assets)
    assert spec.controllers[0].name == CONTROLLER["name"]
