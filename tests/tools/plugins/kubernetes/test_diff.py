import pytest

from tools.plugins.base.diff import Change, Kind, format_path
from tools.plugins.base.values import UNKNOWN
from tools.plugins.kubernetes.diff import changes
from tools.plugins.kubernetes.ignore import without_ignored
from tools.plugins.kubernetes.replacement import Mutability, patterns_for


def shown(old, new, mutability=Mutability()):  # noqa: B008  frozen
    found = changes(old, new, patterns_for(new, mutability))
    return {format_path(path): f"{c.kind.value}{'_REPLACE' if c.replace else ''}" for path, c in found.items()}


def obj(api_version, kind, **fields):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "n"}} | fields


def deployment(image="a:1", replicas=1, selector=None):
    pod = {"containers": [{"name": "c", "image": image}]}
    spec = {"replicas": replicas, "selector": {"matchLabels": selector or {"app": "x"}}, "template": {"spec": pod}}
    return obj("apps/v1", "Deployment", spec=spec)


def test_equal_objects_do_not_differ():
    assert shown(deployment(), deployment(replicas=1.0)) == {}


def test_an_image_is_one_changed_path():
    assert shown(deployment(), deployment(image="a:2")) == {"spec.template.spec.containers[0].image": "UPDATE"}


def test_additions_and_deletions_are_told_by_the_outermost_path():
    old = obj("v1", "ServiceAccount", metadata={"name": "a", "namespace": "n", "labels": {"x": "1"}})
    new = obj("v1", "ServiceAccount", secrets=[{"name": "s"}])
    found = changes(old, new, ())
    assert found == {
        ("metadata", "labels"): Change(Kind.DELETE, inputs=True),
        ("secrets",): Change(Kind.ADD),
    }


def test_lists_are_compared_by_position():
    old, new = obj("v1", "X", items=[1, {"a": 1, "b": 2}, 3]), obj("v1", "X", items=[1, {"a": 2}])
    assert shown(old, new) == {"items[1].a": "UPDATE", "items[1].b": "DELETE", "items[2]": "DELETE"}
    assert shown(new, old) == {"items[1].a": "UPDATE", "items[1].b": "ADD", "items[2]": "ADD"}


def test_keys_with_dots_are_quoted():
    old = obj("v1", "X", metadata={"annotations": {"a.b/c": "1"}})
    new = obj("v1", "X", metadata={"annotations": {"a.b/c": "2"}})
    assert shown(old, new) == {'metadata.annotations["a.b/c"]': "UPDATE"}


def test_unknown_values_count_as_changed():
    old = obj("v1", "ConfigMap", data={"a": "1"})
    assert shown(old, obj("v1", "ConfigMap", data=UNKNOWN)) == {"data": "UPDATE_REPLACE"}
    found = changes(old, obj("v1", "ConfigMap", data={"a": UNKNOWN, "b": UNKNOWN}), ())
    assert {path: change.kind for path, change in found.items()} == {
        ("data", "a"): Kind.UPDATE,
        ("data", "b"): Kind.ADD,
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (deployment(), deployment(selector={"app": "y"}), {"spec.selector.matchLabels.app": "UPDATE_REPLACE"}),
        (deployment(), deployment(replicas=2), {"spec.replicas": "UPDATE"}),
        (
            obj("v1", "ConfigMap", data={"a": "1", "b": "2"}),
            obj("v1", "ConfigMap", data={"a": "2", "c": "3"}),
            {"data.a": "UPDATE_REPLACE", "data.b": "DELETE_REPLACE", "data.c": "ADD_REPLACE"},
        ),
        (obj("v1", "ConfigMap", data={"a": "1"}), obj("v1", "ConfigMap"), {"data": "DELETE_REPLACE"}),
        (obj("v1", "Secret", data={"a": "1"}), obj("v1", "Secret", data={"a": "2"}), {"data.a": "UPDATE_REPLACE"}),
        (obj("v1", "Secret", type="a"), obj("v1", "Secret", type="b"), {"type": "UPDATE_REPLACE"}),
        (
            obj("v1", "Namespace"),
            obj("v1", "Namespace", metadata={"name": "b", "namespace": "n"}),
            {"metadata.name": "UPDATE_REPLACE"},
        ),
        (
            obj("v1", "Service", spec={"clusterIP": "None"}),
            obj("v1", "Service", spec={"clusterIP": "10.3.0.9"}),
            {"spec.clusterIP": "UPDATE_REPLACE"},
        ),
        (
            obj("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", roleRef={"name": "a"}),
            obj("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", roleRef={"name": "b"}),
            {"roleRef.name": "UPDATE_REPLACE"},
        ),
        (
            obj("batch/v1", "Job", spec={"template": {"spec": {"restartPolicy": "Never"}}}),
            obj("batch/v1", "Job", spec={"template": {"spec": {"restartPolicy": "OnFailure"}}, "suspend": True}),
            {"spec.template.spec.restartPolicy": "UPDATE_REPLACE", "spec.suspend": "ADD"},
        ),
        (
            obj("v1", "Pod", spec={"containers": [{"name": "c", "image": "a"}]}),
            obj("v1", "Pod", spec={"containers": [{"name": "c", "image": "b"}]}),
            {"spec.containers[0].image": "UPDATE_REPLACE"},
        ),
        (
            obj("v1", "Pod"),
            obj("v1", "Pod", spec={"containers": [{"name": "c", "image": "b"}]}),
            {"spec": "ADD_REPLACE"},
        ),
        (
            obj("apps/v1", "StatefulSet", spec={"replicas": 1, "serviceName": "a"}),
            obj("apps/v1", "StatefulSet", spec={"replicas": 2, "serviceName": "b"}),
            {"spec.replicas": "UPDATE", "spec.serviceName": "UPDATE_REPLACE"},
        ),
        (
            obj("storage.k8s.io/v1", "StorageClass", provisioner="a", reclaimPolicy="Retain"),
            obj("storage.k8s.io/v1", "StorageClass", provisioner="b", reclaimPolicy="Delete"),
            {"provisioner": "UPDATE_REPLACE", "reclaimPolicy": "UPDATE"},
        ),
    ],
)
def test_what_needs_a_new_object(old, new, expected):
    assert shown(old, new) == expected


def test_mutable_config_maps_and_secrets_by_choice():
    old, new = obj("v1", "ConfigMap", data={"a": "1"}), obj("v1", "ConfigMap", data={"a": "2"})
    assert shown(old, new, Mutability(config_maps=True)) == {"data.a": "UPDATE"}
    assert shown(old | {"immutable": True}, new | {"immutable": True}, Mutability(config_maps=True)) == {
        "data.a": "UPDATE_REPLACE"
    }
    old, new = obj("v1", "Secret", data={"a": "1"}), obj("v1", "Secret", data={"a": "2"}, type="t")
    assert shown(old, new, Mutability(secrets=True)) == {"data.a": "UPDATE", "type": "ADD_REPLACE"}


def test_ignored_paths_cover_what_is_below_them():
    found = {("spec", "replicas"): 1, ("spec", "items", 0, "a.b"): 2, ("metadata", "labels", "x"): 3}
    assert without_ignored(found, ["spec.replicas", "metadata.labels"]) == {("spec", "items", 0, "a.b"): 2}
    assert without_ignored(found, ['spec.items[0]["a.b"]']).keys() == {
        ("spec", "replicas"),
        ("metadata", "labels", "x"),
    }
    assert without_ignored(found, ["spec.items[*]"]).keys() == {("spec", "replicas"), ("metadata", "labels", "x")}
    assert without_ignored(found, ["spec.repl"]) == found
