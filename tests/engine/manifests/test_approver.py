"""The approver, with the rendered flags and the rights of its ServiceAccount, judges requests on a real API server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.apiserver import ApiServer, free_ports
from tests.support.programs import account_kubeconfig, program, running, until
from tests.support.signing_requests import CLIENT_SIGNER, SERVING_SIGNER, request_object, serving_request
from tests.unit.manifests.reading import find, pod_of
from tradewind.serialize import to_yaml

NODE = "system:node:worker-0"

JUDGED = {
    "own-name-and-address": ("Approved", NODE, ["worker-0"], ["192.168.0.5"]),
    "own-name-alone": ("Approved", NODE, ["worker-0"], []),
    "address-of-the-api-service": ("Denied", NODE, ["worker-0"], ["10.3.0.1"]),
    "address-of-a-pod": ("Denied", NODE, ["worker-0"], ["10.20.0.7"]),
    "loopback-address": ("Denied", NODE, ["worker-0"], ["127.0.0.1"]),
    "name-of-the-api-server": ("Denied", NODE, ["kubernetes.default.svc"], []),
    "name-of-another-node": ("Denied", NODE, ["worker-1"], ["192.168.0.5"]),
    "two-names": ("Denied", NODE, ["worker-0", "worker-0.example.com"], []),
    "subject-of-another-node": ("Denied", "system:node:worker-1", ["worker-1"], []),
}


@pytest.fixture
def approver(applied: ApiServer, tmp_path: Path) -> Iterator[tuple[ApiServer, Path]]:
    """The running approver's API server and log."""
    (port,) = free_ports(1)
    (container,) = pod_of(find("kubelet-csr-approver/daemonset.yaml"))["containers"]
    args = [word.replace(":8481", f":{port}") for word in container["args"]]
    assert args != container["args"]
    kubeconfig = account_kubeconfig(applied, "kubelet-csr-approver", tmp_path / "kubeconfig")
    log = tmp_path / "approver.log"
    env = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    with running([program("kubelet-csr-approver"), *args], log, env):
        yield applied, log
    applied.kubectl("delete", "csr", "--all")


def ask(server: ApiServer, entry: dict) -> None:
    """Create a request as the node worker-0."""
    # The second group stands for the Node authorizer, which this server does not have.
    as_node = (f"--as={NODE}", "--as-group=system:nodes", "--as-group=system:masters")
    server.kubectl("create", *as_node, "-f", "-", stdin=to_yaml(entry))


def verdict(server: ApiServer, name: str) -> str | None:
    """The condition of a request, or None while there is none."""
    status = yaml.safe_load(server.kubectl("get", "csr", name, "-o", "yaml")).get("status", {})
    conditions = [each["type"] for each in status.get("conditions", [])]
    assert len(conditions) <= 1
    return conditions[0] if conditions else None


def test_requests_are_judged(approver: tuple[ApiServer, Path]) -> None:
    server, log = approver
    # First, so that it is known to have been seen, and left alone, when all the others have their verdict.
    ask(server, request_object("client", serving_request(NODE), CLIENT_SIGNER, "client auth"))
    for name, (_, subject, names, addresses) in JUDGED.items():
        request = serving_request(subject, names, addresses)
        ask(server, request_object(name, request, SERVING_SIGNER, "server auth"))
    verdicts = {name: until(lambda name=name: verdict(server, name), log) for name in JUDGED}
    assert verdicts == {name: expected for name, (expected, *_) in JUDGED.items()}
    assert verdict(server, "client") is None
    assert "forbidden" not in log.read_text()
