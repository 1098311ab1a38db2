"""A real Kubernetes API for tests: etcd, kube-apiserver and the controllers that tests rely on, as plain processes.

Of the default Kubernetes version, or of another whose programs are in a folder of the toolchain. There is no kubelet
and no scheduler: a test that needs a running Pod sets the Pod's status itself. Use the fixture
`api_server` (tests/conftest.py), or `running_api_server` for one of a test's own.
"""

import base64
import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificates import Pair, make_ca, make_leaf
from tools.paths import bin_dir
from tools.plugins.kubernetes.api import Api
from tools.plugins.kubernetes.kubeconfig import Endpoint
from tools.plugins.kubernetes.transport import Http, UnreachableError

START_SECONDS = 60.0
STOP_SECONDS = 15.0
CONTROLLERS = (
    "garbage-collector-controller",  # ends deletes that wait for dependents
    "namespace-controller",
    "serviceaccount-controller",
    "deployment-controller",
    "replicaset-controller",
    "daemonset-controller",
    "statefulset-controller",
    "job-controller",
    "endpointslice-controller",
    "resourcequota-controller",
)


@dataclass(frozen=True)
class ApiServer:
    """A running API server: `url`, its CA and an admin's certificate; `api` talks to it as that admin."""

    url: str
    ca: Pair
    admin: Pair
    folder: Path
    http: Http
    programs: Path
    """The folder with the programs of its Kubernetes version."""

    @property
    def api(self) -> Api:
        """A client with an admin's rights."""
        return Api(self.http)

    @property
    def kubeconfig_path(self) -> Path:
        """The file with the admin's kubeconfig."""
        return self.folder / "admin.kubeconfig"

    @property
    def kubeconfig(self) -> str:
        """The admin's kubeconfig, as JSON (which is YAML)."""
        return self.kubeconfig_path.read_text()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the admin and return what it prints."""
        command = [self.programs / "kubectl", f"--kubeconfig={self.kubeconfig_path}", *arguments]
        result = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60)
        assert result.returncode == 0, result.stderr
        return result.stdout


def make_kubeconfig(url: str, ca_pem: str, certificate_pem: str, key_pem: str) -> dict[str, object]:
    """Return a kubeconfig with one context."""

    def encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    cluster = {"server": url, "certificate-authority-data": encode(ca_pem)}
    user = {"client-certificate-data": encode(certificate_pem), "client-key-data": encode(key_pem)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
    }


@contextlib.contextmanager
def running_api_server(
    folder: Path, programs: Path | None = None, authentication: Path | None = None
) -> Iterator[ApiServer]:
    """Start everything in the folder and stop it at the end; logs of the processes stay there.

    Args:
        folder: where files and logs are.
        programs: the folder with Kubernetes' programs. Default: those of the default version.
        authentication: a file that says who users are. Default: only certificates do.
    """
    programs = programs or bin_dir()
    ca = make_ca("test-ca")
    admin = make_leaf(ca, "admin", organization="system:masters")
    etcd_port, peer_port, api_port = free_ports(3)
    url = f"https://127.0.0.1:{api_port}"
    http = Http(Endpoint(url, "default", ca.certificate_pem, *_pems(admin)))
    server = ApiServer(url, ca, admin, folder, http, programs)
    config = make_kubeconfig(server.url, ca.certificate_pem, *_pems(admin))
    _write(server.kubeconfig_path, json.dumps(config))
    with contextlib.ExitStack() as stack:
        stack.callback(http.close)
        stack.enter_context(_process(folder, bin_dir() / "etcd", _etcd_flags(folder, etcd_port, peer_port)))
        stack.enter_context(
            _process(
                folder, programs / "kube-apiserver", _api_server_flags(server, etcd_port, api_port, authentication)
            )
        )
        _wait_until_ready(server)
        stack.enter_context(_process(folder, programs / "kube-controller-manager", _controller_flags(server)))
        yield server


def free_ports(count: int) -> list[int]:
    """Return TCP ports of the loopback address that nothing uses now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [int(item.getsockname()[1]) for item in sockets]


def _etcd_flags(folder: Path, port: int, peer_port: int) -> list[str]:
    url, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    return [
        "--name=test",
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=test={peer}",
        "--unsafe-no-fsync",  # a test's data need not survive a crash
        "--log-level=warn",
    ]


def _api_server_flags(server: ApiServer, etcd_port: int, port: int, authentication: Path | None) -> list[str]:
    folder = server.folder
    serving = make_leaf(server.ca, "kube-apiserver", addresses=("127.0.0.1", "localhost"))
    account = make_leaf(server.ca, "service-accounts")
    _write(folder / "ca.crt", server.ca.certificate_pem)
    _write(folder / "server.crt", serving.certificate_pem)
    _write(folder / "server.key", serving.key_pem)
    _write(folder / "sa.pub", account.public_key_pem)
    _write(folder / "sa.key", account.key_pem)
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={folder / 'server.crt'}",
        f"--tls-private-key-file={folder / 'server.key'}",
        f"--client-ca-file={folder / 'ca.crt'}",
        "--allow-privileged=true",
        "--authorization-mode=RBAC",
        f"--authentication-config={authentication}" if authentication else "--anonymous-auth=false",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'sa.pub'}",
        f"--service-account-signing-key-file={folder / 'sa.key'}",
        "--service-cluster-ip-range=10.3.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _controller_flags(server: ApiServer) -> list[str]:
    return [
        f"--kubeconfig={server.kubeconfig_path}",
        f"--controllers={','.join(CONTROLLERS)}",
        f"--service-account-private-key-file={server.folder / 'sa.key'}",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--leader-elect=false",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    ]


def _wait_until_ready(server: ApiServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if server.http.call("GET", "/readyz")[0] == 200:
                return
        except UnreachableError:
            pass
        if time.monotonic() > deadline:
            log = (server.folder / "kube-apiserver.log").read_text()[-3000:]
            raise TimeoutError(f"kube-apiserver is not ready after {START_SECONDS:.0f} s; the end of its log:\n{log}")
        time.sleep(0.2)  # between two looks, bounded by the deadline


@contextlib.contextmanager
def _process(folder: Path, program: Path, flags: list[str]) -> Iterator[None]:
    assert program.exists(), f"{program} is missing: run `python3 -m tools.setup --dev`"
    with (folder / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen([program, *flags], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _pems(pair: Pair) -> tuple[str, str]:
    return pair.certificate_pem, pair.key_pem
