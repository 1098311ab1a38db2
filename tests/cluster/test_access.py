"""Who is let in."""

import json
import ssl
import urllib.error
import urllib.request

import pytest

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster


def status(url: str) -> int:
    # The certificate is another test's matter; this one asks what a stranger is answered.
    context = ssl._create_unverified_context()  # noqa: S323
    try:
        with urllib.request.urlopen(url, context=context, timeout=10) as answer:  # noqa: S310 - https, made above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/nodes", "/version", "/metrics", "/openapi/v2", "/livez/ping"])
def test_strangers_are_refused_by_the_api_server(cluster: Cluster, path: str) -> None:
    assert status(f"https://{cluster.addresses()[CONTROLLER]}:6443{path}") == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_strangers_may_ask_for_health(cluster: Cluster, path: str) -> None:
    assert status(f"https://{cluster.addresses()[CONTROLLER]}:6443{path}") == 200


@pytest.mark.parametrize("machine", [CONTROLLER, WORKER])
def test_strangers_are_refused_by_kubelets(cluster: Cluster, machine: str) -> None:
    assert status(f"https://{cluster.addresses()[machine]}:10250/pods") == 401


def test_the_api_servers_certificate_names_its_address(cluster: Cluster) -> None:
    assert cluster.kubectl("get", "--raw", "/readyz").strip() == "ok"


def test_state_holds_no_secret_in_plain_text(cluster: Cluster) -> None:
    text = "".join(file.read_text() for file in sorted(cluster.stack.backend.rglob("*")) if file.is_file())
    assert "tls:index/privateKey:PrivateKey" in text
    shown = cluster.stack.resources(show_secrets=True)
    token = next(entry for name, entry in shown.items() if name.endswith("bootstrap-token-secret"))
    secret = json.loads(token["outputs"]["result"]["plaintext"])
    assert len(secret) == 16
    for forbidden in ("PRIVATE KEY", "client-key-data", secret):
        assert forbidden not in text
