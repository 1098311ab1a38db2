"""The kubelet's configuration and flags; the documents in full are golden files of the hosts."""

from dataclasses import replace

import pytest
import yaml

from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE
from tradewind.choices import OperatingSystem
from tradewind.host.options import HostOptions
from tradewind.host.settings import kubelet_yaml, shutdown_delay
from tradewind.kubelet import CONTROLLER_TAINT, Role, Taint, kubelet_config, kubelet_flags, merged
from tradewind.platforms.local.deltas import local_delta
from tradewind.platforms.local.spec import local_spec
from tradewind.spec.kubelet import _KUBERNETES, _LOCKED, _PLACES, SETTINGS, _camel

TAINT = Taint(key="a", effect="NoExecute")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # CIS 4.2.1 to 4.2.13, those that a file can say.
        ("authentication.anonymous.enabled", False),
        ("authentication.webhook.enabled", True),
        ("authentication.x509.clientCAFile", "/etc/kubernetes/pki/ca.crt"),
        ("authorization.mode", "Webhook"),
        ("readOnlyPort", 0),
        ("rotateCertificates", True),
        ("serverTLSBootstrap", True),
        ("seccompDefault", True),
        ("podPidsLimit", 4096),
        ("tlsMinVersion", "VersionTLS12"),
        # What the rest of the host relies on.
        ("staticPodPath", "/etc/kubernetes/manifests"),
        ("containerRuntimeEndpoint", "unix:///run/containerd/containerd.sock"),
        ("cgroupDriver", "systemd"),
        ("clusterDNS", ["10.96.0.10"]),
        ("clusterDomain", "cluster.example.com"),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_field(role, field, value):
    found = kubelet_config(HIGHLY_AVAILABLE, role)
    for key in field.split("."):
        found = found[key]
    assert found == value


def test_no_weak_cipher():
    suites = kubelet_config(DEFAULT, Role.WORKER)["tlsCipherSuites"]
    assert suites
    assert all(suite.startswith("TLS_ECDHE_") and "CBC" not in suite for suite in suites)


def test_taints():
    assert kubelet_config(DEFAULT, Role.WORKER)["registerWithTaints"] == []
    assert kubelet_config(DEFAULT, Role.CONTROLLER, [TAINT])["registerWithTaints"] == [
        CONTROLLER_TAINT.document(),
        {"key": "a", "effect": "NoExecute"},
    ]
    assert Taint(key="a", effect="NoSchedule", value="b").document() == {
        "key": "a",
        "value": "b",
        "effect": "NoSchedule",
    }


def test_flags_of_a_worker():
    assert kubelet_flags(DEFAULT, Role.WORKER) == (
        "--bootstrap-kubeconfig=/etc/kubernetes/kubeconfig",
        "--config=/var/lib/kubelet/config.yaml",
        "--kubeconfig=/var/lib/kubelet/kubeconfig",
        "--node-labels=node.kubernetes.io/node=",
    )


def test_flags_of_a_controller_with_everything():
    flags = kubelet_flags(HIGHLY_AVAILABLE, Role.CONTROLLER, {"a/b": "c"}, node_ip="10.0.0.1")
    assert flags[3:] == (
        "--node-labels=node.kubernetes.io/controller=true,a/b=c",
        "--cloud-provider=external",
        "--node-ip=10.0.0.1",
    )


def test_overrides_reach_the_document():
    document = kubelet_config(
        DEFAULT, Role.WORKER, overrides={"authentication": {"webhook": {"cacheTTL": "1s"}}, "maxPods": 9}
    )
    assert document["authentication"]["webhook"] == {"enabled": True, "cacheTTL": "1s"}
    assert document["authentication"]["anonymous"] == {"enabled": False}
    assert document["maxPods"] == 9


CHOSEN = {"max_pods": 50, "logging_verbosity": 2, "image_gc_low_threshold_percent": 40, "registry_pull_qps": 9}


def test_settings_become_the_fields_that_they_are_named_after():
    document = kubelet_config(DEFAULT, Role.WORKER, overrides={"maxPods": 9}, chosen=CHOSEN)
    added = {"maxPods": 50, "logging": {"verbosity": 2}, "imageGCLowThresholdPercent": 40, "registryPullQPS": 9}
    assert document == {**kubelet_config(DEFAULT, Role.WORKER), **added}


def test_thresholds_that_are_left_out_keep_their_defaults_or_the_platforms():
    overrides = {"evictionHard": {"nodefs.available": "1%", "memory.available": "1%"}}
    chosen = {"eviction_hard": {"memory.available": "2%"}}
    assert kubelet_config(DEFAULT, Role.WORKER, overrides=overrides, chosen=chosen)["evictionHard"] == {
        "memory.available": "2%",
        "nodefs.available": "1%",
        "nodefs.inodesFree": "5%",
        "imagefs.available": "15%",
        "imagefs.inodesFree": "5%",
    }
    assert "evictionHard" not in kubelet_config(DEFAULT, Role.WORKER)


@pytest.mark.parametrize(
    ("chosen", "total", "critical", "seconds"),
    [
        ({}, "45s", "30s", 45),
        ({"shutdown_grace_period": "20s"}, "20s", "20s", 45),
        ({"shutdown_grace_period": "0s"}, "0s", "0s", 45),
        ({"shutdown_grace_period": "2m", "shutdown_grace_period_critical_pods": "1m"}, "2m", "1m", 120),
        ({"shutdown_grace_period_critical_pods": "5s"}, "45s", "5s", 45),
    ],
)
def test_a_shutdown_waits_as_long_as_the_kubelet_may_take(chosen, total, critical, seconds):
    document = kubelet_config(DEFAULT, Role.WORKER, chosen=chosen)
    assert document["shutdownGracePeriod"] == total
    assert document["shutdownGracePeriodCriticalPods"] == critical
    delay = shutdown_delay(replace(DEFAULT, kubelet={"shutdown_grace_period": "10m"}), HostOptions(kubelet=chosen))
    expected = seconds if "shutdown_grace_period" in chosen else 600
    assert delay.content == f"[Login]\nInhibitDelayMaxSec={expected}\n"


def test_nothing_that_security_rests_on_can_be_chosen():
    fixed = kubelet_config(DEFAULT, Role.WORKER)
    names = {_camel(name) for name in SETTINGS} | {place.split(".")[0] for place in _PLACES.values()}
    open_to_choice = {"podPidsLimit", "shutdownGracePeriod", "shutdownGracePeriodCriticalPods", "systemReserved"}
    assert names & set(fixed) == open_to_choice
    assert not set(SETTINGS) & set(_LOCKED)
    # What the document says already is either for the user or has a reason why not.
    ours = {"apiVersion", "kind", "serializeImagePulls", "volumePluginDir", "staticPodPath"}
    locked = {_KUBERNETES.get(name, _camel(name)) for name in _LOCKED}
    assert set(fixed) - open_to_choice - ours <= locked


def test_a_pools_setting_replaces_the_clusters():
    spec = local_spec(
        {
            "name": "test",
            "kubelet": {"max_pods": 20, "system_reserved": {"cpu": "1", "memory": "1Gi"}},
            "worker_pools": [{"name": "gpu", "kubelet": {"system_reserved": {"cpu": "2"}}}],
        }
    )
    documents = {
        host.name: yaml.safe_load(
            kubelet_yaml(
                spec.cluster,
                Role.WORKER,
                HostOptions(delta=local_delta(OperatingSystem.FEDORA_COREOS), kubelet=host.kubelet),
            ).content
        )
        for host in spec.workers
    }
    assert {name: each["systemReserved"] for name, each in documents.items()} == {
        "test-worker-0": {"cpu": "1", "memory": "1Gi"},
        "test-gpu-0": {"cpu": "2", "memory": "300Mi"},
    }
    assert {each["maxPods"] for each in documents.values()} == {20}


def test_merging_changes_neither_document():
    first, second = {"a": {"b": 1, "c": [1]}, "d": 1}, {"a": {"b": 2, "e": 3}, "d": {"x": 1}, "c": [2]}
    assert merged(first, second) == {"a": {"b": 2, "c": [1], "e": 3}, "d": {"x": 1}, "c": [2]}
    assert first == {"a": {"b": 1, "c": [1]}, "d": 1}
    assert second == {"a": {"b": 2, "e": 3}, "d": {"x": 1}, "c": [2]}


def test_a_reservation_is_merged_with_the_default():
    reserved = [
        kubelet_config(DEFAULT, role, chosen=chosen)["systemReserved"]
        for role in Role
        for chosen in ({}, {"system_reserved": {"memory": "1Gi", "pid": "1000"}})
    ]
    assert reserved == [
        {"cpu": "200m", "memory": "512Mi"},
        {"cpu": "200m", "memory": "1Gi", "pid": "1000"},
        {"cpu": "100m", "memory": "300Mi"},
        {"cpu": "100m", "memory": "1Gi", "pid": "1000"},
    ]
