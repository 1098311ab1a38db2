"""Nodes join by TLS bootstrap and are what the library promises."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster

BOTH = pytest.mark.parametrize("machine", [CONTROLLER, WORKER])


def test_both_nodes_are_ready_with_their_role(cluster: Cluster) -> None:
    nodes = {node["metadata"]["name"]: node for node in cluster.get("nodes")["items"]}
    assert set(nodes) == {CONTROLLER, WORKER}
    for node in nodes.values():
        conditions = {each["type"]: each["status"] for each in node["status"]["conditions"]}
        assert conditions["Ready"] == "True"
        assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.2"
    assert nodes[CONTROLLER]["metadata"]["labels"]["node.kubernetes.io/controller"] == "true"
    assert [taint["key"] for taint in nodes[CONTROLLER]["spec"]["taints"]] == ["node-role.kubernetes.io/controller"]
    assert "node.kubernetes.io/node" in nodes[WORKER]["metadata"]["labels"]
    assert "taints" not in nodes[WORKER]["spec"]


@BOTH
def test_the_kubelet_has_a_client_certificate_of_its_own_for_72_hours(cluster: Cluster, machine: str) -> None:
    pem = cluster.on(machine, "cat", "/var/lib/kubelet/pki/kubelet-client-current.pem")
    certificate = x509.load_pem_x509_certificate(pem.encode())
    names = {attribute.oid: attribute.value for attribute in certificate.subject}
    assert names == {NameOID.ORGANIZATION_NAME: "system:nodes", NameOID.COMMON_NAME: f"system:node:{machine}"}
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(hours=72)


@BOTH
def test_it_was_asked_for_with_the_bootstrap_token_and_approved(cluster: Cluster, machine: str) -> None:
    requests = [
        each
        for each in cluster.get("certificatesigningrequests")["items"]
        if each["spec"]["signerName"] == "kubernetes.io/kube-apiserver-client-kubelet"
        and _common_name(each) == f"system:node:{machine}"
    ]
    assert requests
    for each in requests:
        assert each["spec"]["username"].startswith("system:bootstrap:")
        assert "system:bootstrappers" in each["spec"]["groups"]
        assert "Approved" in [condition["type"] for condition in each["status"]["conditions"]]


@BOTH
def test_its_serving_certificate_is_signed_by_the_cluster(cluster: Cluster, machine: str) -> None:
    pem = cluster.on(machine, "cat", "/var/lib/kubelet/pki/kubelet-server-current.pem")
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "kubernetes-ca"


def _common_name(request: dict) -> str:
    csr = x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))
    return str(csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
