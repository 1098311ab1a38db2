import pytest

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.ready import others, pods, workloads
from tools.plugins.kubernetes.ready.annotated import annotated
from tools.plugins.kubernetes.ready.table import delete_timeout, rule_for


class Around:
    """Related objects by kind; labels are not looked at."""

    def __init__(self, **kinds):
        self.kinds = kinds

    def in_namespace(self, _api_version, kind, _labels=""):
        return self.kinds.get(kind, [])

    def global_object(self, _api_version, kind, name):
        return next((item for item in self.kinds.get(kind, []) if item["metadata"]["name"] == name), None)


def condition(kind, status="True", reason="", message=""):
    return {"type": kind, "status": status, "reason": reason, "message": message}


def obj(kind="X", *, spec=None, status=None, **metadata):
    owner = metadata.pop("owner", "")
    metadata = {"name": "a", "namespace": "n", "uid": "u", "generation": 1} | metadata
    if owner:
        metadata["ownerReferences"] = [{"uid": owner}]
    return {"kind": kind, "metadata": metadata, "spec": spec or {}, "status": status or {}}


WAITING_POD = obj(
    "Pod",
    owner="rs",
    uid="p",
    status={
        "conditions": [
            condition("PodScheduled"),
            condition("Initialized"),
            condition("Ready", "False", "ContainersNotReady", "containers with unready status: [web]"),
        ],
        "containerStatuses": [
            {
                "name": "web",
                "ready": False,
                "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}},
            }
        ],
    },
)


def deployment(**changed):
    facts = {"revision": "1", "ready": 1, "available": "True", "progress": "NewReplicaSetAvailable", "observed": 1}
    facts |= {"volumes": []} | changed
    live = obj(
        "Deployment",
        uid="d",
        annotations={workloads.REVISION: facts["revision"]},
        spec={"replicas": 1, "template": {"spec": {"volumes": facts["volumes"]}}},
        status={
            "observedGeneration": facts["observed"],
            "conditions": [
                condition("Available", facts["available"], "Min", "below"),
                condition("Progressing", reason=facts["progress"]),
            ],
        },
    )
    replica_set = obj(
        "ReplicaSet",
        uid="rs",
        owner="d",
        annotations={workloads.REVISION: facts["revision"]},
        spec={"replicas": 1},
        status={"readyReplicas": facts["ready"]} if facts["ready"] else {},
    )
    return live, {"ReplicaSet": [replica_set], "Pod": [WAITING_POD]}


def test_a_deployment_is_ready():
    live, around = deployment()
    assert workloads.deployment(live, Around(**around)).ready
    live, around = deployment(progress="ReplicaSetUpdated")
    assert workloads.deployment(live, Around(**around)).ready, "the first revision is created, not rolled out"


@pytest.mark.parametrize(
    "changed",
    [
        {"observed": 0},
        {"ready": 0},
        {"available": "False"},
        {"revision": "2", "progress": "ReplicaSetUpdated"},
        {"volumes": [{"persistentVolumeClaim": {"claimName": "a"}}]},
    ],
)
def test_a_deployment_is_not_ready(changed):
    live, around = deployment(**changed)
    claim = obj("PersistentVolumeClaim", status={"phase": "Pending"})
    assert not workloads.deployment(live, Around(**around, PersistentVolumeClaim=[claim])).ready


def test_a_deployment_without_its_replica_set_is_not_ready():
    live, _ = deployment()
    assert not workloads.deployment(live, Around()).ready


def test_a_deployment_says_why_not():
    live, around = deployment(ready=0, available="False")
    verdict = workloads.deployment(live, Around(**around))
    assert verdict.status == "Waiting for app ReplicaSet to be available (0/1 Pods available)"
    assert verdict.reasons == (
        "[Min] below",
        "Minimum number of live Pods was not attained",
        "[Pod n/a]: containers with unready status: [web]\n[ErrImagePull] no such image",
    )


def daemon_set(**status):
    counts = dict.fromkeys(
        (
            "desiredNumberScheduled",
            "currentNumberScheduled",
            "updatedNumberScheduled",
            "numberAvailable",
            "numberReady",
        ),
        2,
    )
    return obj("DaemonSet", status={"observedGeneration": 1} | counts | status)


def test_a_daemon_set():
    assert workloads.daemon_set(daemon_set(), Around()).ready
    assert workloads.daemon_set(daemon_set(updatedNumberScheduled=1), Around()).status == "Updated: 1/2"
    assert not workloads.daemon_set(daemon_set(observedGeneration=0), Around()).ready
    assert not workloads.daemon_set(daemon_set(numberReady=1), Around()).ready


def stateful_set(generation=1, strategy="RollingUpdate", **status):
    whole = {"observedGeneration": generation, "replicas": 1, "readyReplicas": 1, "currentReplicas": 1}
    revisions = {"currentRevision": "r", "updateRevision": "r"}
    spec = {"replicas": 1, "updateStrategy": {"type": strategy}}
    return obj("StatefulSet", spec=spec, generation=generation, status=whole | revisions | status)


def test_a_stateful_set():
    assert workloads.stateful_set(stateful_set(), Around()).ready
    behind = workloads.stateful_set(stateful_set(updateRevision="s", currentReplicas=0), Around())
    assert 'failed to advance from revision "r" to revision "s"' in " ".join(behind.reasons)
    assert not workloads.stateful_set(stateful_set(readyReplicas=0), Around()).ready
    by_hand = stateful_set(generation=2, strategy="OnDelete", updateRevision="s", currentReplicas=0)
    assert workloads.stateful_set(by_hand, Around()).ready


def test_a_job():
    assert workloads.job(obj(status={"conditions": [condition("Complete")]}), Around()).ready
    failed = workloads.job(obj(status={"conditions": [condition("Failed", "True", "Backoff", "too often")]}), Around())
    assert (failed.failed, failed.reasons) == (True, ("[Backoff] too often",))
    running = workloads.job(obj(), Around(Pod=[WAITING_POD]))
    assert not running.ready
    assert not running.failed
    assert "ErrImagePull" in running.reasons[0]


def test_a_pod():
    ready = obj(status={"conditions": [condition(kind) for kind in ("PodScheduled", "Initialized", "Ready")]})
    assert pods.pod(ready, Around()).ready
    assert not pods.pod(WAITING_POD, Around()).ready
    unscheduled = obj(status={"conditions": [condition("PodScheduled", "False", "Unschedulable", "no nodes")]})
    assert pods.pod(unscheduled, Around()).reasons == ("[Pod n/a]: no nodes",)


def service(**spec):
    return obj("Service", spec={"selector": {"app": "x"}, "type": "ClusterIP"} | spec)


def test_a_service_needs_endpoints():
    slices = Around(EndpointSlice=[{"endpoints": [{"addresses": ["10.0.0.1"]}]}])
    assert others.service(service(), slices).ready
    assert others.service(service(), Around(EndpointSlice=[{"endpoints": None}])).reasons == (others.NO_TARGET,)
    for spec in ({"clusterIP": "None"}, {"type": "ExternalName"}, {"selector": {}}):
        assert others.service(service(**spec), Around()).ready
    waiting = others.service(service(type="LoadBalancer"), slices)
    assert waiting.reasons == (others.NO_ADDRESS,)


def test_an_ingress_needs_endpoints_and_an_address():
    paths = [{"backend": {"service": {"name": "web"}}}]
    live = obj("Ingress", spec={"rules": [{"http": {"paths": paths}}, {}]})
    assert others.ingress(live, Around()).reasons == (others.NO_ENDPOINT, others.NO_INGRESS)
    live["status"] = {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}
    assert others.ingress(live, Around(EndpointSlice=[{}])).ready
    external = {"metadata": {"name": "web"}, "spec": {"type": "ExternalName"}}
    assert others.ingress(live, Around(Service=[external])).ready


def test_volumes_claims_quotas_and_tokens():
    assert others.volume(obj(status={"phase": "Available"}), Around()).ready
    assert not others.volume(obj(status={"phase": "Pending"}), Around()).ready
    claim = obj(spec={"storageClassName": "slow"}, status={"phase": "Pending"})
    lazy = {"metadata": {"name": "slow"}, "volumeBindingMode": "WaitForFirstConsumer"}
    assert others.claim(claim, Around(StorageClass=[lazy])).ready
    assert not others.claim(claim, Around(StorageClass=[lazy | {"volumeBindingMode": "Immediate"}])).ready
    assert others.quota(obj(spec={"hard": {"a": "1"}}, status={"hard": {"a": "1"}}), Around()).ready
    assert not others.quota(obj(spec={"hard": {"a": "1"}}), Around()).ready
    token = {"type": "kubernetes.io/service-account-token"}
    assert not others.secret(token, Around()).ready
    assert others.secret(token | {"data": {"token": "x"}}, Around()).ready
    assert others.secret({"type": "Opaque"}, Around()).ready


def waits_for(expression):
    return annotated(obj(annotations={"pulumi.com/waitFor": expression}))


def test_annotated_conditions_and_paths():
    live = obj(status={"phase": "Up", "ok": True, "conditions": [condition("Good"), condition("Bad", "False")]})
    for expression, expected in {
        "condition=Good": True,
        "condition=Bad": False,
        "condition=Bad=False": True,
        "jsonpath={.status.phase}": True,
        "jsonpath={.status.phase}=Up": True,
        "jsonpath={.status.phase}=Down": False,
        "jsonpath={.status.ok}=true": True,
        "jsonpath={.status.none}": False,
        '["condition=Good", "jsonpath={.status.phase}=Down"]': False,
        '["condition=Good", "jsonpath={.status.phase}=Up"]': True,
    }.items():
        rule = waits_for(expression)
        assert rule is not None
        assert rule.check(live, Around()).ready is expected, expression


@pytest.mark.parametrize("expression", ["ready", "[]", "jsonpath={.a[0]}"])
def test_annotations_that_cannot_be_followed_are_errors(expression):
    with pytest.raises(PluginError, match=r"pulumi\.com/waitFor"):
        waits_for(expression)


def test_which_rule_holds():
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"annotations": {}}}
    assert rule_for(web).check is workloads.deployment
    assert rule_for({"apiVersion": "v1", "kind": "ConfigMap"}) is None
    assert delete_timeout(web) == 600
    web["metadata"]["annotations"]["pulumi.com/skipAwait"] = "true"
    assert rule_for(web) is None
    assert delete_timeout(web) is None
    assert delete_timeout({"apiVersion": "v1", "kind": "ConfigMap", "metadata": web["metadata"]}) == 300
