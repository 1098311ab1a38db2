"""The bootstrap token: made once, expiring, and followed by the next one before it ends.

Reads: `TokenPolicy`. Makes: `BootstrapToken`.

Nothing in a program may read the clock, so the end of the token is the end of a certificate that serves no other
purpose: the tls package puts a date on it and replaces it inside its renewal window, and the token follows as its
keeper. Source: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
"""

from datetime import UTC, datetime

import pulumi
import pulumi_random as random
import pulumi_tls as tls

from tradewind import naming
from tradewind.spec import TokenPolicy

_ID_LENGTH = 6
_SECRET_LENGTH = 16


class BootstrapToken(pulumi.ComponentResource):
    """A token with which new nodes ask for their certificate."""

    token_id: pulumi.Output[str]
    """Public half, 6 characters of [a-z0-9]; part of the Secret's name."""
    token_secret: pulumi.Output[str]
    """Secret half, 16 characters of [a-z0-9]."""
    expiration: pulumi.Output[str]
    """End of validity, RFC 3339 in UTC, whole seconds."""

    def __init__(self, name: str, policy: TokenPolicy, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the token called `name`, with the lifetime of `policy`."""
        super().__init__("tradewind:index:BootstrapToken", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = tls.PrivateKey(naming.private_key(name, "validity"), algorithm="ED25519", opts=child)
        validity = tls.SelfSignedCert(
            naming.certificate(name, "validity"),
            private_key_pem=key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name="bootstrap-token-validity"),
            allowed_uses=[],
            validity_period_hours=policy.validity_hours,
            early_renewal_hours=policy.early_renewal_hours,
            opts=child,
        )
        keepers = {"validity_end_time": validity.validity_end_time}
        self.token_id = random.RandomString(
            naming.child(name, "id"), length=_ID_LENGTH, upper=False, special=False, keepers=keepers, opts=child
        ).result
        self.token_secret = random.RandomPassword(
            naming.child(name, "secret"), length=_SECRET_LENGTH, upper=False, special=False, keepers=keepers, opts=child
        ).result
        self.expiration = validity.validity_end_time.apply(expiration)
        self.register_outputs({"token_id": self.token_id, "expiration": self.expiration})


def expiration(validity_end_time: str) -> str:
    """The tls package's end of validity (RFC 3339, any offset and fraction) as the token cleaner reads it."""
    moment = datetime.fromisoformat(validity_end_time).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
