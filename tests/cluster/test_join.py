"""A machine joins by itself, and the life of tokens and certificates around it.

One story, as its parts need each other: the token is deleted; one `up` makes the next token and one more machine, which
joins; it joins again, with a certificate that ends soon, and renews that. `up` takes it away again.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.conftest import ARGS, CONTROLLER, NAME, SLOT, WORKER, Cluster
from tests.cluster.identities import certificate_of, kubelet, machines_token, token_holder
from tests.support.signing_requests import CLIENT_SIGNER
from tests.support.waiting import until

JOINED = f"{NAME}-worker-1"
CACHE_SECONDS = 12
"""A token that was looked up is good for 10 more seconds."""
KUBELET_CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem"
MANIFEST = "/etc/kubernetes/manifests/kube-controller-manager.yaml"
LONG, SHORT = "--cluster-signing-duration=72h", "--cluster-signing-duration=1m"


@dataclass(frozen=True)
class Story:
    """What was seen on the way."""

    old_token: str
    leases_before: dict[str, str]
    leases_without_token: dict[str, str]
    ready_without_token: set[str]


@pytest.fixture(scope="module")
def story(cluster: Cluster) -> Iterator[Story]:
    """The cluster with a new token and one more worker."""
    old_token, next_token = machines_token(cluster), replace_token(cluster)
    try:
        before = leases(cluster)
        delete_token(cluster, old_token)
        until(lambda: all(leases(cluster)[node] > before[node] for node in (CONTROLLER, WORKER)))
        without, ready = leases(cluster), ready_nodes(cluster)
        cluster.stack.config("tradewind:cluster", json.dumps({**ARGS, "workers": 2}))
        cluster.stack.up(*next_token)
        until(lambda: JOINED in ready_nodes(cluster), 120)
        yield Story(old_token, before, without, ready)
    finally:
        cluster.stack.config("tradewind:cluster", json.dumps(ARGS))
        cluster.stack.up()
        cluster.kubectl("delete", "node", JOINED, "--ignore-not-found")


@pytest.fixture(scope="module")
def short_lived(cluster: Cluster, story: Story) -> Iterator[x509.Certificate]:
    """The first certificate of the new worker, which has lost its old one and joined again: it ends after a minute."""
    asked = len(client_requests(cluster, JOINED))
    try:
        sign_for(cluster, LONG, SHORT)
        cluster.on(JOINED, "sh", "-c", "rm /var/lib/kubelet/pki/kubelet-client-* /var/lib/kubelet/kubeconfig")
        # While the old one is alive, its name is taken.
        cluster.kubectl("delete", "node", JOINED, "--ignore-not-found")
        cluster.on(JOINED, "systemctl", "restart", "kubelet.service")
        until(lambda: len(client_requests(cluster, JOINED)) > asked)
        request = client_requests(cluster, JOINED)[asked]
        assert request["spec"]["username"].startswith("system:bootstrap:")
        pem = until(lambda: certificate_of(cluster, request["metadata"]["name"]))
        yield x509.load_pem_x509_certificate(pem.encode())
    finally:
        sign_for(cluster, SHORT, LONG)


def sign_for(cluster: Cluster, old: str, new: str) -> None:
    """Change how long kubelet certificates live, and wait for the controller manager that knows it."""
    cluster.on(CONTROLLER, "sed", "--in-place", f"s/{old}/{new}/", MANIFEST)

    def running() -> bool:
        # While it is replaced there is none.
        pods = cluster.get("pods", "-nkube-system", "-lk8s-app=kube-controller-manager")["items"]
        return any(
            new in pod["spec"]["containers"][0]["command"] and pod["status"]["containerStatuses"][0]["ready"]
            for pod in pods
            if "containerStatuses" in pod["status"]
        )

    until(running, 90)


def delete_token(cluster: Cluster, token: str) -> None:
    """Delete the Secret of the token and see it refused."""
    holder = token_holder(cluster, token)
    assert holder.call("GET", "/api/v1/nodes")[0] == 403
    cluster.kubectl("delete", "secret", f"bootstrap-token-{token.partition('.')[0]}", "-nkube-system")
    until(lambda: holder.call("GET", "/api/v1/nodes")[0] == 401, CACHE_SECONDS)


def replace_token(cluster: Cluster) -> tuple[str, str]:
    """Arguments of an `up` that makes the next token, as it does by itself when the token's end is near."""
    return "--replace", str(cluster.stack.resources()[f"{NAME}-bootstrap-token-validity-cert"]["urn"])


def leases(cluster: Cluster) -> dict[str, str]:
    items = cluster.get("leases", "-nkube-node-lease")["items"]
    return {each["metadata"]["name"]: each["spec"]["renewTime"] for each in items}


def ready_nodes(cluster: Cluster) -> set[str]:
    return {
        node["metadata"]["name"]
        for node in cluster.get("nodes")["items"]
        for each in node["status"]["conditions"]
        if (each["type"], each["status"]) == ("Ready", "True")
    }


def certificate(cluster: Cluster, machine: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(cluster.on(machine, "cat", KUBELET_CLIENT).encode())


def client_requests(cluster: Cluster, node: str) -> list[dict]:
    """Requests for the client certificate of a node, oldest first."""
    found = [
        each
        for each in cluster.get("csr", "--sort-by=.metadata.creationTimestamp")["items"]
        if each["spec"]["signerName"] == CLIENT_SIGNER and common_name(each) == f"system:node:{node}"
    ]
    assert found
    return found


def common_name(request: dict) -> str:
    csr = x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))
    return str(csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def approval(request: dict) -> str:
    (condition,) = request["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("Approved", "AutoApproved")
    return str(condition["message"])


def test_joined_nodes_go_on_without_the_token(story: Story) -> None:
    assert story.ready_without_token == {CONTROLLER, WORKER}
    assert all(story.leases_without_token[node] > story.leases_before[node] for node in (CONTROLLER, WORKER))


def test_the_next_token_is_on_every_machine_and_the_old_one_is_refused(cluster: Cluster, story: Story) -> None:
    tokens = {machines_token(cluster, machine) for machine in (CONTROLLER, WORKER, JOINED)}
    assert len(tokens) == 1
    (new,) = tokens
    assert new != story.old_token
    assert token_holder(cluster, new).call("GET", "/api/v1/nodes")[0] == 403
    assert token_holder(cluster, story.old_token).call("GET", "/api/v1/nodes")[0] == 401
    secrets = cluster.get("secrets", "-nkube-system", "--field-selector=type=bootstrap.kubernetes.io/token")["items"]
    assert [each["metadata"]["name"] for each in secrets] == [f"bootstrap-token-{new.partition('.')[0]}"]


def test_a_new_machine_joins_by_the_token_alone(cluster: Cluster, story: Story) -> None:
    first = client_requests(cluster, JOINED)[0]
    assert first["spec"]["username"] == f"system:bootstrap:{machines_token(cluster).partition('.')[0]}"
    assert set(first["spec"]["groups"]) == {"system:bootstrappers", "system:authenticated"}
    assert approval(first) == "Auto approving kubelet client certificate after SubjectAccessReview."


def test_its_certificate_is_for_a_client_and_its_own_name_and_ends_after_72_hours(
    cluster: Cluster, story: Story
) -> None:
    found = certificate(cluster, JOINED)
    names = {each.oid: each.value for each in found.subject}
    assert names == {NameOID.ORGANIZATION_NAME: "system:nodes", NameOID.COMMON_NAME: f"system:node:{JOINED}"}
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(hours=72)


def test_a_node_renews_its_certificate_by_itself(cluster: Cluster, short_lived: x509.Certificate) -> None:
    def renewed() -> x509.Certificate | None:
        now = certificate(cluster, JOINED)
        return now if now.not_valid_after_utc > short_lived.not_valid_after_utc else None

    after = until(renewed, 90)
    assert (after.subject, after.issuer) == (short_lived.subject, short_lived.issuer)
    request = client_requests(cluster, JOINED)[-1]
    assert request["spec"]["username"] == f"system:node:{JOINED}"
    assert "system:nodes" in request["spec"]["groups"]
    assert approval(request) == "Auto approving self kubelet client certificate after SubjectAccessReview."
    until(lambda: JOINED in ready_nodes(cluster))
    assert kubelet(cluster, JOINED).call("GET", f"/api/v1/nodes/{JOINED}")[0] == 200


def test_a_token_that_expires_is_refused_and_removed(cluster: Cluster) -> None:
    """The machines' own token has an end as well, some weeks away; this one has a few seconds."""
    identifier = f"expir{SLOT}"
    token = f"{identifier}.0123456789abcdef"
    end = datetime.now(UTC) + timedelta(seconds=6)
    content = {
        "token-id": identifier,
        "token-secret": token.partition(".")[2],
        "usage-bootstrap-authentication": "true",
        "expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    name = f"bootstrap-token-{identifier}"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "kube-system"},
        "type": "bootstrap.kubernetes.io/token",
        "stringData": content,
    }
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(secret))
    holder = token_holder(cluster, token)
    assert holder.call("GET", "/api/v1/nodes")[0] == 403
    until(lambda: holder.call("GET", "/api/v1/nodes")[0] == 401, 30)
    selected = f"--field-selector=metadata.name={name}"
    until(lambda: not cluster.get("secrets", "-nkube-system", selected)["items"])


def test_the_machines_token_has_an_end(cluster: Cluster) -> None:
    name = f"bootstrap-token-{machines_token(cluster).partition('.')[0]}"
    data = cluster.get("secret", name, "-nkube-system")["data"]
    end = datetime.fromisoformat(base64.b64decode(data["expiration"]).decode())
    assert timedelta(days=59) < end - datetime.now(UTC) <= timedelta(days=90)
