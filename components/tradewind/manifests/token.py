"""The bootstrap token as an object of the cluster.

Pure. Reads: a token's id, secret and expiration, all settled text. Makes: its Secret.
Format: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
"""

from base64 import b64encode
from dataclasses import dataclass, field

from tradewind.manifests.objects import metadata
from tradewind.serialize import Object


@dataclass(frozen=True, kw_only=True)
class TokenValues:
    """A bootstrap token whose values are known. Its secret half is left out of `repr`."""

    id: str
    """Public half, 6 characters of [a-z0-9]; part of the Secret's name."""
    secret: str = field(repr=False)
    """Secret half, 16 characters of [a-z0-9]."""
    expiration: str
    """End of validity, RFC 3339 in UTC, such as `2030-01-01T00:00:00Z`."""


def secret(token: TokenValues) -> Object:
    """Secret of the token. It has `data`, not `stringData`: that is the form in which the server keeps it."""
    content = {
        "description": "Lets new nodes of this cluster ask for their client certificate.",
        "token-id": token.id,
        "token-secret": token.secret,
        "expiration": token.expiration,
        "usage-bootstrap-authentication": "true",
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(f"bootstrap-token-{token.id}"),
        "type": "bootstrap.kubernetes.io/token",
        "data": {key: b64encode(value.encode()).decode() for key, value in content.items()},
    }
