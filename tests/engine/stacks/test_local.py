"""The `local` stack with the real CLI, without machines: what a preview plans, and how it shows a later change."""

import json
from collections.abc import Iterator

import pytest

from tests.engine.stacks.program import PLUGINS, checkout_stack, configure
from tests.support import ssh_server
from tests.support.pulumi_stack import Stack, StackRunner
from tests.support.recording import record
from tools.paths import CHECKOUT
from tools.recovery import recover
from tradewind.platforms.local.cluster import Cluster
from tradewind.versions import RELEASES

ARGS = {"name": "test", "workers": 1}
CONTROLLER, WORKER = "test-controller-0", "test-worker-0"
PODS = "TRADEWIND_etc_kubernetes_manifests_kube_"
OVERRIDE = "TRADEWIND_etc_systemd_system_kubelet_service_d_10_image_override_conf"
SECRET = "[secret]"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), PLUGINS)


@pytest.fixture(scope="module", name="planned")
def fixture_planned(runner):
    stack = checkout_stack(runner, "planned", platform="local", cluster=ARGS)
    return stack.preview()


def structure(urns):
    """Types and names, without stack and project; the plugins' default providers aside."""
    return {urn.split("::", 2)[2] for urn in urns if "pulumi:providers:" not in urn or "::default" not in urn}


def test_a_preview_plans_every_resource_and_nothing_else(planned):
    assert {step.op for step in planned} == {"create"}
    mocked = record(lambda: Cluster("test", ARGS))
    assert structure(step.urn for step in planned) == structure(each.urn for each in mocked.resources)


def test_objects_are_gone_with_the_first_controller(planned):
    (controller,) = [step.urn for step in planned if step.name == CONTROLLER]
    objects = [step for step in planned if step.urn.split("::")[2].split("$")[-1].startswith("kubernetes:")]
    assert len(objects) > 20
    assert {step.new["deletedWith"] for step in objects} == {controller}


def test_a_first_preview_shows_static_pods_and_hides_what_is_secret(planned):
    (files,) = [step for step in planned if step.name == f"{CONTROLLER}-files"]
    inputs = files.new["inputs"]
    assert "--profiling=false" in inputs["environment"][f"{PODS}apiserver_yaml"]
    assert inputs["stdin"] == SECRET
    text = json.dumps([step.new for step in planned])
    assert "PRIVATE KEY" not in text


# The machines answer at one SSH server that takes deliveries and does nothing with them.
PROGRAM = """
import json
import runpy

import pulumi

reached = json.loads(pulumi.Config("test").require("connection"))
facts = json.dumps({{"id": "one", "address": "127.0.0.1", "hostKey": reached["hostKey"]}})


def reach(given):
    props = dict(given.props)
    if given.type_ == "command:remote:Command":
        props |= {{"create": "cat >/dev/null", "update": "cat >/dev/null", "connection": reached}}
    elif given.type_ == "command:local:Command":
        verbs = dict.fromkeys(("create", "update"), "cat >/dev/null; printf '%s' '" + facts + "'")
        props |= {{**verbs, "delete": "true"}}
    else:
        return None
    return pulumi.ResourceTransformationResult(props, given.opts)


pulumi.runtime.register_stack_transformation(reach)
runpy.run_path({main!r}, run_name="__main__")
"""
NOT_IN_A_CLUSTER = ("--exclude", "**$kubernetes:**", "--exclude", "**pulumi:providers:kubernetes::test**")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    server = ssh_server.prepare_ssh_server(tmp_path_factory.mktemp("ssh"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssh_server, "ACCEPTED", ("TRADEWIND_*",))
        with ssh_server.serving(server):
            yield server.connection


@pytest.fixture(scope="module")
def delivered(runner: StackRunner, connection: dict) -> Stack:
    """A stack whose machines and deliveries are up; there is no cluster."""
    stack = runner.stack("delivered", PROGRAM.format(main=str(CHECKOUT / "__main__.py")))
    set_up(stack, connection)
    stack.up(*NOT_IN_A_CLUSTER)
    return stack


def set_up(stack, connection, **changes):
    configure(stack, platform="local", cluster={**ARGS, **changes})
    stack.config("test:connection", json.dumps(connection), secret=True)


@pytest.fixture
def changed(delivered, connection):
    def preview(**changes):
        set_up(delivered, connection, **changes)
        steps = delivered.changes(*NOT_IN_A_CLUSTER)
        return {step.name: step for step in steps}

    return preview


def test_nothing_changed(changed):
    assert changed() == {}


def test_after_a_refresh_nothing_has_changed(delivered, changed):
    before = delivered.resources().keys()
    delivered.refresh()
    assert delivered.resources().keys() == before
    assert changed() == {}


def lines(step, variable):
    """Lines of a variable that a preview shows as gone and as new."""
    before, after = (
        set(state["inputs"]["environment"].get(variable, "").splitlines()) for state in (step.old, step.new)
    )
    return sorted(each.strip() for each in before - after), sorted(each.strip() for each in after - before)


def test_a_changed_flag_of_a_static_pod_is_one_line_of_one_delivery(changed):
    steps = changed(service_account_issuer="https://issuer.example.com")
    assert {name: step.op for name, step in steps.items()} == {f"{CONTROLLER}-files": "update"}
    step = steps[f"{CONTROLLER}-files"]
    variable = f"{PODS}apiserver_yaml"
    assert {each for each in step.diffs if each != "stdin"} == {f"environment.{variable}"}
    assert lines(step, variable) == (
        [
            "- --service-account-issuer=https://kubernetes.default.svc.cluster.local",
            "- --service-account-jwks-uri=https://kubernetes.default.svc.cluster.local/openid/v1/jwks",
        ],
        [
            "- --service-account-issuer=https://issuer.example.com",
            "- --service-account-jwks-uri=https://issuer.example.com/openid/v1/jwks",
        ],
    )


def test_images_of_another_version_reach_every_machine_in_place(changed):
    older = RELEASES["v1.36.1"].images
    names = ("kube_apiserver", "kube_controller_manager", "kube_scheduler", "kube_proxy")
    images = {name: getattr(older, name) for name in names}
    steps = changed(images=images, kubelet_image={"tag": "v1.36.1"})
    assert {name: step.op for name, step in steps.items()} == {
        f"{CONTROLLER}-files": "update",
        f"{WORKER}-files": "update",
    }
    assert {each for each in steps[f"{WORKER}-files"].diffs if each != "stdin"} == {f"environment.{OVERRIDE}"}
    pods = {f"environment.{PODS}{name}_yaml" for name in ("apiserver", "controller_manager", "scheduler")}
    assert pods <= set(steps[f"{CONTROLLER}-files"].diffs)
    assert lines(steps[f"{CONTROLLER}-files"], f"{PODS}scheduler_yaml") == (
        ["image: registry.k8s.io/kube-scheduler:v1.36.2"],
        ["image: registry.k8s.io/kube-scheduler:v1.36.1"],
    )


def test_the_other_registry_is_one_drop_in_of_each_machine(changed):
    """Of controllers two, as bootstrap.service runs the same image."""
    steps = changed(kubelet_image={"registry": "docker.io/psdn/kubelet"})
    drop_ins = {CONTROLLER: {OVERRIDE, OVERRIDE.replace("kubelet", "bootstrap")}, WORKER: {OVERRIDE}}
    assert {name: step.op for name, step in steps.items()} == {f"{machine}-files": "update" for machine in drop_ins}
    for machine, variables in drop_ins.items():
        step = steps[f"{machine}-files"]
        assert {each.removeprefix("environment.") for each in step.diffs if each != "stdin"} == variables
        for variable in variables:
            new = ["Environment=KUBELET_IMAGE=docker.io/psdn/kubelet:v1.36.2", "[Service]"]
            assert lines(step, variable) == ([], new)


def test_another_worker_touches_no_other_machine(changed):
    steps = changed(workers=2)
    assert {name: step.op for name, step in steps.items()} == {
        "test-worker-1": "create",
        "test-worker-1-files": "create",
    }


def test_another_number_of_controllers_is_refused_before_anything_is_changed(delivered, connection):
    before = delivered.resources(show_secrets=True)
    set_up(delivered, connection, controllers=3)
    for command in (["preview"], ["up", "--yes", "--skip-preview"], ["up", "--yes", "--continue-on-error"]):
        message = delivered.fails(*command, "--stack", "test", *NOT_IN_A_CLUSTER)
        assert "controllers: 3 (test-controller-0=https://test-etcd0.tradewind.internal:2380, " in message
        assert "must stay 1 (test-controller-0=https://test-etcd0.tradewind.internal:2380)" in message
    assert delivered.resources(show_secrets=True) == before


def test_a_cluster_of_a_version_that_kept_no_members_gets_them_in_the_state_and_nothing_else(delivered, connection):
    set_up(delivered, connection)
    (file,) = delivered.backend.glob(".pulumi/stacks/delivered/test.json")
    checkpoint = json.loads(file.read_text())
    (cluster,) = [
        each for each in checkpoint["checkpoint"]["latest"]["resources"] if each["type"] == "tradewind:local:Cluster"
    ]
    del cluster["inputs"]
    file.write_text(json.dumps(checkpoint))
    assert {step.name: step.op for step in delivered.changes(*NOT_IN_A_CLUSTER)} == {"test": "update"}
    delivered.up(*NOT_IN_A_CLUSTER)
    assert delivered.changes(*NOT_IN_A_CLUSTER) == []


def test_the_diff_that_people_read_shows_the_line_and_no_secret(delivered, connection):
    set_up(delivered, connection, coredns_replicas=3, service_account_issuer="https://issuer.example.com")
    text = delivered.run("preview", "--stack", "test", "--diff", *NOT_IN_A_CLUSTER)
    assert "--service-account-issuer=https://issuer.example.com" in text
    assert "PRIVATE KEY" not in text


# Snippets.


def ignition(path):
    return json.dumps({"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": path}]}})


def previewed(stack):
    return stack.run("preview", "--stack", "test", *NOT_IN_A_CLUSTER)


def test_another_snippet_changes_no_machine_and_that_is_told(delivered, connection):
    own = [{"config": ignition("/etc/own")}]
    set_up(delivered, connection, controller_snippets=own, worker_snippets=own)
    assert delivered.changes(*NOT_IN_A_CLUSTER) == []
    text = previewed(delivered)
    for machine in (CONTROLLER, WORKER):
        assert f"{machine} runs with the snippets of its first boot, which are not those of the arguments" in text


def test_machines_that_are_named_are_made_anew_with_their_snippets(delivered, connection, monkeypatch):
    def told(path):
        set_up(delivered, connection, worker_snippets=[{"config": ignition(path)}])
        return "runs with the snippets" in previewed(delivered)

    set_up(delivered, connection, worker_snippets=[{"config": ignition("/etc/own")}])
    with monkeypatch.context() as named:
        named.setitem(delivered.environment, "TRADEWIND_REPLACE", WORKER)
        steps = {step.name: step for step in delivered.changes(*NOT_IN_A_CLUSTER)}
        assert {name: step.op for name, step in steps.items()} == {WORKER: "replace", f"{WORKER}-files": "replace"}
        assert "/etc/own" in steps[WORKER].new["inputs"]["stdin"]
        delivered.up(*NOT_IN_A_CLUSTER)
        assert delivered.changes(*NOT_IN_A_CLUSTER) == []
    assert [told("/etc/own"), told("/etc/other"), told("/etc/own")] == [False, True, False]


def test_the_state_holds_no_secret_in_plain_text(delivered):
    text = delivered.state_text()
    assert "PRIVATE KEY" not in text
    revealed = delivered.resources(show_secrets=True)
    token = json.loads(revealed["test-bootstrap-token-secret"]["outputs"]["result"]["plaintext"])
    assert len(token) == 16
    assert token not in text
    for each in delivered.resources().values():
        assert "plaintext" not in json.dumps(each.get("inputs", {})), each["urn"]


def test_a_delivery_that_was_cut_is_repeated_though_the_state_says_what_is_wanted(delivered, connection):
    set_up(delivered, connection)
    document = json.loads(delivered.state_text())
    (files,) = [each for each in document["deployment"]["resources"] if each["urn"].endswith(f"::{CONTROLLER}-files")]
    (file,) = delivered.backend.glob(".pulumi/stacks/delivered/test.json")
    checkpoint = json.loads(file.read_text())
    checkpoint["checkpoint"]["latest"]["pending_operations"] = [{"resource": files, "type": "updating"}]
    file.write_text(json.dumps(checkpoint))
    recover("test", delivered.environment, delivered.folder)
    steps = {step.name: step.op for step in delivered.changes(*NOT_IN_A_CLUSTER)}
    assert steps == {f"{CONTROLLER}-files": "replace"}
    delivered.up(*NOT_IN_A_CLUSTER)
    assert delivered.changes(*NOT_IN_A_CLUSTER) == []


def test_destroy(delivered, connection):
    set_up(delivered, connection)
    delivered.destroy()
    assert delivered.resources() == {}
