"""Who else may talk to the API server of the cluster under test, and what it answers them."""

import base64
import contextlib
from dataclasses import dataclass

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cluster.conftest import WORKER, Cluster
from tests.support.signing_requests import new_key, request_object, signed, subject
from tests.support.waiting import until
from tools.plugins.kubernetes.kubeconfig import Endpoint
from tools.plugins.kubernetes.transport import Http

CSR = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


@dataclass(frozen=True)
class Identity:
    """A client of the API server with credentials of its own."""

    endpoint: Endpoint

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """Status and JSON of the answer."""
        content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
        with contextlib.closing(Http(self.endpoint)) as http:
            status, answer = http.call(method, path, body, content_type)
        return status, answer if isinstance(answer, dict) else {}

    def ask(self, name: str, request: str, **more: str) -> tuple[int, str]:
        """Ask for a certificate; the status, and the message of a refusal."""
        status, answer = self.call("POST", CSR, request_object(name, request, **more))
        return status, answer.get("message", "")


def administrator(cluster: Cluster) -> Identity:
    """The administrator, by the stack's own kubeconfig."""
    user = _kubeconfig(cluster)["users"][0]["user"]
    certificate, key = (_decoded(user[f"client-{each}-data"]) for each in ("certificate", "key"))
    return Identity(Endpoint(*_server(cluster), certificate=certificate, key=key))


def kubelet(cluster: Cluster, machine: str) -> Identity:
    """The kubelet of a machine, with the credentials that it uses itself."""
    pem = cluster.on(machine, "cat", "/var/lib/kubelet/pki/kubelet-client-current.pem")
    return Identity(Endpoint(*_server(cluster), certificate=pem, key=pem))


def token_holder(cluster: Cluster, token: str | None = None) -> Identity:
    """Somebody who has a bootstrap token: the machines' own, as the worker's file has it, unless another is given."""
    return Identity(Endpoint(*_server(cluster), token=token or machines_token(cluster)))


def machines_token(cluster: Cluster, machine: str = WORKER) -> str:
    """The bootstrap token on a machine."""
    config = yaml.safe_load(cluster.on(machine, "cat", "/etc/kubernetes/kubeconfig"))
    return str(config["users"][0]["user"]["token"])


def stranger(cluster: Cluster) -> Identity:
    """Somebody without credentials."""
    return Identity(Endpoint(*_server(cluster)))


def issued(cluster: Cluster, holder: Identity, node: str, request_name: str) -> Identity:
    """The identity of a node whose certificate a token holder asks for; the request is removed."""
    key = new_key()
    status, message = holder.ask(request_name, signed(subject(f"system:node:{node}"), key))
    assert status == 201, message
    try:
        certificate = until(lambda: certificate_of(cluster, request_name))
    finally:
        cluster.kubectl("delete", "csr", request_name)
    return Identity(Endpoint(*_server(cluster), certificate=certificate, key=_pem(key)))


def certificate_of(cluster: Cluster, request_name: str) -> str | None:
    """The certificate that was issued for a request; None while there is none."""
    encoded = cluster.get("csr", request_name).get("status", {}).get("certificate")
    return _decoded(encoded) if encoded else None


def _server(cluster: Cluster) -> tuple[str, str, str]:
    entry = _kubeconfig(cluster)["clusters"][0]["cluster"]
    return entry["server"], "default", _decoded(entry["certificate-authority-data"])


def _kubeconfig(cluster: Cluster) -> dict:
    return dict(yaml.safe_load(cluster.kubeconfig.read_text()))


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
