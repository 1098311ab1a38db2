"""What servers of a cluster refuse in a TLS handshake."""

import base64
import ssl
from pathlib import Path

import pytest
import yaml

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster
from tests.cluster.tls import WEAK, refusal

SERVERS = {
    "kube-apiserver": (CONTROLLER, 6443),
    "kubelet of a controller": (CONTROLLER, 10250),
    "kubelet of a worker": (WORKER, 10250),
    "etcd": (CONTROLLER, 2379),
    "etcd among its peers": (CONTROLLER, 2380),
}
servers = pytest.mark.parametrize(("machine", "port"), SERVERS.values(), ids=SERVERS)
ETCD = pytest.mark.parametrize("port", [2379, 2380])


@pytest.fixture(scope="module")
def addresses(cluster: Cluster) -> dict[str, str]:
    return cluster.addresses()


@pytest.fixture(scope="module")
def etcd_client(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The API server's certificate and key for etcd in one file."""
    path = tmp_path_factory.mktemp("etcd") / "client.pem"
    path.touch(mode=0o600)
    pki = "/etc/kubernetes/pki"
    path.write_text(cluster.on(CONTROLLER, "cat", f"{pki}/etcd-client.crt", f"{pki}/etcd-client.key"))
    return path


@servers
def test_tls_1_1_is_refused(addresses: dict[str, str], etcd_client: Path, machine: str, port: int) -> None:
    old = refusal(addresses[machine], port, ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", etcd_client)
    assert old == "TLSV1_ALERT_PROTOCOL_VERSION"


@servers
def test_weak_ciphers_are_refused(addresses: dict[str, str], etcd_client: Path, machine: str, port: int) -> None:
    weak = refusal(addresses[machine], port, ciphers=WEAK, certificate=etcd_client)
    assert weak == "SSLV3_ALERT_HANDSHAKE_FAILURE"


@servers
def test_tls_1_2_with_a_strong_cipher_is_accepted(
    addresses: dict[str, str], etcd_client: Path, machine: str, port: int
) -> None:
    assert refusal(addresses[machine], port, certificate=etcd_client) is None


@ETCD
def test_etcd_refuses_a_client_without_a_certificate(addresses: dict[str, str], port: int) -> None:
    assert refusal(addresses[CONTROLLER], port) == "SSLV3_ALERT_HANDSHAKE_FAILURE"


@ETCD
def test_etcd_refuses_the_administrators_certificate(
    cluster: Cluster, addresses: dict[str, str], tmp_path: Path, port: int
) -> None:
    user = yaml.safe_load(cluster.kubeconfig.read_text())["users"][0]["user"]
    path = tmp_path / "admin.pem"
    path.touch(mode=0o600)
    path.write_bytes(b"".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")))
    assert refusal(addresses[CONTROLLER], port, certificate=path) == "TLSV1_ALERT_UNKNOWN_CA"
