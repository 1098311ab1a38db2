"""Who users are: issuers of OpenID Connect tokens. `spec.oidc` holds the rules."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class OidcRuleArgs(TypedDict):
    """A condition on a token or on the user it makes."""

    expression: str
    """Common Expression Language: true where the token or user is taken, such as `claims.email_verified == true` or
    `!user.username.startsWith("admin")`. At most 1024 characters. The API server compiles it at its start."""
    message: NotRequired[str]
    """What the API server's log says where it is false, at most 200 characters. Default: the expression."""


class OidcIssuerArgs(TypedDict):
    """An issuer whose tokens the API server takes, and the users and groups that they make.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
    """

    issuer_url: str
    """The claim `iss`, an https URL of host, port and plain path; keys are found from there (OpenID discovery)."""
    audiences: Sequence[str]
    """One of these has to be in the claim `aud`: the client ids of programs such as kubelogin. 1 to 16."""
    ca_pem: NotRequired[str]
    """Certificate of the authority that signed the issuer's, one PEM block. Default: those that the host trusts."""
    username_claim: NotRequired[str]
    """Claim whose value, after the prefix, is the user's name. Default: sub."""
    username_prefix: NotRequired[str]
    """Text before the name, so that no issuer can make a user of the cluster's own. Default: the issuer's URL and #."""
    groups_claim: NotRequired[str]
    """Claim with the user's groups, a text or a list. Default: no groups."""
    groups_prefix: NotRequired[str]
    """Text before each group. Default: username_prefix."""
    required_claims: NotRequired[Mapping[str, str]]
    """Claims and the values that they must have, at most 16. Default: none."""
    claim_rules: NotRequired[Sequence[OidcRuleArgs]]
    """Conditions on the token's `claims`, at most 16. Default: none."""
    user_rules: NotRequired[Sequence[OidcRuleArgs]]
    """Conditions on the `user` that a token makes, at most 16. Default: none."""
