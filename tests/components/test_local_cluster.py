"""The whole story on the local platform: machines, deliveries, the first apply, owned objects."""

import json
from urllib.parse import unquote

import pulumi
import pytest
import yaml

from tests.support.recording import Secret, record
from tradewind.choices import OperatingSystem
from tradewind.control_plane import ControlPlane
from tradewind.platforms.first_boot import stale_snippets
from tradewind.platforms.local.cluster import Cluster
from tradewind.platforms.local.machines import booted_with, snippets_variable
from tradewind.platforms.local.spec import local_spec

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
    assert list(machine.request.ignoreChanges) == ["stdin", "environment.TRADEWIND_SNIPPETS"]
    assert list(machine.request.replaceOnChanges) == ["triggers[*]"]
    assert machine.request.deleteBeforeReplace is True


SNIPPET = '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'
SNIPPETS = {
    "controller_snippets": [{"config": SNIPPET.replace("own", "controller")}],
    "worker_snippets": [{"config": SNIPPET.replace("own", "worker")}],
    "worker_pools": [{"name": "gpu", "snippets": [{"config": SNIPPET.replace("own", "pool")}]}],
    "machine_snippets": {"test-worker-1": [{"config": SNIPPET.replace("own", "machine")}]},
}


@pytest.fixture(scope="module", name="extended")
def fixture_extended():
    return record(lambda: Cluster("local", {**ARGS, **SNIPPETS}))


@pytest.mark.parametrize(
    ("name", "added"),
    [
        (CONTROLLER, ["controller"]),
        (WORKERS[0], ["worker"]),
        (WORKERS[1], ["worker", "machine"]),
        ("test-gpu-0", ["worker", "pool"]),
    ],
)
def test_snippets_reach_the_machines_of_their_role_pool_and_name(extended, name, added):
    machine = extended[name]
    paths = [file["path"] for file in json.loads(machine.inputs["stdin"])["storage"]["files"]]
    assert paths[-len(added) :] == [f"/etc/{each}" for each in added]
    assert not {"/etc/controller", "/etc/worker", "/etc/pool", "/etc/machine"} & set(paths[: -len(added)])
    digest = machine.inputs["environment"]["TRADEWIND_SNIPPETS"]
    others = [
        extended[each].inputs["environment"]["TRADEWIND_SNIPPETS"] for each in (CONTROLLER, *WORKERS) if each != name
    ]
    assert digest.startswith("sha256:")
    assert digest not in others


def test_a_machine_whose_first_boot_is_taken_anew(monkeypatch):
    monkeypatch.setenv("TRADEWIND_REPLACE", f"{WORKERS[0]},{WORKERS[1]}")
    made = record(lambda: Cluster("local", ARGS))
    for name, anew in ((CONTROLLER, False), (WORKERS[0], True), (WORKERS[1], True)):
        inputs = ["stdin", "environment.TRADEWIND_SNIPPETS"]
        ignored, replacing = ([], inputs) if anew else (inputs, [])
        assert list(made[name].request.ignoreChanges) == ignored
        assert set(made[name].request.replaceOnChanges) == {"triggers[*]", *replacing}


def test_only_other_snippets_than_those_of_the_first_boot_are_told():
    one, other, none = (
        local_spec({"name": "test", "workers": 1, "worker_snippets": [{"config": text}] if text else []}).workers[0]
        for text in (SNIPPET, SNIPPET.replace("own", "other"), None)
    )
    booted = booted_with(snippets_variable(one))
    assert stale_snippets(one, booted) is None
    assert stale_snippets(none, booted_with({})) is None
    for host, variables in ((other, booted), (none, booted), (one, None)):
        message = stale_snippets(host, variables)
        assert message
        assert message.startswith("test-worker-0 runs with the snippets of its first boot")


def test_a_file_that_a_snippet_replaces_is_delivered_no_more():
    path, variable = "/etc/containerd/config.toml", "TRADEWIND_etc_containerd_config_toml"
    snippet = {"config": SNIPPET.replace("/etc/own", path), "replaces": [path]}
    made = record(lambda: Cluster("local", {**ARGS, "machine_snippets": {WORKERS[0]: [snippet]}}))
    delivered = {name: made[f"{name}-files"].inputs["environment"] for name in (CONTROLLER, *WORKERS)}
    assert [variable in environment for environment in delivered.values()] == [True, False, True]


def test_nodes_can_have_the_form_of_flatcar(made):
    """Its machines are others, told by name; the default is not named, so that older stacks keep theirs."""
    flatcar = record(lambda: Cluster("local", {**ARGS, "operating_system": OperatingSystem.FLATCAR}))
    assert {each.urn for each in flatcar.resources} == {each.urn for each in made.resources}
    for name in (CONTROLLER, *WORKERS):
        identity = json.loads(flatcar[name].inputs["environment"]["TRADEWIND_MACHINE"])
        assert identity == {**json.loads(made[name].inputs["environment"]["TRADEWIND_MACHINE"]), "system": "flatcar"}
        assert flatcar[name].inputs["triggers"][0] == identity
        booted = unquote(flatcar[name].inputs["stdin"])
        assert "ExecStart=/usr/bin/docker " in booted
        assert "podman" not in booted


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
    assert hidden == {"TRADEWIND_etc_kubernetes_pki_ca_crt", "TRADEWIND_etc_kubernetes_kubeconfig"}


def test_the_first_apply_waits_for_every_controller_and_the_provider_for_the_apply(made):
    assert urn(made, f"{CONTROLLER}-files") in made["local-bootstrap"].depends_on
    assert urn(made, "local-bootstrap") in made["local-kubernetes"].depends_on


def test_objects_go_with_the_first_controller(made):
    # The engine hands this on to the objects below it (tests/engine/stacks).
    assert made.component("tradewind:index:ClusterObjects").request.deletedWith == urn(made, CONTROLLER)


def test_the_administrator_comes_in_by_the_controllers_address(made):
    provider = made["local-kubernetes"]
    assert provider.secrets == {"kubeconfig"}
    # Or else another certificate of the authority would replace every object.
    assert provider.inputs["clusterIdentifier"] == "test"
    config = yaml.safe_load(provider.inputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://10.78.0.10:6443"


@pytest.fixture(scope="module", name="balanced")
def fixture_balanced():
    pool = {"name": "gpu", "labels": {"example.com/gpu": "yes"}, "taints": [{"key": "gpu", "effect": "NoSchedule"}]}
    return record(lambda: Cluster("local", {"name": "test", "controllers": 3, "api_port": 443, "worker_pools": [pool]}))


def test_controllers_get_their_files_one_after_the_other_and_workers_after_them(balanced):
    first, second, third = (balanced[f"test-controller-{index}-files"] for index in range(3))
    assert first.urn in second.depends_on
    assert second.urn in third.depends_on
    for worker in ("test-worker-0", "test-gpu-0"):
        assert balanced["local-bootstrap"].urn in balanced[f"{worker}-files"].depends_on
    assert third.urn in balanced["local-bootstrap"].depends_on


def test_workers_get_their_files_a_tenth_at_a_time():
    made = record(
        lambda: Cluster("local", {"name": "test", "workers": 15, "worker_pools": [{"name": "b", "workers": 9}]})
    )
    names = [f"test-worker-{index}-files" for index in range(15)] + [f"test-b-{index}-files" for index in range(9)]
    urns = {made[name].urn: name for name in names}
    before = [[urns[urn] for urn in made[name].depends_on if urn in urns] for name in names]
    # 24 workers: two at a time, each after the one before the last, whichever pool that is in.
    assert before == [[], [], *([name] for name in names[:-2])]


def test_a_few_workers_get_their_files_one_after_the_other(made):
    first, second = (made[f"{worker}-files"] for worker in WORKERS)
    assert first.urn in second.depends_on


def test_several_api_servers_have_a_load_balancer_of_their_own(balanced):
    machine, files = balanced["test-load-balancer"], balanced["test-load-balancer-files"]
    config = json.loads(machine.inputs["stdin"])
    assert [unit["name"] for unit in config["systemd"]["units"]] == ["haproxy.service"]
    assert config["systemd"]["units"][0]["enabled"] is True
    assert machine.secrets == set()
    (variable,) = files.inputs["environment"]
    assert variable == "TRADEWIND_etc_haproxy_haproxy_cfg"
    text = files.inputs["environment"][variable]
    assert "bind :443\n" in text
    assert [line.split()[2] for line in text.splitlines() if line.startswith("    server ")] == [
        "10.78.0.10:6443",
        "10.78.0.11:6443",
        "10.78.0.12:6443",
    ]
    assert files.inputs["stdin"]
    # Only how it is reached is secret.
    assert files.secrets == {"connection"}


def test_everybody_comes_in_by_the_load_balancer(balanced):
    config = yaml.safe_load(balanced["local-kubernetes"].inputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://10.78.0.5:443"
    assert balanced["test-load-balancer-files"].urn in balanced["test-controller-0-files"].depends_on
    for machine in ("test-controller-1", "test-worker-0"):
        assert (
            "10.78.0.5 test-load-balancer test.tradewind.internal"
            in (balanced[f"{machine}-files"].inputs["environment"]["TRADEWIND_etc_hosts"])
        )


def test_a_pools_labels_and_taints_reach_its_kubelets_only(balanced):
    for worker, label, taints in (
        ("test-gpu-0", ",example.com/gpu=yes", [{"key": "gpu", "effect": "NoSchedule"}]),
        ("test-worker-0", "", []),
    ):
        files = json.loads(balanced[worker].inputs["stdin"])["storage"]["files"]
        unit = next(file for file in files if file["path"] == "/etc/systemd/system/kubelet.service")
        text = unquote(unit["contents"]["source"])
        assert f"--node-labels=node.kubernetes.io/node={label} " in text
        kubelet = yaml.safe_load(
            balanced[f"{worker}-files"].inputs["environment"]["TRADEWIND_var_lib_kubelet_config_yaml"]
        )
        assert kubelet["registerWithTaints"] == taints


def test_one_controller_has_no_load_balancer(made):
    assert "load-balancer" not in " ".join(each.name for each in made.resources)


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
