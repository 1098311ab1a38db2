"""The kubelet's configuration and flags; the documents in full are golden files of the hosts."""

import pytest

from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE
from tradewind.kubelet import CONTROLLER_TAINT, Role, Taint, kubelet_config, kubelet_flags, merged

TAINT = Taint(key="a", effect="NoExecute")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # CIS 4.2.1 to 4.2.13, those that a file can say.
        ("authentication.anonymous.enabled", False),
        ("authentication.webhook.enabled", True),
        ("authentication.x509.clientCAFile", "/etc/kubernetes/ca.crt"),
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
        "--config=/etc/kubernetes/kubelet.yaml",
        "--kubeconfig=/var/lib/kubelet/kubeconfig",
        "--node-labels=node.kubernetes.io/node=",
    )


def test_flags_of_a_controller_with_everything():
    flags = kubelet_flags(HIGHLY_AVAILABLE, Role.CONTROLLER, {"a/b": "c"}, node_name="n", node_ip="10.0.0.1")
    assert flags[3:] == (
        "--node-labels=node.kubernetes.io/controller=true,a/b=c",
        "--cloud-provider=external",
        "--hostname-override=n",
        "--node-ip=10.0.0.1",
    )


def test_overrides_reach_the_document():
    document = kubelet_config(
        DEFAULT, Role.WORKER, overrides={"authentication": {"webhook": {"cacheTTL": "1s"}}, "maxPods": 9}
    )
    assert document["authentication"]["webhook"] == {"enabled": True, "cacheTTL": "1s"}
    assert document["authentication"]["anonymous"] == {"enabled": False}
    assert document["maxPods"] == 9


def test_merging_changes_neither_document():
    first, second = {"a": {"b": 1, "c": [1]}, "d": 1}, {"a": {"b": 2, "e": 3}, "d": {"x": 1}, "c": [2]}
    assert merged(first, second) == {"a": {"b": 2, "c": [1], "e": 3}, "d": {"x": 1}, "c": [2]}
    assert first == {"a": {"b": 1, "c": [1]}, "d": 1}
    assert second == {"a": {"b": 2, "e": 3}, "d": {"x": 1}, "c": [2]}
