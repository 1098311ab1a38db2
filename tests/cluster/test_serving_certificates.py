"""Kubelets' serving certificates: who gets which, and that the API server talks to no kubelet without one."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster
from tests.cluster.identities import Identity, administrator, kubelet
from tests.support.signing_requests import SERVING_SIGNER, serving_request
from tests.support.waiting import until

NODE = f"system:node:{WORKER}"
SERVING = {"signer": SERVING_SIGNER, "usage": "server auth"}
PREFIX = "asks-for-"


def kubelet_of_the_worker(cluster: Cluster) -> Identity:
    return kubelet(cluster, WORKER)


DENIED = {
    "a-name-of-another-node": (kubelet_of_the_worker, NODE, [CONTROLLER], []),
    "a-name-of-the-api-server": (kubelet_of_the_worker, NODE, ["kubernetes.default.svc"], []),
    "a-foreign-name-beside-its-own": (kubelet_of_the_worker, NODE, [WORKER, "example.com"], []),
    "an-address-of-the-api-service": (kubelet_of_the_worker, NODE, [WORKER], ["10.3.0.1"]),
    "an-address-of-a-pod": (kubelet_of_the_worker, NODE, [WORKER], ["10.20.0.2"]),
    "a-loopback-address": (kubelet_of_the_worker, NODE, [WORKER], ["127.0.0.1"]),
    "a-node-without-being-one": (administrator, NODE, [WORKER], []),
}


@pytest.fixture(scope="module")
def asked(cluster: Cluster) -> Iterator[Cluster]:
    """Requests for serving certificates: one that is right, those that are not, and one for another usage."""
    requests = {"its-own": (kubelet_of_the_worker, NODE, [WORKER], [cluster.addresses()[WORKER]]), **DENIED}
    try:
        for name, (who, subject, names, addresses) in requests.items():
            answer = who(cluster).ask(PREFIX + name, serving_request(subject, names, addresses), **SERVING)
            assert answer[0] == 201, answer
        client = serving_request(NODE, [WORKER])
        answer = kubelet_of_the_worker(cluster).ask(
            f"{PREFIX}client", client, signer=SERVING_SIGNER, usage="client auth"
        )
        assert answer[0] == 201, answer
        yield cluster
    finally:
        names = [each for each in cluster.kubectl("get", "csr", "--output=name").split() if f"/{PREFIX}" in each]
        cluster.kubectl("delete", *names)


def status(cluster: Cluster, name: str) -> dict:
    return cluster.get("csr", PREFIX + name).get("status", {})


def conditions(cluster: Cluster, name: str) -> list[str]:
    return [each["type"] for each in status(cluster, name).get("conditions", [])]


def test_a_nodes_own_request_is_approved_and_signed(asked: Cluster) -> None:
    until(lambda: "certificate" in status(asked, "its-own"))
    assert conditions(asked, "its-own") == ["Approved"]


def test_a_request_in_another_nodes_name_is_not_even_taken(cluster: Cluster) -> None:
    other = serving_request(f"system:node:{CONTROLLER}", [CONTROLLER])
    code, answer = kubelet_of_the_worker(cluster).ask(f"{PREFIX}a-subject", other, **SERVING)
    assert code == 403
    assert "can only create a node CSR with CN=system:node:" in answer


@pytest.mark.parametrize("name", DENIED)
def test_a_request_for_what_is_not_the_nodes_own_is_denied(asked: Cluster, name: str) -> None:
    until(lambda: bool(conditions(asked, name)))
    assert conditions(asked, name) == ["Denied"]
    assert "certificate" not in status(asked, name)


def test_a_serving_certificate_is_no_clients(asked: Cluster) -> None:
    until(lambda: bool({"Denied", "Failed"} & set(conditions(asked, "client"))))
    assert "certificate" not in status(asked, "client")


def pod_on_the_worker(cluster: Cluster) -> str:
    chosen = (f"--field-selector=spec.nodeName={WORKER}", "--selector=k8s-app=kube-proxy")
    (pod,) = cluster.get("pods", "--namespace=kube-system", *chosen)["items"]
    return str(pod["metadata"]["name"])


IMPOSTOR = """
set -eu
cd "$(mktemp -d)"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 1 \\
  -subj "/O=system:nodes/CN=system:node:$0" \\
  -addext "subjectAltName=DNS:$0,IP:$1" 2> /dev/null
systemctl stop kubelet.path kubelet.service
systemd-run --quiet --unit=impostor openssl s_server -accept 10250 -cert "$PWD/certificate" -key "$PWD/key" -www
"""


def test_the_api_server_trusts_no_kubelet_that_signed_for_itself(cluster: Cluster) -> None:
    logs = ("logs", "--namespace=kube-system", "--tail=1", pod_on_the_worker(cluster))
    cluster.kubectl(*logs)
    try:
        cluster.on(WORKER, "sh", "-c", IMPOSTOR, WORKER, cluster.addresses()[WORKER])
        until(lambda: "connection refused" not in cluster.kubectl(*logs, check=False))
        answer = cluster.kubectl(*logs, check=False)
        assert "tls: failed to verify certificate: x509: certificate signed by unknown authority" in answer
    finally:
        cluster.on(WORKER, "sh", "-c", "systemctl stop impostor; systemctl start kubelet.path kubelet.service")
    until(lambda: cluster.kubectl(*logs) is not None)
    cluster.kubectl("wait", "--for=condition=Ready", "node", WORKER, "--timeout=60s")
