"""Issuers of OpenID Connect tokens: the rules of `OidcIssuerArgs`, and `OidcIssuer`.

Pure. Source: https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-JWTAuthenticator
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.errors import Problem
from tradewind.spec import checks, pem
from tradewind.spec.fields import Field, field, is_list, leaf, list_of, mapping_of, section
from tradewind.spec.rules import text_of
from tradewind.spec.shown import shown

MOST_ISSUERS = 16
_MOST = 16
_LONGEST_NAME = 256
_LONGEST_EXPRESSION = 1024
_LONGEST_MESSAGE = 200
_RESERVED = ("system:", "tradewind:")
"""How users and groups of the cluster itself begin."""
_SERVICE_ACCOUNT_ISSUER = "https://kubernetes.default.svc.{}"


@dataclass(frozen=True, kw_only=True)
class OidcRule:
    """A condition in the Common Expression Language."""

    expression: str
    message: str


@dataclass(frozen=True, kw_only=True)
class OidcIssuer:
    """An issuer whose tokens are taken."""

    issuer_url: str
    audiences: tuple[str, ...]
    ca_pem: str | None
    username_claim: str
    username_prefix: str
    groups_claim: str | None
    groups_prefix: str
    required_claims: Mapping[str, str]
    claim_rules: tuple[OidcRule, ...]
    user_rules: tuple[OidcRule, ...]


def oidc_issuers(args: Sequence[Mapping[str, Any]]) -> tuple[OidcIssuer, ...]:
    """The issuers of validated arguments."""
    return tuple(_issuer(each) for each in args)


def _issuer(args: Mapping[str, Any]) -> OidcIssuer:
    prefix = args.get("username_prefix", f"{args['issuer_url']}#")
    return OidcIssuer(
        issuer_url=args["issuer_url"],
        audiences=tuple(args["audiences"]),
        ca_pem=args.get("ca_pem"),
        username_claim=args.get("username_claim", "sub"),
        username_prefix=prefix,
        groups_claim=args.get("groups_claim"),
        groups_prefix=args.get("groups_prefix", prefix),
        required_claims=dict(args.get("required_claims", {})),
        claim_rules=_rules(args.get("claim_rules", ())),
        user_rules=_rules(args.get("user_rules", ())),
    )


def _rules(args: Sequence[Mapping[str, str]]) -> tuple[OidcRule, ...]:
    return tuple(
        OidcRule(expression=each["expression"], message=each.get("message", each["expression"])) for each in args
    )


def problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Issuers differ from each other, and from the one of service accounts."""
    given = args.get("oidc")
    listed = given if is_list(given) and len(given) <= MOST_ISSUERS else ()
    issuers = [text_of(each).get("issuer_url") for each in listed]
    accounts = leaf(args.get("service_account_issuer"))
    if accounts is None:
        accounts = _SERVICE_ACCOUNT_ISSUER.format(leaf(args.get("cluster_domain", "cluster.local")))
    for index, url in enumerate(issuers):
        if url is not None and url in issuers[:index]:
            yield Problem(f"oidc[{index}].issuer_url", shown(url), "must differ from the other issuers'")
        if url is not None and url == accounts:
            yield Problem(f"oidc[{index}].issuer_url", shown(url), "must not be service_account_issuer")


def _name(value: object) -> str | None:
    good = isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isascii() and value.isprintable()
    return None if good else f"must be text of 1 to {_LONGEST_NAME} printable ASCII characters"


def _prefix(value: object) -> str | None:
    rule = _name(value)
    if rule is None and any(own.startswith(str(value)) or str(value).startswith(own) for own in _RESERVED):
        return f"must not be one with which names can begin with {' or '.join(_RESERVED)}"
    return rule


def _text(longest: int) -> checks.Check:
    def check(value: object) -> str | None:
        good = isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()
        return None if good else f"must be text of 1 to {longest} printable characters"

    return check


RULE_FIELDS = {
    "expression": field(_text(_LONGEST_EXPRESSION), required=True),
    "message": field(_text(_LONGEST_MESSAGE)),
}
"""The fields of `OidcRuleArgs`."""
ISSUER_FIELDS = {
    "issuer_url": field(checks.https_url, required=True),
    "audiences": Field(list_of(_name, 1, _MOST), required=True),
    "ca_pem": field(pem.certificate, secret=True),
    "username_claim": field(_name),
    "username_prefix": field(_prefix),
    "groups_claim": field(_name),
    "groups_prefix": field(_prefix),
    "required_claims": Field(mapping_of(_name, _name, _MOST)),
    "claim_rules": Field(list_of(section(RULE_FIELDS), 0, _MOST, nested=True)),
    "user_rules": Field(list_of(section(RULE_FIELDS), 0, _MOST, nested=True)),
}
"""The fields of `OidcIssuerArgs`."""
FIELD = Field(list_of(section(ISSUER_FIELDS), 0, MOST_ISSUERS, nested=True))
