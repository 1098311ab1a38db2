"""Kubeconfig documents: one builder, two kinds of credential.

Pure. Reads: server URL, CA certificate and a credential, all settled text. Makes: YAML.
Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from tradewind.serialize import to_yaml


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate and its private key, PEM."""

    cert_pem: str
    private_key_pem: str = field(repr=False)

    def user(self) -> dict[str, str]:
        """The `user` part of a kubeconfig."""
        return {"client-certificate-data": _base64(self.cert_pem), "client-key-data": _base64(self.private_key_pem)}


@dataclass(frozen=True)
class Token:
    """A bearer token, such as a bootstrap token `<id>.<secret>`."""

    token: str = field(repr=False)

    def user(self) -> dict[str, str]:
        """The `user` part of a kubeconfig."""
        return {"token": self.token}


def kubeconfig(*, cluster: str, user: str, server: str, ca_pem: str, credential: ClientCertificate | Token) -> str:
    """A kubeconfig with one cluster, one user and one context `<user>@<cluster>`, which is current."""
    context = f"{user}@{cluster}"
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": cluster, "cluster": {"server": server, "certificate-authority-data": _base64(ca_pem)}},
        ],
        "users": [{"name": user, "user": credential.user()}],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
        "current-context": context,
    }
    return to_yaml(document)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
