"""The plugin's provider, in this process, against a real API server."""

import copy
import json
import threading
import time

import pytest

from tests.support.apiserver import free_ports
from tests.support.certificates import make_ca
from tests.unit.manifests.specs import DEFAULT, every_file
from tools.plugins.base.errors import PluginError, ResourceInitError
from tools.plugins.base.resource import CheckCall, CreateCall, DeleteCall, DiffCall, Engine, ReadCall, UpdateCall
from tools.plugins.base.values import UNKNOWN
from tools.plugins.kubernetes import provider as make_provider
from tools.plugins.kubernetes.api import Api, ApiError, NoMatchError
from tools.plugins.kubernetes.kubeconfig import Endpoint
from tools.plugins.kubernetes.schema import Schema
from tools.plugins.kubernetes.transport import Http, UnreachableError

SERVED = """admissionregistration.k8s.io/v1 apiextensions.k8s.io/v1 apiregistration.k8s.io/v1 apps/v1 autoscaling/v2
    batch/v1 certificates.k8s.io/v1 coordination.k8s.io/v1 discovery.k8s.io/v1 events.k8s.io/v1
    flowcontrol.apiserver.k8s.io/v1 networking.k8s.io/v1 node.k8s.io/v1 policy/v1 rbac.authorization.k8s.io/v1
    resource.k8s.io/v1 scheduling.k8s.io/v1 storage.k8s.io/v1 v1""".split()  # noqa: SIM905  shorter so


class Resource:
    """One resource as the engine drives it, with its state."""

    def __init__(self, provider, token, name="thing"):
        self.type = provider.resource(f"kubernetes:{token}")
        self.urn, self.name = f"urn:pulumi:s::p::kubernetes:{token}::{name}", name
        self.id, self.inputs, self.outputs = "", {}, {}

    def check(self, news):
        checked = self.type.check(CheckCall(self.urn, self.name, news, self.inputs))
        assert not checked.failures
        return checked.inputs

    def create(self, news, *, preview=False, timeout=0):
        inputs = self.check(news)
        made = self.type.create(CreateCall(self.urn, self.name, inputs, preview, timeout))
        if not preview:
            self.id, self.inputs, self.outputs = made.id, inputs, made.outputs
        return made

    def diff(self, news):
        call = DiffCall(self.urn, self.name, self.id, self.outputs, self.inputs, self.check(news))
        return self.type.diff(call)

    def update(self, news, *, preview=False):
        inputs = self.check(news)
        call = UpdateCall(self.urn, self.name, self.id, self.outputs, self.inputs, inputs, preview)
        outputs = self.type.update(call)
        if not preview:
            self.inputs, self.outputs = inputs, outputs
        return outputs

    def read(self):
        return self.type.read(ReadCall(self.urn, self.name, self.id, self.outputs, self.inputs))

    def delete(self, timeout=0):
        self.type.delete(DeleteCall(self.urn, self.name, self.id, self.outputs, self.inputs, timeout))


@pytest.fixture
def logged():
    return []


@pytest.fixture
def provider(api_server, logged):
    provider = make_provider()
    provider.engine = Engine(lambda severity, message, **more: logged.append((severity, message)))
    provider.configure({"kubeconfig": api_server.kubeconfig})
    yield provider
    provider.close()


@pytest.fixture
def resource(provider):
    return lambda token, name="thing": Resource(provider, token, name)


def test_an_unknown_kubeconfig_is_no_other_cluster(api_server, provider, resource, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(api_server.kubeconfig_path))
    provider.configure({"kubeconfig": UNKNOWN})
    news = {"metadata": {"name": "a"}, "data": {"k": "v"}}
    assert resource("core/v1:ConfigMap").create(news, preview=True).outputs["data"] == {"k": "v"}
    with pytest.raises(PluginError, match="cluster is unreachable: its kubeconfig is not known yet"):
        resource("core/v1:ConfigMap").create(news)


def test_the_ambient_kubeconfig_is_used_where_none_is_given(api_server, provider, resource, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(api_server.kubeconfig_path))
    provider.configure({})
    made = resource("core/v1:ConfigMap")
    made.create({"metadata": {"name": "ambient"}})
    made.delete()


def test_scopes_are_those_of_the_server(api_server):
    schema = Schema()
    wrong, seen = [], 0
    for api_version in SERVED:
        served = json.loads(
            api_server.kubectl("get", "--raw", f"/api{'s' if '/' in api_version else ''}/{api_version}")
        )
        for entry in served["resources"]:
            kind = schema.find(api_version, entry["kind"]) if "/" not in entry["name"] else None
            if kind is not None:
                seen += 1
                wrong += [kind.token] if kind.cluster_scoped == entry["namespaced"] else []
    assert wrong == []
    assert seen > 50


@pytest.mark.parametrize("file", every_file(DEFAULT), ids=lambda file: file.path)
def test_the_librarys_own_objects_are_adopted_without_a_difference(api_server, resource, file):
    given = copy.deepcopy(file.object)
    api_server.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(given))
    uid = api_server.api.get(given)["metadata"]["uid"]
    annotations = given["metadata"].setdefault("annotations", {})
    annotations |= {"pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true"}
    group = given["apiVersion"] if "/" in given["apiVersion"] else f"core/{given['apiVersion']}"
    made = resource(f"{group}:{given['kind']}")
    made.create(given)
    assert made.outputs["metadata"]["uid"] == uid
    assert made.diff(given).changes == {}
    read = made.read()
    assert read is not None
    made.outputs, made.inputs = read.outputs, read.inputs
    assert made.diff(given).changes == {}
    made.delete()
    if given["kind"] not in {"DaemonSet", "Deployment"}:  # for these skipAwait skips this wait as well
        assert made.read() is None


def config_map(name, **data):
    return {"metadata": {"name": name}, "data": data}


def test_a_preview_changes_nothing_and_shows_defaults(api_server, resource):
    service = {"metadata": {"name": "shown"}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
    made = resource("core/v1:Service").create(service, preview=True)
    assert made.outputs["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert "status" not in made.outputs
    assert api_server.api.find({"apiVersion": "v1", "kind": "Service"}, "shown") is None


def test_a_preview_in_a_namespace_that_is_not_there_yet_shows_the_inputs(resource):
    news = {"metadata": {"name": "a", "namespace": "not-there"}, "data": {"k": "v"}}
    made = resource("core/v1:ConfigMap").create(news, preview=True)
    assert made.outputs["data"] == {"k": "v"}


def test_a_preview_of_a_same_name_replacement_is_tried_beside_it(resource):
    job = {
        "metadata": {"name": "again"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "a:1"}]}}},
    }
    job["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    made = resource("batch/v1:Job")
    made.create(job)
    changed = copy.deepcopy(job)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "a:2"
    difference = made.diff(changed)
    assert difference.delete_first
    assert {path[-1]: change.replace for path, change in difference.changes.items()} == {"image": True}
    shown = resource("batch/v1:Job").create(changed, preview=True)
    assert shown.outputs["spec"]["template"]["spec"]["containers"][0]["image"] == "a:2"
    made.delete()


def test_what_the_server_refuses_is_an_error(resource):
    with pytest.raises(PluginError, match=r"was not successfully created by the Kubernetes API server: .*spec\.ports"):
        resource("core/v1:Service").create({"metadata": {"name": "bad"}, "spec": {"type": "ClusterIP"}})


def test_a_refused_update_keeps_the_live_state_and_the_error(resource):
    made = resource("core/v1:Service")
    made.create({"metadata": {"name": "kept"}, "spec": {"ports": [{"port": 80}], "clusterIP": "None"}})
    with pytest.raises(ResourceInitError) as raised:
        made.update({"metadata": {"name": "kept"}, "spec": {"ports": [{"port": 99999999}], "clusterIP": "None"}})
    assert "spec.ports[0].port" in str(raised.value)
    assert raised.value.outputs["spec"]["ports"][0]["port"] == 80
    made.delete()


def test_a_custom_kind_without_its_definition(provider, resource):
    made = resource("never.example.com/v1:Widget")
    widget = {"apiVersion": "never.example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"a": 1}}
    assert made.create(widget, preview=True).outputs["spec"] == {"a": 1}
    provider.engine.cancelled.set()  # do not wait for one to appear
    with pytest.raises(PluginError, match="Verify that any required CRDs have been created"):
        made.create(widget)


def test_a_namespace_that_appears_a_moment_later(api_server, resource, logged):
    made = resource("core/v1:ConfigMap")
    retried = threading.Event()

    def create_namespace():
        while not any("Retry #0" in message for _, message in logged) and not retried.wait(0.05):
            pass
        api_server.kubectl("create", "namespace", "later")

    thread = threading.Thread(target=create_namespace)
    thread.start()
    try:
        made.create({"metadata": {"name": "a", "namespace": "later"}})
    finally:
        retried.set()
        thread.join()
    assert made.id == "later/a"
    assert any("Retry #0; creation failed: namespaces" in message for _, message in logged)
    api_server.kubectl("delete", "namespace", "later", "--wait=false")


def test_another_field_manager_is_given_up(api_server, resource):
    made = resource("core/v1:ConfigMap")
    made.create(config_map("managed", a="1"))
    news = config_map("managed", a="1")
    news["metadata"]["annotations"] = {"pulumi.com/patchFieldManager": "mine", "pulumi.com/patchForce": "true"}
    made.update(news)
    live = api_server.api.get({"apiVersion": "v1", "kind": "ConfigMap"}, "managed")
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["mine"]
    made.delete()


def test_a_delete_that_does_not_end_is_an_error(api_server, resource):
    made = resource("core/v1:ConfigMap")
    made.create({"metadata": {"name": "stuck", "finalizers": ["example.com/never"]}})
    with pytest.raises(PluginError, match="Timed out waiting for deletion of v1/ConfigMap"):
        made.delete(timeout=0.5)
    api_server.kubectl(
        "patch", "configmap", "stuck", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]'
    )
    made.delete()


def test_waiting_ends_when_the_user_interrupts(provider, resource, api_server):
    pod = {"metadata": {"name": "waits"}, "spec": {"containers": [{"name": "c", "image": "a"}]}}
    timer = threading.Timer(0.3, provider.engine.cancelled.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(ResourceInitError, match="was cancelled"):
        resource("core/v1:Pod").create(pod)
    assert time.monotonic() - began < 10
    api_server.kubectl("delete", "pod", "waits", "--force", "--grace-period=0")


def test_replace_unready(resource, api_server):
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "a"}]}
    spec = {"suspend": True, "template": {"spec": pod}}
    annotations = {"pulumi.com/replaceUnready": "true", "pulumi.com/skipAwait": "true"}
    job = {"metadata": {"name": "unready", "annotations": annotations}, "spec": spec}
    made = resource("batch/v1:Job")
    made.create(job)
    assert made.diff(job).changes[("metadata", "annotations", "pulumi.com/replaceUnready")].replace
    now = "2026-01-01T00:00:00Z"
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": now} for kind in ("SuccessCriteriaMet", "Complete")
    ]
    status = {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions}
    patch = json.dumps({"status": status})
    api_server.kubectl("patch", "job", "unready", "--subresource=status", "--type=merge", "-p", patch)
    assert made.diff(job).changes == {}
    made.delete()


def test_concurrent_steps_share_connections(resource):
    made = [resource("core/v1:ConfigMap", f"many-{index}") for index in range(20)]
    errors = []

    def work(item):
        try:
            item.create({"metadata": {"name": item.name}})
            item.delete()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(item,)) for item in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert all(item.read() is None for item in made)


def test_a_server_with_another_ca_is_not_trusted(api_server):
    http = Http(Endpoint(api_server.url, ca=make_ca("other").certificate_pem))
    with pytest.raises(UnreachableError, match="tls: failed to verify certificate"):
        http.call("GET", "/version")


def test_a_server_name_may_differ_from_the_address(api_server):
    ca = api_server.ca.certificate_pem
    right, wrong = (Http(Endpoint(api_server.url, ca=ca, tls_server_name=name)) for name in ("localhost", "elsewhere"))
    assert right.call("GET", "/version")[0] == 401
    with pytest.raises(UnreachableError, match="tls: failed to verify certificate"):
        wrong.call("GET", "/version")
    right.close()


def test_errors_of_the_transport_and_the_api(api_server):
    (port,) = free_ports(1)
    with pytest.raises(UnreachableError, match=f'Get "https://127.0.0.1:{port}/version": connection refused'):
        Api(Http(Endpoint(f"https://127.0.0.1:{port}"))).version()
    with pytest.raises(NoMatchError, match='no matches for kind "Nothing" in version "v1"'):
        api_server.api.get({"apiVersion": "v1", "kind": "Nothing"}, "a")
    with pytest.raises(ApiError, match='configmaps "none" not found'):
        api_server.api.get({"apiVersion": "v1", "kind": "ConfigMap"}, "none")
