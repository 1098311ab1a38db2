"""Issuers of tokens: URLs, audiences, and prefixes with which an issuer could make users of the cluster's own."""

from tests.support.certificates import make_leaf
from tests.unit.bad_input.messages import AUTHORITY, CERTIFICATE, ENTRIES, GIVEN, MAPPING, TWICE, URL
from tests.unit.bad_input.rows import CA, As, Case, Row

_NAME = "must be text of 1 to 256 printable ASCII characters"
_PREFIX = "must not be one with which names can begin with system: or tradewind:"
_ISSUER = {"issuer_url": "https://login.example.com", "audiences": ["kubernetes"]}


def _case(changes: dict, *lines: str, more: tuple = ()) -> Case:
    return Case("any", "oidc", [{**_ISSUER, **changes}, *more], tuple(f"oidc{line}" for line in lines))


def _one(field: str, value: object, shown: str, rule: str) -> Case:
    return _case({field: value}, f"[0].{field}: {shown} {rule}")


OIDC = [
    Row(
        "oidc", ENTRIES.format(0, 16), None, "https://login.example.com", As({}, "<dict>"), As([_ISSUER] * 17, "<list>")
    ),
    [
        Case("any", "oidc", ["x"], (f"oidc[0]: <str> {MAPPING}",)),
        Case("any", "oidc", [{}], (f"oidc[0].issuer_url: {GIVEN}", f"oidc[0].audiences: {GIVEN}")),
        *(
            _one("issuer_url", value, repr(value), URL)
            for value in (
                "",
                "http://a.example",
                "https://u:p@a.example",
                "https://a.example/?q",
                "https://A.example",
                None,
                1,
            )
        ),
        *(
            _one("audiences", value, shown, ENTRIES.format(1, 16))
            for value, shown in (([], "<list>"), ("a", "'a'"), (None, "None"))
        ),
        *(
            _case({"audiences": [value]}, f"[0].audiences[0]: {shown} {_NAME}")
            for value, shown in (
                ("", "''"),
                (1, "1"),
                (None, "None"),
                ("a\nb", r"'a\nb'"),
                ("\u0430", r"'\u0430'"),
                ("a" * 257, f"'{'a' * 80}'... (257 characters)"),
            )
        ),
        _case({"audiences": ["a", "a"]}, f"[0].audiences[1]: 'a' {TWICE}"),
        *(
            _one(field, value, repr(value), _NAME)
            for field in ("username_claim", "groups_claim")
            for value in ("", None, 1, True)
        ),
        *(_one(field, "", "''", _NAME) for field in ("username_prefix", "groups_prefix")),
        *(
            _one(field, value, repr(value), _PREFIX)
            for field in ("username_prefix", "groups_prefix")
            for value in (
                "s",
                "sys",
                "system",
                "system:",
                "system:masters",
                "system:x",
                "t",
                "tradewind",
                "tradewind:",
                "tradewind:cluster-admins",
            )
        ),
        _one("ca_pem", "x", "<secret>", CERTIFICATE),
        _one("ca_pem", make_leaf(CA, "issuer").certificate_pem, "<secret>", AUTHORITY),
        _case({"required_claims": {"hd": 1}}, f"[0].required_claims['hd']: 1 {_NAME}"),
        _case({"required_claims": []}, "[0].required_claims: <list> must be a mapping of at most 16 entries"),
        _case({"claim_rules": [{}]}, f"[0].claim_rules[0].expression: {GIVEN}"),
        *(
            _case(
                {field: [{"expression": value}]},
                f"[0].{field}[0].expression: {shown} must be text of 1 to 1024 printable characters",
            )
            for field in ("claim_rules", "user_rules")
            for value, shown in (("", "''"), (1, "1"), ("a\nb", r"'a\nb'"))
        ),
        _case(
            {"user_rules": [{"expression": "true", "message": ""}]},
            "[0].user_rules[0].message: '' must be text of 1 to 200 printable characters",
        ),
        _case({}, "[1].issuer_url: 'https://login.example.com' must differ from the other issuers'", more=(_ISSUER,)),
        _one(
            "issuer_url",
            "https://kubernetes.default.svc.cluster.local",
            "'https://kubernetes.default.svc.cluster.local'",
            "must not be service_account_issuer",
        ),
    ],
]
