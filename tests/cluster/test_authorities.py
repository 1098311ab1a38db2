"""Authorities get other certificates of the same keys, as before the end of the old ones: the cluster goes on."""

import base64
import json

import yaml

from tests.cluster.conftest import ARGS, CONTROLLER, WORKER, Cluster

OTHER = {**ARGS, "certificates": {"ca_validity_hours": 87000}}
LEAF = "/var/lib/kubelet/pki/kubelet-client-current.pem"


def authority(cluster: Cluster, machine: str) -> str:
    """The certificate that a kubelet verifies its API server by."""
    config = yaml.safe_load(cluster.on(machine, "cat", "/var/lib/kubelet/kubeconfig"))
    entry = config["clusters"][0]["cluster"]
    if path := entry.get("certificate-authority"):
        return cluster.on(machine, "cat", path).strip()
    return base64.b64decode(entry["certificate-authority-data"]).decode().strip()


def test_every_machine_takes_it_and_no_object_is_made_again(cluster: Cluster) -> None:
    machines = (CONTROLLER, WORKER)
    before = {each: (authority(cluster, each), cluster.on(each, "cat", LEAF)) for each in machines}
    uid = cluster.get("daemonset", "-nkube-system", "kube-proxy")["metadata"]["uid"]
    requests = cluster.kubectl("get", "csr", "--output=name").split()
    cluster.stack.config("tradewind:cluster", json.dumps(OTHER))
    try:
        steps = cluster.stack.changes()
        assert "replace" in {step.op for step in steps if step.name.endswith("kubernetes-ca-cert")}
        in_cluster = [step for step in steps if "$kubernetes:" in step.urn]
        assert {step.name: step.op for step in in_cluster if "replace" in step.op} == {}
        cluster.stack.up()
        cluster.kubectl("wait", "--for=condition=Ready", "node", *machines, "--timeout=120s")
        delivered = cluster.on(CONTROLLER, "cat", "/etc/kubernetes/pki/ca.crt").strip()
        for each in machines:
            assert authority(cluster, each) == delivered != before[each][0]
            # The machine's own certificate is that of before.
            assert cluster.on(each, "cat", LEAF) == before[each][1]
        assert cluster.get("daemonset", "-nkube-system", "kube-proxy")["metadata"]["uid"] == uid
        assert set(cluster.kubectl("get", "csr", "--output=name").split()) <= set(requests)
        assert cluster.stack.changes() == []
    finally:
        cluster.stack.config("tradewind:cluster", json.dumps(ARGS))
        cluster.stack.up()
        cluster.kubectl("wait", "--for=condition=Ready", "node", *machines, "--timeout=120s")
