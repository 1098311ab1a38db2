"""The whole story on the local platform: machines, deliveries, the first apply, owned objects."""

import json

import pulumi
import pytest
import yaml

from tests.support.recording import Secret, record
from tradewind.control_plane import ControlPlane
from tradewind.platforms.local.cluster import Cluster

ARGS = {"name": "test", "workers": 2}
CONTROLLER, WORKERS = "test-controller-0", ("test-worker-0", "test-worker-1")


@pytest.fixture(scope="module", name="made")
def fixture_made():
    return record(lambda: Cluster("local", ARGS))


def urn(made, name):
    return made[name].urn


def test_a_machine_is_a_command_with_its_identity(made):
    machine = made[CONTROLLER]
    assert machine.type == "command:local:Command"
    identity = {"cluster": "test", "name": CONTROLLER, "address": "10.78.0.10", "network": "10.78.0.0/24"}
    assert json.loads(machine.inputs["environment"]["TRADEWIND_MACHINE"]) == identity
    assert machine.inputs["triggers"] == [identity]
    verbs = {verb: machine.inputs[verb] for verb in ("create", "update", "delete")}
    assert verbs == {verb: f"python3 -m tools.machines {verb}" for verb in ("create", "update", "delete")}


@pytest.mark.parametrize("name", [CONTROLLER, *WORKERS])
def test_user_data_holds_no_secret_and_is_for_the_first_boot_only(made, name):
    machine = made[name]
    config = json.loads(machine.inputs["stdin"])
    (user,) = config["passwd"]["users"]
    assert user == {"name": "core", "sshAuthorizedKeys": ["openssh public test-ssh-key"]}
    assert machine.secrets == set()
    assert list(machine.request.ignoreChanges) == ["stdin"]
    assert machine.request.deleteBeforeReplace is True


def test_the_machine_program_can_be_another():
    args = {**ARGS, "machine_command": ["/opt/my machines", "--quiet"]}
    machine = record(lambda: Cluster("local", args))[CONTROLLER]
    assert machine.inputs["create"] == "'/opt/my machines' --quiet create"


def test_each_machine_gets_its_files(made):
    for name in (CONTROLLER, *WORKERS):
        files = made[f"{name}-files"]
        assert (
            files.inputs["connection"]["host"]
            == json.loads(made[name].inputs["environment"]["TRADEWIND_MACHINE"])["address"]
        )
        assert files.inputs["connection"]["hostKey"] == f"host key of {name}"
        assert files.inputs["triggers"] == [f"id of {name}"]
        assert files.secrets == {"stdin", "connection"}
        assert urn(made, name) in files.depends_on


def test_a_preview_of_a_controllers_files_shows_static_pods_and_only_digests_of_keys(made):
    environment = made[f"{CONTROLLER}-files"].inputs["environment"]
    pod = yaml.safe_load(environment["TRADEWIND_etc_kubernetes_manifests_kube_apiserver_yaml"])
    assert pod["kind"] == "Pod"
    keys = {name: value for name, value in environment.items() if "_pki_" in name}
    assert keys
    assert all(value.startswith("sha256:") for value in keys.values())
    assert "key test-pki" not in json.dumps(environment)


def test_a_worker_gets_no_key_of_the_cluster(made):
    environment = made[f"{WORKERS[0]}-files"].inputs["environment"]
    hidden = {name for name, value in environment.items() if value.startswith("sha256:")}
    assert hidden == {"TRADEWIND_etc_kubernetes_ca_crt", "TRADEWIND_etc_kubernetes_kubeconfig"}


def test_the_first_apply_waits_for_every_controller_and_the_provider_for_the_apply(made):
    assert urn(made, f"{CONTROLLER}-files") in made["local-bootstrap"].depends_on
    assert urn(made, "local-bootstrap") in made["local-kubernetes"].depends_on


def test_objects_go_with_the_first_controller(made):
    # The engine hands this on to the objects below it (tests/engine/stacks).
    assert made.component("tradewind:index:ClusterObjects").request.deletedWith == urn(made, CONTROLLER)


def test_the_administrator_comes_in_by_the_controllers_address(made):
    provider = made["local-kubernetes"]
    assert provider.secrets == {"kubeconfig"}
    config = yaml.safe_load(provider.inputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://10.78.0.10:6443"


def test_outputs_and_which_of_them_are_secret(made):
    outputs = made.outputs[made.component("tradewind:local:Cluster").urn]
    assert {name for name, value in outputs.items() if isinstance(value, Secret)} == {"kubeconfig", "ssh_private_key"}
    assert outputs["addresses"] == {
        CONTROLLER: "10.78.0.10",
        "test-worker-0": "10.78.0.50",
        "test-worker-1": "10.78.0.51",
    }
    assert outputs["ssh_private_key"] == Secret("openssh key test-ssh-key")


def test_no_plain_input_holds_a_private_key_or_the_token(made):
    for each in made.resources:
        plain = {name: value for name, value in each.inputs.items() if name not in each.secrets}
        text = json.dumps(plain)
        assert "key test-pki" not in text.replace("openssh public", ""), each.name
        assert "s" * 16 not in text, each.name


def test_secrets_stay_secret_through_the_components_attributes():
    controllers = [{"name": "c", "etcd_name": "e.example.com"}]

    def program():
        plane = ControlPlane("one", {"name": "a", "api_servers": ["a.example.com"], "controllers": controllers})
        pulumi.ComponentResource("test:index:Reader", "reader").register_outputs(
            {
                "assets": plane.assets,
                "secret_assets": plane.secret_assets,
                "worker_assets": plane.worker_assets,
                "kubeconfig": plane.kubeconfig,
                "bootstrap_kubeconfig": plane.bootstrap_kubeconfig,
                "token_secret": plane.token_secret,
                "ca_cert_pem": plane.ca_cert_pem,
                "expiration": plane.bootstrap_token_expiration,
            }
        )

    made = record(program)
    outputs = made.outputs[made.component("test:index:Reader").urn]
    assert len(outputs) == 8
    assert {name for name, value in outputs.items() if not isinstance(value, Secret)} == {"ca_cert_pem", "expiration"}
