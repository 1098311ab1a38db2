import json
from pathlib import Path

import pytest

from tools.plugins.base.values import UNKNOWN
from tools.plugins.kubernetes.normalize import normalize
from tools.plugins.kubernetes.quantity import canonical
from tools.plugins.kubernetes.schema import Schema

# Made by tools/plugins/kubernetes/generate/shapes/convert: what Go's own types make of these.
CASES = json.loads(Path(__file__).with_name("go_cases.json").read_text())
SCHEMA = Schema()


@pytest.mark.parametrize(("given", "expected"), CASES["quantities"].items())
def test_quantity_is_what_go_writes(given, expected):
    assert canonical(given) == expected


@pytest.mark.parametrize("given", ["", ".", "Gi", "1 Gi", "1KiB", "abc", "1e999999999"])
def test_what_is_no_quantity_stays(given):
    assert canonical(given) == given


@pytest.mark.parametrize(
    "case", CASES["objects"], ids=lambda case: f"{case['given']['apiVersion']}/{case['given']['kind']}"
)
def test_object_is_what_go_writes(case):
    assert normalize(SCHEMA, case["given"]) == case["expected"]


def pod(**spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def test_a_value_of_the_wrong_type_leaves_the_whole_object_as_it_is():
    given = pod(hostNetwork=False, priority="high")
    assert normalize(SCHEMA, given) == given


def test_an_unknown_value_leaves_the_whole_object_as_it_is():
    given = pod(hostNetwork=False, nodeName=UNKNOWN)
    assert normalize(SCHEMA, given) == given


def test_a_custom_resource_keeps_its_zero_values():
    given = {"apiVersion": "example.com/v1", "kind": "Thing", "spec": {"on": False, "size": 0, "text": ""}}
    assert normalize(SCHEMA, given) == given


def test_read_only_metadata_goes():
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "uid": "1", "resourceVersion": "2"}}
    assert normalize(SCHEMA, given)["metadata"] == {"name": "a"}


def test_the_given_object_is_not_changed():
    given = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}}
    normalize(SCHEMA, given)
    assert given == {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}}


def test_string_data_becomes_data_and_wins():
    given = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA==", "b": "eQ=="}, "stringData": {"a": "z"}}
    assert normalize(SCHEMA, given) == {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eg==", "b": "eQ=="}}


def test_secret_data_is_written_as_the_server_writes_it():
    given = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "YW\nJj", "b": "no base64"}}
    assert normalize(SCHEMA, given)["data"] == {"a": "YWJj", "b": "no base64"}


def test_a_definition_loses_what_the_server_removes():
    given = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {"preserveUnknownFields": False, "group": ""},
        "status": {},
    }
    assert normalize(SCHEMA, given) == {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {"group": ""},
    }
