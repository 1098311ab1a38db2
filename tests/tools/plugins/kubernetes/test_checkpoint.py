from tools.plugins.base.values import Secret
from tools.plugins.kubernetes.checkpoint import from_state, mark_secrets, to_state
from tools.plugins.kubernetes.managers import takeover, without_foreign


def test_state_and_back():
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
    live = inputs | {"metadata": {"name": "a", "uid": "1"}}
    outputs = to_state(inputs, live, {"data": {"k": Secret("v")}}, "v1", "manager")
    assert outputs["data"] == {"k": Secret("v")}
    assert outputs["__inputs"]["data"] == {"k": Secret("v")}
    assert (outputs["__initialApiVersion"], outputs["__fieldManager"]) == ("v1", "manager")
    assert from_state(outputs) == (inputs, live)
    assert inputs["data"] == {"k": "v"}


def test_state_has_the_sdks_names():
    live = {"kind": "CustomResourceDefinition", "spec": {"x-kubernetes-list-type": "set"}}
    outputs = to_state(live, live, {}, "v1", "m")
    assert outputs["spec"] == {"x_kubernetes_list_type": "set"}
    assert outputs["__inputs"]["spec"] == {"x_kubernetes_list_type": "set"}
    assert from_state(outputs) == (live, live)


def test_state_without_inputs_has_none():
    assert from_state({"kind": "Pod"}) == ({}, {"kind": "Pod"})


def test_data_of_a_secret_is_secret_whatever_the_inputs_say():
    outs = {"kind": "Secret", "data": {"a": "eA=="}, "type": "Opaque"}
    mark_secrets(outs, {"type": Secret("Opaque")})
    assert outs == {"kind": "Secret", "data": Secret({"a": "eA=="}), "type": "Opaque"}


def entry(manager, operation, fields, **more):
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields} | more


def live(*entries):
    return {"metadata": {"resourceVersion": "7", "managedFields": list(entries)}}


def test_takeover_moves_kubectls_fields():
    patch = takeover(
        live(
            entry("kubectl", "Apply", {"f:spec": {"f:a": {}}}),
            entry("mine", "Apply", {"f:spec": {"f:b": {}}}),
            entry("kubelet", "Update", {"f:status": {}}, subresource="status"),
        ),
        "mine",
    )
    managers, version = patch
    assert version == {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}
    assert managers["value"] == [
        entry("mine", "Apply", {"f:spec": {"f:a": {}, "f:b": {}}}),
        entry("kubelet", "Update", {"f:status": {}}, subresource="status"),
    ]


def test_takeover_makes_an_entry_where_there_is_none():
    (managers, _) = takeover(live(entry("before-first-apply", "Update", {"f:data": {}})), "mine")
    assert managers["value"] == [entry("mine", "Apply", {"f:data": {}})]


def test_takeover_leaves_others_alone():
    assert (
        takeover(live(entry("helm", "Update", {}), entry("kubectl", "Update", {}, subresource="scale")), "mine") == []
    )
    assert takeover({"metadata": {}}, "mine") == []


def test_ignored_fields_stay_as_they_are():
    fields = {"f:spec": {"f:replicas": {}}}
    inputs = {"spec": {"replicas": 1, "paused": False}}
    scaled = live(entry("mine", "Apply", {"f:spec": {"f:paused": {}}}), entry("autoscaler", "Update", fields))
    scaled["spec"] = {"replicas": 5, "paused": True}
    found = without_foreign(inputs, scaled, "mine", ["spec.replicas", "spec.paused", "spec.none"])
    assert found == {"spec": {"paused": True}}
    shared = live(entry("mine", "Apply", fields), entry("autoscaler", "Update", fields)) | {"spec": {"replicas": 5}}
    assert without_foreign(inputs, shared, "mine", ["spec.replicas"])["spec"]["replicas"] == 5
    assert inputs == {"spec": {"replicas": 1, "paused": False}}
