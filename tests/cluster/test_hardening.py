"""That what CIS asks to be set does what it is for, on the running cluster."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import CONTROLLER, Cluster
from tests.support.waiting import until
from tools.paths import bin_dir
from tradewind.serialize import to_yaml

NAMESPACE = "hardening"
VALUE = "only-the-owner-knows-this"
LOGS = "/var/log/kubernetes"


@pytest.fixture(scope="module")
def fresh(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster with a new namespace that nobody has set up, a Secret and a ConfigMap of one value in it."""
    with cluster.namespace(NAMESPACE):
        for kind in ("secret", "configmap"):
            words = ("generic", "kept") if kind == "secret" else ("kept",)
            cluster.kubectl("create", kind, *words, f"--namespace={NAMESPACE}", f"--from-literal=value={VALUE}")
        yield cluster


def entries(cluster: Cluster, word: str) -> list[dict]:
    """Entries of the audit log that hold a word."""
    lines = cluster.on(CONTROLLER, "grep", "--fixed-strings", word, f"{LOGS}/audit.log").splitlines()
    return [json.loads(line) for line in lines]


def test_the_audit_log_says_who_did_what(fresh: Cluster) -> None:
    fresh.kubectl("get", "secret", "kept", f"--namespace={NAMESPACE}")
    found = {
        (entry["verb"], entry["objectRef"]["resource"], entry["user"]["username"], entry["level"])
        for entry in entries(fresh, f'"namespace":"{NAMESPACE}","name":"kept"')
        if entry["user"]["username"] == "kubernetes-admin"
    }
    assert {("get", "secrets", "kubernetes-admin", "Metadata")} <= found


def test_the_audit_log_holds_no_secret_and_no_token(fresh: Cluster) -> None:
    token = fresh.kubectl("create", "token", "default", f"--namespace={NAMESPACE}").strip()
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    assert "authenticated: true" in fresh.kubectl("create", "--filename=-", "--output=yaml", stdin=to_yaml(review))
    (joining,) = fresh.get("secrets", "-nkube-system", "--field-selector=type=bootstrap.kubernetes.io/token")["items"]
    encoded = joining["data"]["token-secret"]
    log = fresh.on(CONTROLLER, "sh", "-c", f"cat {LOGS}/*.log")
    assert "tokenreviews" in log
    for hidden in (
        VALUE,
        base64.b64encode(VALUE.encode()).decode(),
        token,
        encoded,
        base64.b64decode(encoded).decode(),
    ):
        assert hidden not in log


def test_a_secret_is_encrypted_in_etcd_and_a_configmap_is_not(fresh: Cluster, tmp_path: Path) -> None:
    secret, plain = (raw(fresh, f"/registry/{kind}/{NAMESPACE}/kept", tmp_path) for kind in ("secrets", "configmaps"))
    assert VALUE.encode() in plain
    assert secret.startswith(b"k8s:enc:secretbox:v1:key1:")
    assert VALUE.encode() not in secret
    assert base64.b64encode(VALUE.encode()) not in secret


def raw(cluster: Cluster, key: str, folder: Path) -> bytes:
    """The value that etcd stores, read past the API server."""
    for name in ("etcd-client-ca.crt", "etcd-client.crt", "etcd-client.key"):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(cluster.on(CONTROLLER, "cat", f"/etc/kubernetes/pki/{name}"))
    addresses = json.loads(cluster.stack.run("stack", "output", "--stack", "test", "--json", "addresses"))
    command = [
        str(bin_dir() / "etcdctl"),
        f"--endpoints=https://{addresses[CONTROLLER]}:2379",
        f"--cacert={folder}/etcd-client-ca.crt",
        f"--cert={folder}/etcd-client.crt",
        f"--key={folder}/etcd-client.key",
        "get",
        "--write-out=json",
        key,
    ]
    (found,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["kvs"]
    return base64.b64decode(found["value"])


PRIVILEGED = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "asks"},
    "spec": {"containers": [{"name": "asks", "image": "example.com/image", "securityContext": {"privileged": True}}]},
}


def test_a_privileged_pod_is_refused_in_a_new_namespace_and_not_in_the_systems(fresh: Cluster) -> None:
    create = ("create", "--dry-run=server", "--filename=-")
    answer = fresh.kubectl(*create, f"--namespace={NAMESPACE}", stdin=to_yaml(PRIVILEGED), check=False)
    assert 'forbidden: violates PodSecurity "baseline:latest": privileged' in answer
    assert "created" in fresh.kubectl(*create, "--namespace=kube-system", stdin=to_yaml(PRIVILEGED))


def test_a_service_with_external_addresses_is_refused(fresh: Cluster) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "asks"},
        "spec": {"ports": [{"port": 80}], "externalIPs": ["192.0.2.1"]},
    }
    create = ("create", "--dry-run=server", "--filename=-", f"--namespace={NAMESPACE}")
    assert "Use of external IPs is denied by admission control" in fresh.kubectl(
        *create, stdin=to_yaml(service), check=False
    )


# With the certificate of super-admin.conf, as two of the servers are on the loopback address only.
ASK_AS_ADMIN = r"""
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for part in certificate key; do
  sed -n "s/^ *client-$part-data: //p" /etc/kubernetes/super-admin.conf | base64 -d > "$folder/$part"
done
curl --silent --insecure --cert "$folder/certificate" --key "$folder/key" \
  --output /dev/null --write-out '%{http_code}' "https://127.0.0.1:$0"
"""


@pytest.mark.parametrize("port", [6443, 10257, 10259])
def test_there_is_no_profiling(cluster: Cluster, port: int) -> None:
    def ask(path: str) -> str:
        return cluster.on(CONTROLLER, "sh", "-c", ASK_AS_ADMIN, f"{port}{path}")

    assert ask("/metrics") == "200"
    assert {path: ask(f"/debug/pprof/{path}") for path in ("", "heap", "profile")} == {
        "": "404",
        "heap": "404",
        "profile": "404",
    }


def test_the_kubelets_probes_need_no_credentials(cluster: Cluster) -> None:
    pod = cluster.get("pod", f"kube-apiserver-{CONTROLLER}", "--namespace=kube-system")
    (container,) = pod["spec"]["containers"]
    probes = {key: value["httpGet"] for key, value in container.items() if key.endswith("Probe")}
    assert {probe["path"] for probe in probes.values()} == {"/livez", "/readyz"}
    assert not any("httpHeaders" in probe for probe in probes.values())
    assert [each["ready"] for each in pod["status"]["containerStatuses"]] == [True]


LIMIT = 100 * 1024 * 1024
ALMOST_FULL = f"""
before=$(pgrep --exact kube-apiserver)
truncate --size={LIMIT - 64 * 1024} {LOGS}/audit.log
kill -KILL "$before"
while [ "$(pgrep --exact kube-apiserver)" = "$before" ]; do sleep 0.2; done
"""
"""The API server takes the size of its log when it opens it: it is made to open one that is almost full."""


def test_the_audit_log_is_rotated_at_its_limit(cluster: Cluster) -> None:
    def rotated() -> list[str]:
        return cluster.on(CONTROLLER, "find", LOGS, "-name", "audit-*.log", "-printf", "%m %u %s\n").splitlines()

    assert rotated() == []
    try:
        cluster.on(CONTROLLER, "sh", "-c", ALMOST_FULL)
        # What it logs of its own start is enough to fill the rest.
        until(lambda: bool(cluster.kubectl("get", "pods", "--all-namespaces", check=False) and rotated()))
        ((mode, user, size),) = [line.split() for line in rotated()]
        assert (mode, user) == ("600", "nobody")
        assert LIMIT - 64 * 1024 < int(size) <= LIMIT
        assert int(cluster.on(CONTROLLER, "stat", "--format=%s", f"{LOGS}/audit.log")) < LIMIT / 2
    finally:
        cluster.on(CONTROLLER, "find", LOGS, "-name", "audit-*.log", "-delete")
        until(lambda: cluster.kubectl("get", "--raw", "/readyz", check=False).strip() == "ok")
