import re

import pytest

from tools.plugins.base.errors import PluginError
from tools.plugins.base.resource import CheckCall, Engine
from tools.plugins.base.values import UNKNOWN, Secret
from tools.plugins.kubernetes.checking import check
from tools.plugins.kubernetes.cluster import Cluster
from tools.plugins.kubernetes.config import Settings
from tools.plugins.kubernetes.schema import Schema

SCHEMA = Schema()
AUTONAMED = {"pulumi.com/autonamed": "true"}


def checked(token, news, olds=None, *, settings=None, logged=None, **call):
    def log(severity, message, **_):
        if logged is not None:
            logged.append((severity, message))

    cluster = Cluster(SCHEMA, settings or Settings(), Engine(log), "default", reason="there is none")
    kind = SCHEMA.kind_of(f"kubernetes:{token}")
    return check(cluster, kind, CheckCall("urn", "thing", news, olds or {}, **call))


def test_a_name_is_made_and_marked():
    inputs = checked("core/v1:ConfigMap", {}).inputs
    assert re.fullmatch("thing-[0-9a-f]{8}", inputs["metadata"]["name"])
    assert inputs["metadata"] | {"name": ""} == {"name": "", "annotations": AUTONAMED, "namespace": "default"}
    assert (inputs["apiVersion"], inputs["kind"]) == ("v1", "ConfigMap")


def test_the_engines_seed_repeats_the_name_and_its_proposal_wins():
    one, two = (checked("core/v1:ConfigMap", {}, seed=b"s").inputs for _ in range(2))
    assert one == two
    assert checked("core/v1:ConfigMap", {}, autoname="proposed").inputs["metadata"]["name"] == "proposed"


def test_a_made_name_is_kept():
    old = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "thing-1", "annotations": AUTONAMED}}
    assert checked("core/v1:ConfigMap", {"data": {"a": "b"}}, old).inputs["metadata"]["name"] == "thing-1"
    renamed = checked("core/v1:ConfigMap", {"metadata": {"name": "mine"}}, old).inputs["metadata"]
    assert renamed == {"name": "mine", "namespace": "default"}


@pytest.mark.parametrize("metadata", [UNKNOWN, {"name": UNKNOWN}])
def test_an_unknown_name_stays_unknown(metadata):
    inputs = checked("core/v1:Namespace", {"metadata": metadata}).inputs
    assert inputs["metadata"] == metadata


def test_cluster_scoped_kinds_get_no_namespace():
    assert checked("core/v1:Namespace", {"metadata": {"name": "n"}}).inputs["metadata"] == {"name": "n"}
    role = checked("rbac.authorization.k8s.io/v1:ClusterRole", {"metadata": {"name": "n"}}).inputs
    assert role["metadata"] == {"name": "n"}
    assert checked("core/v1:Pod", {"metadata": {"name": "n", "namespace": "x"}}).inputs["metadata"]["namespace"] == "x"


def test_secret_marks_stay_where_the_program_put_them():
    news = {"metadata": {"name": "a"}, "data": {"open": "1", "closed": Secret("2")}}
    assert checked("core/v1:ConfigMap", news).inputs["data"] == {"open": "1", "closed": Secret("2")}


def test_a_secrets_data_is_secret_even_from_plain_input():
    inputs = checked("core/v1:Secret", {"metadata": {"name": "a"}, "stringData": {"k": "v"}}).inputs
    assert inputs["data"] == Secret({"k": "dg=="})
    assert "stringData" not in inputs


def test_a_list_with_a_secret_in_it_is_secret_as_a_whole():
    spec = {"containers": [{"name": "c", "env": [{"name": "a", "value": Secret("x")}]}], "hostname": "h"}
    inputs = checked("core/v1:Pod", {"spec": spec}).inputs["spec"]
    assert isinstance(inputs["containers"], Secret)
    assert inputs["hostname"] == "h"


def test_unknown_properties_and_foreign_kinds_fail():
    found = checked("core/v1:ConfigMap", {"dat": {}, "kind": "Secret", "apiVersion": "v1"}).failures
    assert [failure.property for failure in found] == ["dat", "kind"]


def test_generated_names_are_refused():
    with pytest.raises(PluginError, match="generateName"):
        checked("core/v1:Pod", {"metadata": {"generateName": "a-"}})


def test_a_patch_needs_a_name():
    with pytest.raises(PluginError, match=r"patch resources require the `.metadata.name` field"):
        checked("core/v1:PodPatch", {})


def test_nulls_are_not_inputs():
    inputs = checked("core/v1:ConfigMap", {"metadata": {"name": "a", "labels": None}, "data": None}).inputs
    assert inputs == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}


def test_the_label_of_client_side_apply_is_kept_but_not_added():
    label = {"app.kubernetes.io/managed-by": "pulumi"}
    old = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": label}}
    news = {"metadata": {"name": "a"}}
    assert checked("core/v1:ConfigMap", news, old).inputs["metadata"]["labels"] == label
    assert "labels" not in checked("core/v1:ConfigMap", news).inputs["metadata"]


def test_an_unreachable_cluster_may_skip_the_update():
    logged = []
    old = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    answer = checked(
        "core/v1:ConfigMap",
        {"metadata": {"name": "b"}},
        old,
        settings=Settings(skip_update_unreachable=True),
        logged=logged,
    )
    assert answer.inputs == old
    assert logged[0][0] == "warning"


def test_render_mode_warns_of_plain_secrets():
    logged = []
    checked("core/v1:Secret", {"stringData": {"a": "b"}}, settings=Settings(render_to="out"), logged=logged)
    assert logged == [("warning", "rendered YAML will contain a secret value in plaintext")]


def test_autonaming_may_be_off():
    with pytest.raises(PluginError, match="autonaming is disabled"):
        checked("core/v1:ConfigMap", {}, autoname_off=True)
