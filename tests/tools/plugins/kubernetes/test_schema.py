import pytest

from tools.plugins.base.errors import UnknownTokenError
from tools.plugins.base.values import UNKNOWN, Secret
from tools.plugins.kubernetes.generate.table import SCHEMA as TABLE
from tools.plugins.kubernetes.generate.table import table_text
from tools.plugins.kubernetes.schema import Schema

SCHEMA = Schema()


def unknown(token, inputs):
    return SCHEMA.unknown_properties(SCHEMA.kind_of(token), inputs)


def test_the_committed_table_is_what_the_sdk_gives():
    assert TABLE.read_text() == table_text(), "run: python -m tools.plugins.kubernetes.generate"


def test_kinds():
    deployment = SCHEMA.kind_of("kubernetes:apps/v1:Deployment")
    assert (deployment.api_version, deployment.kind, deployment.cluster_scoped) == ("apps/v1", "Deployment", False)
    role = SCHEMA.kind_of("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
    assert (role.group, role.cluster_scoped, role.normalized) == ("rbac.authorization.k8s.io", True, True)
    assert SCHEMA.kind_of("kubernetes:core/v1:Namespace").api_version == "v1"
    assert not SCHEMA.kind_of("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition").normalized


def test_a_patch_token_is_its_kind_in_part():
    patch = SCHEMA.kind_of("kubernetes:core/v1:ConfigMapPatch")
    assert (patch.kind, patch.patch) == ("ConfigMap", True)


def test_a_custom_resource_is_any_token_with_a_foreign_group():
    kind = SCHEMA.kind_of("kubernetes:example.com/v1alpha1:Widget")
    assert (kind.custom, kind.api_version, kind.kind) == (True, "example.com/v1alpha1", "Widget")


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:apps/v1:Deploymentt",
        "kubernetes:core/v1:ConfigMapPatchPatch",
        "kubernetes:rbac.authorization.k8s.io/v1:Rolle",
        "kubernetes:core/v2:ConfigMap",
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:yaml/v2:ConfigGroup",
        "kubernetes:nogroup:Widget",
        "kubernetes:example.com/v1",
    ],
)
def test_an_unknown_token_is_an_error_that_names_it(token):
    with pytest.raises(UnknownTokenError, match=token):
        SCHEMA.kind_of(token)


def test_list_resources_are_refused_with_what_to_use():
    with pytest.raises(UnknownTokenError, match="Use the underlying resource type instead"):
        SCHEMA.kind_of("kubernetes:core/v1:ConfigMapList")


def test_unknown_properties_are_found_at_any_depth():
    pod = {"containers": [{"name": "a"}, {"name": "b", "imagee": "x", "ports": [{"containerPortt": 1}]}]}
    inputs = {"metadata": {"namee": "a"}, "spec": {"template": {"spec": Secret(pod)}, "replica": 1}, "oops": 1}
    assert set(unknown("kubernetes:apps/v1:Deployment", inputs)) == {
        ("oops",),
        ("metadata", "namee"),
        ("spec", "replica"),
        ("spec", "template", "spec", "containers", 1, "imagee"),
        ("spec", "template", "spec", "containers", 1, "ports", 0, "containerPortt"),
    }


def test_maps_take_any_key_and_unknown_values_are_fine():
    inputs = {"metadata": {"labels": {"any.thing/x": "y"}, "name": UNKNOWN}, "data": {"..": UNKNOWN}, "immutable": True}
    assert unknown("kubernetes:core/v1:ConfigMap", inputs) == []


def test_alternatives_of_a_type_are_told_apart():
    def definition(schema):
        versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
        return unknown("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", {"spec": {"versions": versions}})

    assert definition({"properties": {"x": {"additionalProperties": True}}}) == []
    assert definition({"properties": {"x": {"items": {"type": "string"}, "x_kubernetes_list_type": "set"}}}) == []
    path = ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "x", "additionalProperties", "typ")
    assert definition({"properties": {"x": {"additionalProperties": {"typ": "string"}}}}) == [path]


def test_of_a_custom_resource_only_metadata_is_known():
    inputs = {"metadata": {"name": "a", "lables": {}}, "spec": {"anything": [1]}, "more": 1}
    assert unknown("kubernetes:example.com/v1:Widget", inputs) == [("metadata", "lables")]
