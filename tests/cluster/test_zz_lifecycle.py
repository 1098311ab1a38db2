"""What an `up` changes, and what it leaves alone. The last test of this folder removes the cluster."""

import json

from tests.cluster.conftest import ARGS, CONTROLLER, Cluster
from tests.cluster.leftovers import Host


def test_nothing_changes_without_a_reason(cluster: Cluster) -> None:
    assert cluster.stack.changes() == []


def test_a_changed_coredns_image_is_one_changed_line(cluster: Cluster) -> None:
    image = "registry.example.com/coredns:v1.14.2"
    cluster.stack.config("tradewind:cluster", json.dumps({**ARGS, "images": {"coredns": image}}))
    try:
        changes = {step.name: step for step in cluster.stack.changes("--diff")}
    finally:
        cluster.stack.config("tradewind:cluster", json.dumps(ARGS))
    deployment = next(step for step in changes.values() if "deployment" in step.name)
    assert list(deployment.diffs) == ["spec.template.spec.containers[0].image"]
    # The same manifest goes to the controller, for a bootstrap that would run again.
    assert set(changes) == {deployment.name, f"{CONTROLLER}-files"}


def test_a_replayed_delivery_changes_nothing_on_the_machine(cluster: Cluster) -> None:
    before = cluster.on(CONTROLLER, "sha256sum", "/etc/kubernetes/manifests/kube-apiserver.yaml")
    cluster.stack.up("--target-replace", _urn(cluster, f"{CONTROLLER}-files"))
    assert cluster.on(CONTROLLER, "sha256sum", "/etc/kubernetes/manifests/kube-apiserver.yaml") == before


def test_refresh_finds_the_cluster_as_it_was_made(cluster: Cluster) -> None:
    cluster.stack.refresh()
    assert cluster.stack.changes() == []


def test_destroy_leaves_nothing_on_the_host(cluster: Cluster, host_before: Host) -> None:
    cluster.stack.destroy()
    assert cluster.stack.resources() == {}
    assert Host.now().left_since(host_before) == {}


def _urn(cluster: Cluster, name: str) -> str:
    return str(cluster.stack.resources()[name]["urn"])
