"""Pods run on every node and reach each other, Services and names; logs and exec work."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster
from tests.support.waiting import until
from tradewind.serialize import to_yaml_stream

NAMESPACE = "workloads"
IMAGE = "docker.io/tradewind/probe:v1"
SERVE = "mkdir -p /tmp/www && hostname > /tmp/www/index.html && echo serving && exec httpd -f -p 8080 -h /tmp/www"


def pod(name: str, node: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": "web"}},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "tolerations": [{"operator": "Exists"}],
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "web",
                    "image": IMAGE,
                    "imagePullPolicy": "Never",
                    "command": ["/bin/sh", "-c", SERVE],
                    "readinessProbe": {"httpGet": {"port": 8080, "path": "/"}, "periodSeconds": 1},
                }
            ],
        },
    }


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": NAMESPACE},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}


@pytest.fixture(scope="module")
def pods(cluster: Cluster) -> Iterator[Cluster]:
    """A pod on each node behind one Service."""
    objects = to_yaml_stream([pod("one", CONTROLLER), pod("two", WORKER), SERVICE])
    with cluster.namespace(NAMESPACE):
        cluster.kubectl("apply", "--filename=-", stdin=objects)
        cluster.kubectl("wait", "--for=condition=Ready", "pod/one", "pod/two", f"-n{NAMESPACE}", "--timeout=90s")
        yield cluster


def run(cluster: Cluster, name: str, *command: str) -> str:
    return cluster.kubectl("exec", name, f"-n{NAMESPACE}", "--", *command)


@pytest.mark.parametrize(("source", "target"), [("one", "two"), ("two", "one"), ("one", "one"), ("two", "two")])
def test_pods_reach_each_other_across_machines(pods: Cluster, source: str, target: str) -> None:
    address = pods.get("pod", target, f"-n{NAMESPACE}")["status"]["podIP"]
    assert run(pods, source, "curl", "--silent", "--max-time", "10", f"http://{address}:8080").strip() == target


@pytest.mark.parametrize("source", ["one", "two"])
def test_a_service_balances_over_both_by_its_address_and_name(pods: Cluster, source: str) -> None:
    address = pods.get("service", "web", f"-n{NAMESPACE}")["spec"]["clusterIP"]

    def answers(url: str) -> set[str]:
        return {run(pods, source, "curl", "--silent", "--max-time", "10", url).strip() for _ in range(12)}

    for url in (f"http://{address}", f"http://web.{NAMESPACE}.svc.cluster.local", "http://web"):
        # Each of two CoreDNS learns of a Service by a watch of its own, and keeps for a while that there was none.
        until(lambda url=url: answers(url) == {"one", "two"}, 180)


def test_logs_come_over_a_verified_connection(pods: Cluster) -> None:
    for name in ("one", "two"):
        assert pods.kubectl("logs", name, f"-n{NAMESPACE}").strip() == "serving"


def test_cluster_dns_runs_as_asked(pods: Cluster) -> None:
    status = pods.get("deployment", "coredns", "-nkube-system")["status"]
    assert status["readyReplicas"] == 2
