"""What a node may do and what not: the kubelet's own credentials against the Node authorizer and NodeRestriction.

The names of both are in their messages, so each case says who refuses.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.conftest import CONTROLLER, SLOT, WORKER, Cluster
from tests.cluster.identities import (
    CSR,
    Identity,
    administrator,
    certificate_of,
    issued,
    kubelet,
    machines_token,
    stranger,
    token_holder,
)
from tests.support.signing_requests import new_key, request_object, signed, subject
from tests.support.waiting import until
from tradewind.constants import AUDIT_LOG_DIR

NODES, SYSTEM = "/api/v1/nodes", "/api/v1/namespaces/kube-system"
MADE_UP = f"made-up-{SLOT}"
TAINT = {"key": "example.com/own", "effect": "NoSchedule"}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "own-pod"},
    "spec": {"nodeName": WORKER, "containers": [{"name": "pause", "image": "example.com/pause"}]},
}


def labelled(key: str) -> dict[str, Any]:
    return {"metadata": {"labels": {key: "test"}}}


def csr(user: str, organization: str = "system:nodes") -> dict[str, Any]:
    return request_object("by-a-node", signed(subject(user, organization), new_key()))


# What: method, path, body, and what the refusal says. The token's id is filled in.
REFUSED = {
    "read another node": ("GET", f"{NODES}/{CONTROLLER}", None, f"cannot read '{CONTROLLER}', only its own Node"),
    "list nodes": ("GET", NODES, None, f"node '{WORKER}' cannot read all nodes, only its own Node object"),
    "patch another node": (
        "PATCH",
        f"{NODES}/{CONTROLLER}",
        labelled("a"),
        f'not allowed to modify node "{CONTROLLER}"',
    ),
    "patch another node's status": (
        "PATCH",
        f"{NODES}/{CONTROLLER}/status",
        {"status": {"phase": "Pending"}},
        f'not allowed to modify node "{CONTROLLER}"',
    ),
    "delete another node": ("DELETE", f"{NODES}/{CONTROLLER}", None, f'not allowed to modify node "{CONTROLLER}"'),
    "list secrets": ("GET", f"{SYSTEM}/secrets", None, "No Object name found"),
    "list secrets everywhere": ("GET", "/api/v1/secrets", None, "can only read namespaced object of this type"),
    "read the token's secret": (
        "GET",
        f"{SYSTEM}/secrets/bootstrap-token-{{token}}",
        None,
        f"no relationship found between node '{WORKER}' and this object",
    ),
    "label itself with a restricted prefix": (
        "PATCH",
        f"{NODES}/{WORKER}",
        labelled("node-restriction.kubernetes.io/trusted"),
        "is not allowed to modify labels: node-restriction.kubernetes.io/trusted",
    ),
    "label itself with a role": (
        "PATCH",
        f"{NODES}/{WORKER}",
        labelled("node-role.kubernetes.io/controller"),
        "is not allowed to modify labels: node-role.kubernetes.io/controller",
    ),
    "taint itself": ("PATCH", f"{NODES}/{WORKER}", {"spec": {"taints": [TAINT]}}, "is not allowed to modify taints"),
    "create an ordinary pod": ("POST", f"{SYSTEM}/pods", POD, f'node "{WORKER}" can only create mirror pods'),
    "create a deployment": ("POST", "/apis/apps/v1/namespaces/default/deployments", {}, "cannot create resource"),
    "bind itself to a role": (
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        {},
        'cannot create resource "clusterrolebindings"',
    ),
    "ask for another node's certificate": (
        "POST",
        CSR,
        csr(f"system:node:{CONTROLLER}"),
        f"can only create a node CSR with CN=system:node:{WORKER}",
    ),
    "ask for an administrator's certificate": (
        "POST",
        CSR,
        csr("kubernetes-admin", "system:masters"),
        f"can only create a node CSR with CN=system:node:{WORKER}",
    ),
    "use another node's lease": (
        "PATCH",
        f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{CONTROLLER}",
        labelled("a"),
        "can only access node lease with the same name as the requesting node",
    ),
}


@pytest.fixture(scope="module")
def worker(cluster: Cluster) -> Identity:
    """The worker's kubelet."""
    return kubelet(cluster, WORKER)


@pytest.fixture(scope="module")
def token_id(cluster: Cluster) -> str:
    """The public half of the machines' token."""
    return machines_token(cluster).partition(".")[0]


@pytest.mark.parametrize("case", REFUSED)
def test_a_node_is_refused(worker: Identity, token_id: str, case: str) -> None:
    method, path, body, reason = REFUSED[case]
    status, answer = worker.call(method, path.replace("{token}", token_id), body)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert reason in answer["message"]


def test_a_node_reads_itself(worker: Identity) -> None:
    status, answer = worker.call("GET", f"{NODES}/{WORKER}")
    assert (status, answer["metadata"]["name"]) == (200, WORKER)


def test_a_node_gives_itself_an_ordinary_label(cluster: Cluster, worker: Identity) -> None:
    status, answer = worker.call("PATCH", f"{NODES}/{WORKER}", labelled("example.com/own"))
    cluster.kubectl("label", "node", WORKER, "example.com/own-")
    assert (status, answer["metadata"]["labels"]["example.com/own"]) == (200, "test")


def test_strangers_are_told_nothing(cluster: Cluster, token_id: str) -> None:
    for path in (NODES, f"{NODES}/{WORKER}", f"{SYSTEM}/secrets/bootstrap-token-{token_id}", CSR, "/api"):
        assert stranger(cluster).call("GET", path)[0] == 401


@pytest.mark.parametrize("path", [NODES, f"{NODES}/{WORKER}", f"{SYSTEM}/secrets", "/api/v1/pods"])
def test_a_token_holder_reads_nothing(cluster: Cluster, path: str) -> None:
    status, answer = token_holder(cluster).call("GET", path)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert "system:bootstrap:" in answer["message"]


@pytest.fixture
def made_up(cluster: Cluster) -> Iterator[Identity]:
    """A node that is a certificate and a Node object only."""
    identity = issued(cluster, token_holder(cluster), MADE_UP, f"first-{MADE_UP}")
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": MADE_UP}}
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(node))
    try:
        yield identity
    finally:
        cluster.kubectl("delete", "node", MADE_UP, "--ignore-not-found")


def test_a_node_deletes_itself_and_no_other(cluster: Cluster, made_up: Identity) -> None:
    for other in (WORKER, CONTROLLER):
        status, answer = made_up.call("DELETE", f"{NODES}/{other}")
        assert (status, answer["reason"]) == (403, "Forbidden")
        assert f'node "{MADE_UP}" is not allowed to modify node "{other}"' in answer["message"]
    assert made_up.call("DELETE", f"{NODES}/{MADE_UP}")[0] == 200
    # Its certificate is still one, and of no more use.
    assert made_up.call("GET", f"{NODES}/{MADE_UP}")[0] == 404
    assert made_up.call("GET", f"{NODES}/{WORKER}")[0] == 403
    assert {node["metadata"]["name"] for node in cluster.get("nodes")["items"]} == {CONTROLLER, WORKER}


def test_it_is_the_kubelet_delete_role_that_lets_it(cluster: Cluster, made_up: Identity) -> None:
    binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubelet-delete"
    admin = administrator(cluster)
    subjects = admin.call("GET", binding)[1]["subjects"]
    path = f"{NODES}/{MADE_UP}?dryRun=All"
    until(lambda: made_up.call("DELETE", path)[0] == 200)
    try:
        admin.call("PATCH", binding, {"subjects": None})
        until(lambda: made_up.call("DELETE", path)[0] == 403)
        assert 'cannot delete resource "nodes"' in made_up.call("DELETE", path)[1]["message"]
    finally:
        admin.call("PATCH", binding, {"subjects": subjects})
    until(lambda: made_up.call("DELETE", path)[0] == 200)


def test_what_the_holder_of_a_token_gets_is_a_node_and_nothing_more(cluster: Cluster, made_up: Identity) -> None:
    """For a name that is free, which is what joining needs. It sees what is bound to that name: nothing."""
    assert made_up.call("GET", f"{NODES}/{MADE_UP}")[0] == 200
    for path in (f"{SYSTEM}/secrets", f"{NODES}/{WORKER}", f"{SYSTEM}/configmaps", "/api/v1/pods"):
        assert made_up.call("GET", path)[0] == 403
    status, answer = made_up.call("GET", f"/api/v1/pods?fieldSelector=spec.nodeName%3D{MADE_UP}")
    assert (status, answer["items"]) == (200, [])


# What a token holder asks for, and what refuses it at once.
NEVER = {
    "the worker, which is alive": (f"system:node:{WORKER}", "system:nodes", f"node {WORKER} is alive"),
    "the controller, which is alive": (f"system:node:{CONTROLLER}", "system:nodes", f"node {CONTROLLER} is alive"),
    "a user who is no node": ("kubernetes-admin", "system:nodes", "as kubelets make it"),
    "a group of administrators": (f"system:node:{MADE_UP}", "system:masters", "as kubelets make it"),
}


@pytest.mark.parametrize("case", NEVER)
def test_a_token_holder_is_refused_the_certificate_of(cluster: Cluster, case: str) -> None:
    user, organization, reason = NEVER[case]
    status, message = token_holder(cluster).ask("refused", signed(subject(user, organization), new_key()))
    assert (status, reason in message) == (403, True), message


def test_with_another_signer_nothing_is_approved(cluster: Cluster) -> None:
    """An administrator's certificate, of the signer for any client, waits for a person; masters are refused."""
    holder, signer = token_holder(cluster), "kubernetes.io/kube-apiserver-client"
    status, message = holder.ask("masters", signed(subject("root", "system:masters"), new_key()), signer=signer)
    assert (status, "system:masters group is not allowed" in message) == (403, True), message
    name = f"other-signer-{SLOT}"
    try:
        assert holder.ask(name, signed(subject("kubernetes-admin", "admins"), new_key()), signer=signer)[0] == 201
        # Asked later, and by then approved and signed: so the other one has been looked at.
        issued(cluster, holder, MADE_UP, f"after-{MADE_UP}")
        assert "conditions" not in cluster.get("csr", name).get("status", {})
        assert certificate_of(cluster, name) is None
        assert "Pending" in cluster.kubectl("get", "csr", name)
    finally:
        cluster.kubectl("delete", "csr", name, "--ignore-not-found")


def test_requests_are_visible_to_people(cluster: Cluster) -> None:
    lines = cluster.kubectl("get", "certificatesigningrequests").splitlines()
    assert lines[0].split() == ["NAME", "AGE", "SIGNERNAME", "REQUESTOR", "REQUESTEDDURATION", "CONDITION"]
    rows = [line for line in lines if "kube-apiserver-client-kubelet" in line and "system:bootstrap:" in line]
    assert rows
    assert all(line.endswith("Approved,Issued") for line in rows)


def test_the_audit_log_knows_a_kubelet_by_name(cluster: Cluster, worker: Identity) -> None:
    label = f"example.com/audited-{SLOT}"
    assert worker.call("PATCH", f"{NODES}/{WORKER}?dryRun=All", labelled(label))[0] == 200

    def written() -> list[dict[str, Any]]:
        find = f"grep --fixed-strings {label} {AUDIT_LOG_DIR}/audit.log || true"
        return [json.loads(line) for line in cluster.on(CONTROLLER, "sh", "-c", find).splitlines()]

    (event,) = until(written)
    assert (event["verb"], event["objectRef"]["name"]) == ("patch", WORKER)
    assert event["user"]["username"] == f"system:node:{WORKER}"
    assert "system:nodes" in event["user"]["groups"]
