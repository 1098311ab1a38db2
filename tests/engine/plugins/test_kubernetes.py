"""The stand-in `kubernetes` plugin under the real Pulumi CLI, against a real API server."""

import base64
import json
import re
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer, free_ports, make_kubeconfig
from tests.support.pulumi_stack import Stack, StackRunner
from tests.support.waiting import until

HEADER = """
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
provider = k8s.Provider("cluster", kubeconfig=config.require_secret("kubeconfig"))
options = pulumi.ResourceOptions(provider=provider)
"""
DEPLOYMENT = """
k8s.apps.v1.Deployment(
    "web",
    metadata={"name": "web", "namespace": "NAMESPACE", "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={
        "replicas": 1,
        "selector": {"match_labels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "hostNetwork": False,
                "containers": [{
                    "name": "web",
                    "image": "registry.example/web:1",
                    "env": [{"name": "EMPTY", "value": ""}],
                    "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}},
                }],
            },
        },
    },
    opts=options,
)
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), ["kubernetes"])


@pytest.fixture
def namespace(api_server: ApiServer, request: pytest.FixtureRequest) -> Iterator[str]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:50].strip("-")
    api_server.kubectl("create", "namespace", name)
    yield name
    api_server.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def make(runner: StackRunner, api_server: ApiServer, namespace: str):
    def make_stack(body: str) -> Stack:
        stack = runner.stack(namespace, (HEADER + body).replace("NAMESPACE", namespace))
        stack.config("kubeconfig", api_server.kubeconfig, secret=True)
        return stack

    return make_stack


def rewrite(stack: Stack, old: str, new: str) -> None:
    program = (stack.folder / "__main__.py").read_text()
    assert old in program
    stack.write(program.replace(old, new))


def outcome(stack: Stack) -> dict[str, str]:
    return {step.name: step.op for step in stack.changes()}


def test_life_of_a_deployment(make, api_server, namespace):
    stack = make(DEPLOYMENT)
    assert outcome(stack) == {"cluster": "create", "web": "create"}
    stack.up()
    assert stack.changes() == []
    live = json.loads(api_server.kubectl("get", "deployment", "web", "-n", namespace, "-o", "json"))
    container = live["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    state = stack.resources()["web"]
    assert state["id"] == f"{namespace}/web"
    assert state["outputs"]["__initialApiVersion"] == "apps/v1"
    assert re.fullmatch(r"pulumi-kubernetes-[0-9a-f]{8}", state["outputs"]["__fieldManager"])
    assert state["outputs"]["__inputs"] == state["inputs"]
    assert "hostNetwork" not in state["inputs"]["spec"]["template"]["spec"]

    rewrite(stack, "web:1", "web:2")
    (step,) = stack.changes()
    assert (step.op, step.diffs) == ("update", {"spec.template.spec.containers[0].image": "update"})
    stack.up()
    assert stack.changes() == []
    assert "web:2" in api_server.kubectl("get", "deployment", "web", "-n", namespace, "-o", "yaml")
    stack.refresh()
    assert stack.changes() == []
    stack.destroy()
    # It says skipAwait, so nobody waits for the API server to collect it.
    until(lambda: api_server.kubectl("get", "deployments", "-n", namespace, "-o", "name") == "")


def test_daemon_set_image_is_one_changed_path(make):
    stack = make(
        """
k8s.apps.v1.DaemonSet(
    "agent",
    metadata={"name": "agent", "namespace": "NAMESPACE"},
    spec={
        "selector": {"match_labels": {"app": "agent"}},
        "template": {
            "metadata": {"labels": {"app": "agent"}},
            "spec": {"containers": [{"name": "agent", "image": "agent:1"}], "tolerations": [{"operator": "Exists"}]},
        },
    },
    opts=options,
)
"""
    )
    stack.up()
    rewrite(stack, "agent:1", "agent:2")
    (step,) = stack.changes()
    assert (step.op, step.diffs) == ("update", {"spec.template.spec.containers[0].image": "update"})
    stack.up()
    assert stack.changes() == []


def test_config_map_data_replaces(make, api_server, namespace):
    stack = make(
        """
k8s.core.v1.ConfigMap("auto", metadata={"namespace": "NAMESPACE"}, data={"key": "old"}, opts=options)
k8s.core.v1.ConfigMap("fixed", metadata={"name": "fixed", "namespace": "NAMESPACE"}, data={"key": "old"}, opts=options)
k8s.core.v1.ConfigMap("renamed", metadata={"name": "first", "namespace": "NAMESPACE"}, data={"key": "x"}, opts=options)
"""
    )
    stack.up()
    before = stack.resources()
    assert re.fullmatch(f"{namespace}/auto-[0-9a-f]{{8}}", before["auto"]["id"])
    assert before["auto"]["outputs"]["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    rewrite(stack, '"old"', '"new"')
    rewrite(stack, '"first"', '"second"')
    steps = {step.name: step for step in stack.changes()}
    assert {name: step.op for name, step in steps.items()} == dict.fromkeys(("auto", "fixed", "renamed"), "replace")
    assert steps["auto"].diffs == {"data.key": "update-replace"}
    assert steps["renamed"].diffs == {"metadata.name": "update-replace"}
    printed = stack.up()
    fixed = [line for line in printed.splitlines() if " fixed " in line]
    renamed = [line for line in printed.splitlines() if " renamed " in line]
    assert next(line for line in fixed if "delet" in line or "creat" in line).split()[0] == "--"
    assert next(line for line in renamed if "delet" in line or "creat" in line).split()[0] == "++"
    after = stack.resources()
    assert after["auto"]["id"] != before["auto"]["id"]
    assert after["fixed"]["id"] == before["fixed"]["id"]
    assert after["renamed"]["id"] == f"{namespace}/second"
    assert stack.changes() == []
    names = api_server.kubectl("get", "configmaps", "-n", namespace, "-o", "name").split()
    assert set(names) - {"configmap/kube-root-ca.crt"} == {
        f"configmap/{after['auto']['outputs']['metadata']['name']}",
        "configmap/fixed",
        "configmap/second",
    }


def test_secrets_are_encrypted_in_state(make, api_server, namespace):
    stack = make(
        """
k8s.core.v1.Secret(
    "token",
    metadata={"name": "token", "namespace": "NAMESPACE"},
    string_data={"password": "plain-text-password"},
    opts=options,
)
k8s.core.v1.ConfigMap(
    "mixed",
    metadata={"name": "mixed", "namespace": "NAMESPACE"},
    data={"open": "visible", "closed": pulumi.Output.secret("another-hidden-value")},
    opts=options,
)
"""
    )
    stack.up()
    encoded = base64.b64encode(b"plain-text-password").decode()
    state = stack.state_text()
    for hidden in ("plain-text-password", encoded, "another-hidden-value", "client-key-data"):
        assert hidden not in state
    assert "visible" in state
    shown = stack.resources(show_secrets=True)["token"]
    assert json.loads(shown["inputs"]["data"]["plaintext"]) == {"password": encoded}
    assert "stringData" not in shown["inputs"]
    assert stack.changes() == []
    live = json.loads(api_server.kubectl("get", "secret", "token", "-n", namespace, "-o", "json"))
    assert live["data"] == {"password": encoded}


MANIFEST = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "proxy", "labels": {"tier": "node"}},
    "spec": {
        "selector": {"matchLabels": {"app": "proxy"}},
        "template": {
            "metadata": {"labels": {"app": "proxy"}},
            "spec": {"hostNetwork": True, "containers": [{"name": "proxy", "image": "proxy:1"}]},
        },
    },
}
ADOPTION = """
k8s.apps.v1.DaemonSet(
    "proxy",
    metadata={
        "name": "proxy",
        "namespace": "NAMESPACE",
        "labels": {"tier": "node"},
        "annotations": {"pulumi.com/patchForce": "true"},
    },
    spec={
        "selector": {"match_labels": {"app": "proxy"}},
        "template": {
            "metadata": {"labels": {"app": "proxy"}},
            "spec": {"host_network": True, "containers": [{"name": "proxy", "image": "proxy:1"}]},
        },
    },
    opts=options,
)
"""


def test_adopts_what_kubectl_applied(make, api_server, namespace):
    api_server.kubectl("apply", "--server-side", "-n", namespace, "-f", "-", stdin=json.dumps(MANIFEST))
    uid = api_server.kubectl("get", "daemonset", "proxy", "-n", namespace, "-o", "jsonpath={.metadata.uid}")
    stack = make(ADOPTION)
    stack.up()
    assert stack.resources()["proxy"]["outputs"]["metadata"]["uid"] == uid
    assert stack.changes() == []
    rewrite(stack, "proxy:1", "proxy:2")
    (step,) = stack.changes()
    assert step.diffs == {"spec.template.spec.containers[0].image": "update"}
    stack.up()
    assert stack.changes() == []
    # The first update took kubectl's ownership over, so that a label can go although kubectl once applied it.
    rewrite(stack, '"labels": {"tier": "node"},', "")
    stack.up()
    live = json.loads(api_server.kubectl("get", "daemonset", "proxy", "-n", namespace, "-o", "json"))
    assert "labels" not in live["metadata"]
    assert live["metadata"]["uid"] == uid


def test_a_conflict_is_an_error_without_force(make, api_server, namespace):
    api_server.kubectl("apply", "--server-side", "-n", namespace, "-f", "-", stdin=json.dumps(MANIFEST))
    stack = make(
        ADOPTION.replace('"annotations": {"pulumi.com/patchForce": "true"},', "").replace("proxy:1", "proxy:2")
    )
    printed = stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert "Server-Side Apply field conflict detected" in printed
    assert 'conflict with "kubectl"' in printed
    assert ".spec.template.spec.containers" in printed


def test_destroy_when_objects_are_gone(make, api_server, namespace):
    stack = make(
        """
k8s.core.v1.ConfigMap("a", metadata={"name": "a", "namespace": "NAMESPACE"}, opts=options)
k8s.apiextensions.CustomResource(
    "w",
    api_version="gone.example.com/v1",
    kind="Widget",
    metadata={"name": "w", "namespace": "NAMESPACE"},
    spec={"size": 1},
    opts=options,
)
"""
    )
    definition = widget_definition("gone.example.com")
    api_server.kubectl("apply", "-f", "-", stdin=json.dumps(definition))
    api_server.kubectl("wait", "--for=condition=Established", "crd", definition["metadata"]["name"])
    stack.up()
    api_server.kubectl("delete", "configmap", "a", "-n", namespace)
    api_server.kubectl("delete", "crd", definition["metadata"]["name"])
    stack.destroy()
    assert stack.resources() == {}


def test_refresh_drops_what_is_gone_and_shows_drift(make, api_server, namespace):
    stack = make(
        """
k8s.core.v1.ConfigMap("a", metadata={"name": "a", "namespace": "NAMESPACE"}, data={"k": "1"}, opts=options)
k8s.core.v1.ConfigMap("b", metadata={"name": "b", "namespace": "NAMESPACE"}, data={"k": "1"}, opts=options)
"""
    )
    stack.up()
    api_server.kubectl("delete", "configmap", "a", "-n", namespace)
    api_server.kubectl(
        "patch", "configmap", "b", "-n", namespace, "--type=merge", "-p", '{"data": {"k": "2", "more": "3"}}'
    )
    stack.refresh()
    assert set(stack.resources()) == {"cluster", "b"}
    assert stack.resources()["b"]["inputs"]["data"] == {"k": "2"}
    assert outcome(stack) == {"a": "create", "b": "replace"}


def widget_definition(group: str) -> dict:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "names": {"plural": "widgets", "kind": "Widget"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                            },
                        }
                    },
                }
            ],
        },
    }


def test_definition_and_custom_resource_in_one_update(make):
    stack = make(
        """
definition = k8s.apiextensions.v1.CustomResourceDefinition(
    "widgets",
    metadata={"name": "widgets.both.example.com"},
    spec={
        "group": "both.example.com",
        "names": {"plural": "widgets", "kind": "Widget"},
        "scope": "Namespaced",
        "versions": [{
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {"open_apiv3_schema": {
                "type": "object",
                "properties": {"spec": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}},
            }},
        }],
    },
    opts=options,
)
k8s.apiextensions.CustomResource(
    "w",
    api_version="both.example.com/v1",
    kind="Widget",
    metadata={"namespace": "NAMESPACE"},
    spec={"size": 1, "off": False},
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[definition]),
)
"""
    )
    stack.up()
    assert stack.changes() == []
    rewrite(stack, '"size": 1', '"size": 2')
    (step,) = stack.changes()
    assert (step.name, step.op, step.diffs) == ("w", "update", {"spec.size": "update"})
    rewrite(stack, '"kind": "Widget"}', '"kind": "Widget", "shortNames": ["wd"]}')
    steps = {step.name: step.diffs for step in stack.changes()}
    assert steps == {"w": {"spec.size": "update"}, "widgets": {"spec.names.shortNames": "add"}}
    stack.up()
    assert stack.changes() == []
    stack.destroy()


def test_unknown_kubeconfig_at_preview(make, api_server, namespace):
    stack = make(
        """
cluster = k8s.core.v1.ConfigMap("first", metadata={"name": "first", "namespace": "NAMESPACE"}, opts=options)
kubeconfig = pulumi.Output.all(cluster.id, config.require_secret("kubeconfig")).apply(lambda both: both[1])
late = pulumi.ResourceOptions(provider=k8s.Provider("late", kubeconfig=kubeconfig))
k8s.core.v1.ConfigMap("a", metadata={"namespace": "NAMESPACE"}, data={"k": "v"}, opts=late)
k8s.rbac.v1.ClusterRole("b", rules=[{"api_groups": [""], "resources": ["pods"], "verbs": ["get"]}], opts=late)
"""
    )
    assert outcome(stack) == dict.fromkeys(("cluster", "first", "late", "a", "b"), "create")
    stack.up()
    assert stack.resources()["a"]["id"].startswith(f"{namespace}/a-")
    assert stack.changes() == []
    stack.destroy()


def test_unreachable_cluster(runner, api_server):
    (port,) = free_ports(1)
    stack = runner.stack(
        "unreachable",
        HEADER + '\nk8s.core.v1.ConfigMap("a", metadata={"name": "unreachable"}, data={"k": "v"}, opts=options)\n',
    )
    ca = api_server.ca
    config = make_kubeconfig(f"https://127.0.0.1:{port}", ca.certificate_pem, ca.certificate_pem, ca.key_pem)
    stack.config("kubeconfig", json.dumps(config), secret=True)
    assert outcome(stack) == {"cluster": "create", "a": "create"}
    printed = stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert (
        "configured Kubernetes cluster is unreachable: unable to load schema information from the API server" in printed
    )
    assert f"https://127.0.0.1:{port}" in printed
    assert "connection refused" in printed

    stack.config("kubeconfig", api_server.kubeconfig, secret=True)
    stack.up()
    stack.config("kubeconfig", json.dumps(config), secret=True)
    for command in ("refresh", "destroy"):
        failed = stack.fails(command, "--stack", "test", "--yes", "--skip-preview", "--run-program")
        assert "configured Kubernetes cluster is unreachable" in failed
    stack.environment = stack.environment | {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}
    stack.run("refresh", "--stack", "test", "--yes", "--skip-preview", "--run-program")
    assert "a" not in stack.resources()
    api_server.kubectl("delete", "configmap", "unreachable")


def test_another_cluster_replaces_and_new_credentials_do_not(runner, api_server):
    stack = runner.stack(
        "identity",
        HEADER + '\nk8s.core.v1.ConfigMap("a", metadata={"name": "identity"}, data={"k": "v"}, opts=options)\n',
    )
    stack.config("kubeconfig", api_server.kubeconfig, secret=True)
    stack.up()
    config = json.loads(api_server.kubeconfig)
    config["users"][0]["user"]["token"] = "another-credential"
    stack.config("kubeconfig", json.dumps(config), secret=True)
    assert outcome(stack) == {"cluster": "update"}
    config["clusters"][0]["cluster"]["server"] = api_server.url.replace("127.0.0.1", "localhost")
    stack.config("kubeconfig", json.dumps(config), secret=True)
    assert outcome(stack) == {"cluster": "replace", "a": "replace"}
    stack.config("kubeconfig", api_server.kubeconfig, secret=True)
    stack.destroy()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            'k8s.core.v1.ConfigMap("a", metadata={"nmae": "x"}, opts=options)',
            "ConfigMap (v1) has no property `metadata.nmae`",
        ),
        (
            'k8s.core.v1.Pod("a", spec={"containers": [{"name": "x", "imageName": "y"}]}, opts=options)',
            "Pod (v1) has no property `spec.containers[0].imageName`",
        ),
        (
            'pulumi.CustomResource("kubernetes:core/v1:Podd", "a", {}, options)',
            "unknown resource type 'kubernetes:core/v1:Podd'",
        ),
        (
            'k8s.Provider("other", enable_server_side_apply=False)',
            "enableServerSideApply: client-side apply is not supported",
        ),
        (
            'k8s.Provider("other", helm_release_settings={"driver": "x"})',
            "helmReleaseSettings: Helm releases are not supported",
        ),
        (
            'k8s.Provider("other", render_yaml_to_directory="x", context="y")',
            '"context" arg is not compatible with "renderYamlToDirectory" arg',
        ),
    ],
    ids=["property", "deep-property", "type", "client-side-apply", "helm", "render"],
)
def test_what_is_not_known_is_an_error_that_names_it(runner, api_server, request, body, message):
    stack = runner.stack(f"errors-{request.node.callspec.id}", HEADER + body + "\n")
    stack.config("kubeconfig", api_server.kubeconfig, secret=True)
    assert message in stack.fails("preview", "--stack", "test")


def test_waits_until_a_deployment_is_ready(make, api_server, namespace):
    stack = make(DEPLOYMENT.replace(', "annotations": {"pulumi.com/skipAwait": "true"}', ""))
    started = threading.Event()

    def make_ready() -> None:
        """Be the kubelet: report the pod of the Deployment as running and ready."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not started.is_set():
            pods = api_server.kubectl("get", "pods", "-n", namespace, "-o", "name").split()
            for pod in pods:
                report_ready(api_server, namespace, pod)
                started.set()
            started.wait(0.2)

    thread = threading.Thread(target=make_ready)
    thread.start()
    printed = stack.up()
    thread.join()
    assert started.is_set()
    assert "Waiting for" in printed
    assert stack.resources()["web"]["outputs"]["status"]["readyReplicas"] == 1
    assert stack.changes() == []


def report_ready(server: ApiServer, namespace: str, pod: str) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    types = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    conditions = [{"type": name, "status": "True", "lastTransitionTime": now} for name in types]
    status = json.dumps({"status": {"phase": "Running", "conditions": conditions}})
    server.kubectl("patch", pod, "-n", namespace, "--subresource=status", "--type=merge", "-p", status)


def test_a_timeout_names_the_reasons_and_keeps_the_state(make, api_server, namespace):
    body = DEPLOYMENT.replace("pulumi.com/skipAwait", "pulumi.com/timeoutSeconds").replace('"true"}}', '"3"}}')
    stack = make(body.replace('"true"}', '"3"}'))
    printed = stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert "'web' timed out waiting to be Ready" in printed
    assert "Minimum number of live Pods was not attained" in printed
    state = stack.resources()["web"]
    assert state["id"] == f"{namespace}/web"
    assert any("Minimum number of live Pods" in error for error in state["initErrors"])
    refreshed = stack.refresh()
    assert "Minimum number of live Pods was not attained" in refreshed
    assert stack.resources()["web"]["initErrors"]
    # The next update waits again rather than making a second object.
    assert {step.name: step.op for step in stack.changes()} == {"web": "update"}
    for pod in api_server.kubectl("get", "pods", "-n", namespace, "-o", "name").split():
        report_ready(api_server, namespace, pod)
    stack.up()
    assert "initErrors" not in stack.resources()["web"]


def test_import_gives_the_inputs_of_a_program(make, api_server, namespace):
    api_server.kubectl("create", "configmap", "found", "-n", namespace, "--from-literal=a=b")
    stack = make("")
    stack.up()
    stack.write(
        (stack.folder / "__main__.py").read_text()
        + f"""
k8s.core.v1.ConfigMap(
    "found",
    metadata={{"name": "found", "namespace": "{namespace}"}},
    data={{"a": "b"}},
    opts=pulumi.ResourceOptions(provider=provider, import_="{namespace}/found"),
)
"""
    )
    assert outcome(stack) == {"found": "import"}
    stack.up()
    rewrite(stack, f', import_="{namespace}/found"', "")
    assert stack.changes() == []


def test_patch_owns_only_its_fields(make, api_server, namespace):
    api_server.kubectl("create", "configmap", "shared", "-n", namespace, "--from-literal=theirs=1")
    stack = make(
        """
k8s.core.v1.ConfigMapPatch(
    "patch", metadata={"name": "shared", "namespace": "NAMESPACE"}, data={"ours": "1"}, opts=options
)
"""
    )
    stack.up()
    data = ("get", "configmap", "shared", "-n", namespace, "-o", "jsonpath={.data}")
    assert json.loads(api_server.kubectl(*data)) == {"theirs": "1", "ours": "1"}
    assert stack.changes() == []
    rewrite(stack, '"ours": "1"', '"ours": "2"')
    (step,) = stack.changes()
    assert (step.op, step.diffs) == ("update", {"data.ours": "update"})
    stack.destroy()
    assert json.loads(api_server.kubectl(*data)) == {"theirs": "1"}


def test_ignored_changes_stay(make, api_server, namespace):
    stack = make(
        DEPLOYMENT.replace(
            "opts=options", 'opts=pulumi.ResourceOptions(provider=provider, ignore_changes=["spec.replicas"])'
        )
    )
    stack.up()
    api_server.kubectl("scale", "deployment", "web", "-n", namespace, "--replicas=3")
    stack.refresh()
    assert stack.changes() == []
    rewrite(stack, "web:1", "web:2")
    (step,) = stack.changes()
    assert step.diffs == {"spec.template.spec.containers[0].image": "update"}
    stack.up()
    live = json.loads(api_server.kubectl("get", "deployment", "web", "-n", namespace, "-o", "json"))
    assert live["spec"]["replicas"] == 3
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:2"


def test_render_mode_writes_files(runner):
    stack = runner.stack(
        "render",
        """
import pulumi
import pulumi_kubernetes as k8s

provider = k8s.Provider("files", render_yaml_to_directory="out")
options = pulumi.ResourceOptions(provider=provider)
k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"a": "b"}, opts=options)
k8s.apiextensions.v1.CustomResourceDefinition(
    "d",
    metadata={"name": "things.example.com"},
    spec={"group": "example.com", "names": {"plural": "things", "kind": "Thing"}, "scope": "Cluster", "versions": []},
    opts=options,
)
""",
    )
    printed = stack.up()
    assert "plaintext" in printed
    out = stack.folder / "out"
    files = {str(path.relative_to(out)): path for path in out.rglob("*.yaml")}
    assert set(files) == {
        "0-crd/apiextensions.k8s.io_v1-customresourcedefinition-default-things.example.com.yaml",
        "1-manifest/v1-secret-default-s.yaml",
    }
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert {(out / name).stat().st_mode & 0o777 for name in ("0-crd", "1-manifest")} == {0o700}
    assert "a: Yg==" in files["1-manifest/v1-secret-default-s.yaml"].read_text()
    assert stack.changes() == []
    stack.fails("refresh", "--stack", "test", "--yes", "--skip-preview")
    stack.environment = stack.environment | {"KUBECONFIG": "/somewhere"}
    assert '"kubeconfig" arg is not compatible' in stack.fails("preview", "--stack", "test")
    stack.environment = {key: value for key, value in stack.environment.items() if key != "KUBECONFIG"}
    stack.destroy()
    assert list(out.rglob("*.yaml")) == []
