"""A real API server of each release takes every object as it is: no unknown field, no value stored in another form."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
import yaml

from tests.support.apiserver import ApiServer
from tests.unit.manifests.specs import DEFAULT, SHARED_KERNEL, SPECS, every_file, released
from tradewind.manifests import static_pods
from tradewind.manifests.kube_proxy import config_map
from tradewind.serialize import Object, to_yaml_stream
from tradewind.spec import ClusterSpec
from tradewind.versions import Release

APPLY = ("apply", "--server-side", "--validate=strict", "--field-manager=test-manifests", "--force-conflicts")


def objects_of(spec: ClusterSpec, release: Release) -> list[Object]:
    """Every object of a cluster, with the Service range of the test's API server."""
    network = replace(spec.network, service_cidr=DEFAULT.network.service_cidr)
    return [file.object for file in every_file(replace(released(spec, release.kubernetes), network=network))]


def stored(server: ApiServer, stream: str) -> list[dict]:
    listed = yaml.safe_load(server.kubectl("get", "-f", "-", "-o", "yaml", stdin=stream))
    return listed["items"] if listed["kind"] == "List" else [listed]


def changed(ours: object, theirs: object, path: str = "") -> list[str]:
    """Paths at which the server holds something other than what was applied; what it added itself is no change."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        # Pods are stored in a form that leaves out a plain false.
        missing = [f"{path}.{key} is gone" for key in ours if key not in theirs and ours[key] is not False]
        return missing + [
            each for key in ours if key in theirs for each in changed(ours[key], theirs[key], f"{path}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [each for index, (one, other) in pairs for each in changed(one, other, f"{path}[{index}]")]
    return [] if ours == theirs else [f"{path}: {ours!r} became {theirs!r}"]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_object_passes_strict_validation(server: ApiServer, release: Release, spec: ClusterSpec) -> None:
    assert server.kubectl("version").splitlines()[-1] == f"Server Version: {release.kubernetes}"
    objects = objects_of(spec, release)
    printed = server.kubectl(*APPLY, "--dry-run=server", "-f", "-", stdin=to_yaml_stream(objects))
    assert len(printed.splitlines()) == len(objects)


def test_strict_validation_would_find_an_unknown_field(server: ApiServer) -> None:
    wrong = {**config_map(DEFAULT), "datum": {}}
    with pytest.raises(AssertionError, match="datum"):
        server.kubectl(*APPLY, "--dry-run=server", "-f", "-", stdin=to_yaml_stream([wrong]))


def created(server: ApiServer, pods: Iterable[Object]) -> list[dict]:
    """What the server makes of static pods, without storing them: only their kubelet may make them last."""
    dry_run = ("create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-")
    # kubectl prints one object after the other.
    text, decoder = server.kubectl(*dry_run, stdin=to_yaml_stream(pods)).strip(), json.JSONDecoder()
    found = []
    while text:
        entry, end = decoder.raw_decode(text)
        found += entry["items"] if entry["kind"] == "List" else [entry]
        text = text[end:].strip()
    return found


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_static_pods_pass_strict_validation(server: ApiServer, release: Release, spec: ClusterSpec) -> None:
    pods = list(static_pods(released(spec, release.kubernetes)).values())
    made = created(server, pods)
    assert [pod["metadata"]["name"] for pod in made] == [pod["metadata"]["name"] for pod in pods]
    assert [each for ours, theirs in zip(pods, made, strict=True) for each in changed(ours, theirs)] == []


@pytest.mark.parametrize(("place", "field"), [(("spec",), "hostNetworks"), (("spec", "containers", 0), "comand")])
def test_an_unknown_field_of_a_static_pod_would_be_found(
    server: ApiServer, place: tuple[str | int, ...], field: str
) -> None:
    pod = json.loads(json.dumps(next(iter(static_pods(DEFAULT).values()))))
    part = pod
    for key in place:
        part = part[key]
    part[field] = "planted"
    with pytest.raises(AssertionError, match=field):
        created(server, [pod])


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_server_stores_what_was_applied_and_a_second_apply_changes_nothing(
    server: ApiServer, release: Release, spec: ClusterSpec
) -> None:
    objects = objects_of(spec, release)
    stream = to_yaml_stream(objects)
    server.kubectl(*APPLY, "-f", "-", stdin=stream)
    try:
        first = stored(server, stream)
        assert [each for ours, theirs in zip(objects, first, strict=True) for each in changed(ours, theirs)] == []
        server.kubectl(*APPLY, "-f", "-", stdin=stream)
        assert [version(each) for each in stored(server, stream)] == [version(each) for each in first]
    finally:
        # Only custom resource definitions go later than asked, one after the other, and nobody here makes them anew.
        server.kubectl("delete", "--wait=false", "--ignore-not-found", "-f", "-", stdin=stream)


def version(entry: dict) -> str:
    """What a write changes; for workloads the generation, as controllers write their status at any time."""
    metadata = entry["metadata"]
    return str(metadata.get("generation", metadata["resourceVersion"]))


def test_a_change_would_be_seen(server: ApiServer) -> None:
    one, other = to_yaml_stream([config_map(DEFAULT)]), to_yaml_stream([config_map(SHARED_KERNEL)])
    server.kubectl(*APPLY, "-f", "-", stdin=one)
    try:
        (before,) = stored(server, one)
        assert changed(config_map(SHARED_KERNEL), before) != []
        server.kubectl(*APPLY, "-f", "-", stdin=other)
        (after,) = stored(server, one)
        assert version(before) != version(after)
    finally:
        server.kubectl("delete", "-f", "-", stdin=one)
