"""The `local` stack with the real CLI, without machines: what a preview plans, and how it shows a later change."""

import json
from collections.abc import Iterator

import pytest

from tests.engine.stacks.program import PLUGINS, checkout_stack, configure
from tests.support import ssh_server
from tests.support.pulumi_stack import Stack, StackRunner
from tests.support.recording import record
from tools.paths import CHECKOUT
from tradewind.platforms.local.cluster import Cluster

ARGS = {"name": "test", "workers": 1}
CONTROLLER, WORKER = "test-controller-0", "test-worker-0"
PODS = "TRADEWIND_etc_kubernetes_manifests_kube_"
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


def lines(step, variable):
    """Lines of a variable that a preview shows as gone and as new."""
    before, after = (set(state["inputs"]["environment"][variable].splitlines()) for state in (step.old, step.new))
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


def test_another_version_reaches_every_machine_in_place(changed):
    steps = changed(kubernetes_version="v1.36.1")
    assert {name: step.op for name, step in steps.items()} == {
        f"{CONTROLLER}-files": "update",
        f"{WORKER}-files": "update",
    }
    drop_in = "TRADEWIND_etc_systemd_system_kubelet_service_d_05_image_conf"
    assert {each for each in steps[f"{WORKER}-files"].diffs if each != "stdin"} == {f"environment.{drop_in}"}
    pods = {f"environment.{PODS}{name}_yaml" for name in ("apiserver", "controller_manager", "scheduler")}
    assert pods <= set(steps[f"{CONTROLLER}-files"].diffs)
    assert lines(steps[f"{CONTROLLER}-files"], f"{PODS}scheduler_yaml") == (
        ["image: registry.k8s.io/kube-scheduler:v1.36.2"],
        ["image: registry.k8s.io/kube-scheduler:v1.36.1"],
    )


def test_another_worker_touches_no_other_machine(changed):
    steps = changed(workers=2)
    assert {name: step.op for name, step in steps.items()} == {
        "test-worker-1": "create",
        "test-worker-1-files": "create",
    }


def test_the_diff_that_people_read_shows_the_line_and_no_secret(delivered, connection):
    set_up(delivered, connection, coredns_replicas=3, service_account_issuer="https://issuer.example.com")
    text = delivered.run("preview", "--stack", "test", "--diff", *NOT_IN_A_CLUSTER)
    assert "--service-account-issuer=https://issuer.example.com" in text
    assert "PRIVATE KEY" not in text


def test_the_state_holds_no_secret_in_plain_text(delivered):
    text = delivered.state_text()
    assert "PRIVATE KEY" not in text
    revealed = delivered.resources(show_secrets=True)
    token = json.loads(revealed["test-bootstrap-token-secret"]["outputs"]["result"]["plaintext"])
    assert len(token) == 16
    assert token not in text
    for each in delivered.resources().values():
        assert "plaintext" not in json.dumps(each.get("inputs", {})), each["urn"]


def test_destroy(delivered, connection):
    set_up(delivered, connection)
    delivered.destroy()
    assert delivered.resources() == {}
