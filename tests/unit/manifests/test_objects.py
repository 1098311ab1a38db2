"""Rules that hold for every object of every cluster."""

import re
from collections import Counter

import pytest
import yaml

from tests.unit.manifests.reading import containers_of, pod_of
from tests.unit.manifests.specs import BARE, DEFAULT, ROOT, SPECS, TOKEN, every_file
from tradewind.manifests import cluster_objects
from tradewind.manifests.token import secret

FILES = [
    pytest.param(spec, file, id=f"{case}:{file.path}") for case, spec in SPECS.items() for file in every_file(spec)
]


NAMESPACED = {"ConfigMap", "DaemonSet", "Deployment", "Secret", "Service", "ServiceAccount"}


CLUSTER_WIDE = {
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}


@pytest.mark.parametrize(("spec", "file"), FILES)
def test_namespace_where_and_only_where_it_belongs(spec, file):
    kind = file.object["kind"]
    assert kind in NAMESPACED | CLUSTER_WIDE
    assert file.object["metadata"].get("namespace") == ("kube-system" if kind in NAMESPACED else None)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_no_object_and_no_path_twice(spec):
    files = every_file(spec)
    identities = Counter((file.object["kind"], file.object["metadata"]["name"]) for file in files)
    assert set(identities.values()) == {1}
    assert len({file.path for file in files}) == len(files)


@pytest.mark.parametrize(("spec", "file"), FILES)
def test_paths_are_those_of_the_asset_map(spec, file):
    assert re.fullmatch(r"manifests/([a-z-]+/)?[a-z-]+\.yaml", file.path)


@pytest.mark.parametrize(("spec", "file"), FILES)
def test_yaml_reads_back_as_the_same_object(spec, file):
    assert yaml.safe_load(file.text) == file.object


@pytest.mark.parametrize(("spec", "file"), FILES)
def test_the_token_is_in_its_secret_only(spec, file):
    content = secret(TOKEN)["data"]["token-secret"]
    found = TOKEN.secret in file.text or content in file.text
    assert found == file.secret == (file.object["kind"] == "Secret")


@pytest.mark.parametrize(("spec", "file"), FILES)
def test_maps_of_strings_hold_strings(spec, file):
    """The server refuses a number or a boolean in any of these maps."""
    entry = file.object
    template = entry.get("spec", {}).get("template", {}).get("metadata", {})
    maps = [
        entry.get("data", {}),
        *(part.get(key, {}) for part in (entry["metadata"], template) for key in ("labels", "annotations")),
    ]
    assert [value for each in maps for value in each.values() if not isinstance(value, str)] == []


@pytest.mark.parametrize(("spec", "file"), FILES)
def test_no_empty_value(spec, file):
    """The server drops empty values, and a second apply would then show a change."""
    assert [value for value in scalars(dict(file.object)) if value is None] == []
    # The endpoint of a resource's status is an empty mapping, which the server keeps.
    text = re.sub(r"subresources:\n +status: \{\}$", "", file.text, flags=re.MULTILINE)
    assert not re.search(r": (\{\}|\[\]|'')$", text, re.MULTILINE)


def scalars(value):
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from scalars(each)
    elif isinstance(value, list):
        for each in value:
            yield from scalars(each)
    else:
        yield value


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_bindings_name_roles_and_accounts_that_exist(spec):
    objects = [file.object for file in cluster_objects(spec)]
    roles = {entry["metadata"]["name"] for entry in objects if entry["kind"] == "ClusterRole"}
    accounts = {entry["metadata"]["name"] for entry in objects if entry["kind"] == "ServiceAccount"}
    for binding in (entry for entry in objects if entry["kind"] == "ClusterRoleBinding"):
        role, (subject,) = binding["roleRef"]["name"], binding["subjects"]
        assert role in roles or role == "cluster-admin" or role.startswith("system:")
        assert subject["kind"] != "ServiceAccount" or subject["name"] in accounts


def test_what_is_turned_off_leaves_no_object():
    assert {
        file.path.removeprefix(ROOT).split("/")[0] for file in cluster_objects(BARE) if file.path.count("/") > 1
    } == {"kubelet-csr-approver"}


def test_rendering_changes_nothing():
    """Builders share parts; a reader that changes one object must not change another."""
    first = [file.text for file in cluster_objects(DEFAULT)]
    for file in cluster_objects(DEFAULT):
        spoil(file)
    assert [file.text for file in cluster_objects(DEFAULT)] == first


def spoil(file):
    file.object["metadata"]["name"] = "spoiled"
    for pod in [pod_of(file.object)] if file.object["kind"] == "DaemonSet" else []:
        pod["tolerations"].clear()
        for container in containers_of(pod):
            container["securityContext"].clear()
