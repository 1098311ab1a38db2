"""A real API server takes every object as it is: no unknown field, no value that it stores in another form."""

from dataclasses import replace

import pytest
import yaml

from tests.support.apiserver import ApiServer
from tests.unit.manifests.specs import DEFAULT, SHARED_KERNEL, SPECS, every_file
from tradewind.manifests.kube_proxy import config_map
from tradewind.serialize import Object, to_yaml_stream
from tradewind.spec import ClusterSpec

APPLY = ("apply", "--server-side", "--validate=strict", "--field-manager=test-manifests", "--force-conflicts")


def objects_of(spec: ClusterSpec) -> list[Object]:
    """Every object of a cluster, with the Service range of the test's API server."""
    network = replace(spec.network, service_cidr=DEFAULT.network.service_cidr)
    return [file.object for file in every_file(replace(spec, network=network))]


def stored(server: ApiServer, stream: str) -> list[dict]:
    listed = yaml.safe_load(server.kubectl("get", "-f", "-", "-o", "yaml", stdin=stream))
    return listed["items"] if listed["kind"] == "List" else [listed]


def changed(ours: object, theirs: object, path: str = "") -> list[str]:
    """Paths at which the server holds something other than what was applied; what it added itself is no change."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        missing = [f"{path}.{key} is gone" for key in ours if key not in theirs]
        return missing + [
            each for key in ours if key in theirs for each in changed(ours[key], theirs[key], f"{path}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [each for index, (one, other) in pairs for each in changed(one, other, f"{path}[{index}]")]
    return [] if ours == theirs else [f"{path}: {ours!r} became {theirs!r}"]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_object_passes_strict_validation(api_server: ApiServer, spec: ClusterSpec) -> None:
    objects = objects_of(spec)
    printed = api_server.kubectl(*APPLY, "--dry-run=server", "-f", "-", stdin=to_yaml_stream(objects))
    assert len(printed.splitlines()) == len(objects)


def test_strict_validation_would_find_an_unknown_field(api_server: ApiServer) -> None:
    wrong = {**config_map(DEFAULT), "datum": {}}
    with pytest.raises(AssertionError, match="datum"):
        api_server.kubectl(*APPLY, "--dry-run=server", "-f", "-", stdin=to_yaml_stream([wrong]))


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_server_stores_what_was_applied_and_a_second_apply_changes_nothing(
    api_server: ApiServer, spec: ClusterSpec
) -> None:
    objects = objects_of(spec)
    stream = to_yaml_stream(objects)
    api_server.kubectl(*APPLY, "-f", "-", stdin=stream)
    try:
        first = stored(api_server, stream)
        assert [each for ours, theirs in zip(objects, first, strict=True) for each in changed(ours, theirs)] == []
        api_server.kubectl(*APPLY, "-f", "-", stdin=stream)
        assert [version(each) for each in stored(api_server, stream)] == [version(each) for each in first]
    finally:
        api_server.kubectl("delete", "--wait=true", "--ignore-not-found", "-f", "-", stdin=stream)


def version(entry: dict) -> str:
    """What a write changes; for workloads the generation, as controllers write their status at any time."""
    metadata = entry["metadata"]
    return str(metadata.get("generation", metadata["resourceVersion"]))


def test_a_change_would_be_seen(api_server: ApiServer) -> None:
    one, other = to_yaml_stream([config_map(DEFAULT)]), to_yaml_stream([config_map(SHARED_KERNEL)])
    api_server.kubectl(*APPLY, "-f", "-", stdin=one)
    try:
        (before,) = stored(api_server, one)
        assert changed(config_map(SHARED_KERNEL), before) != []
        api_server.kubectl(*APPLY, "-f", "-", stdin=other)
        (after,) = stored(api_server, one)
        assert version(before) != version(after)
    finally:
        api_server.kubectl("delete", "-f", "-", stdin=one)
