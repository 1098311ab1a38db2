"""Configuration files of the API server: authentication, admission, audit, encryption at rest.

Pure. Reads: issuers of tokens, an encryption key. Makes: documents as plain dicts, by asset path.
"""

from collections.abc import Mapping, Sequence

from tradewind.serialize import Object, to_yaml
from tradewind.spec.oidc import OidcIssuer

ADMISSION = "admission.yaml"
AUDIT_POLICY = "audit-policy.yaml"
AUTHENTICATION = "authentication.yaml"
ENCRYPTION = "encryption.yaml"

_EXEMPT_NAMESPACE = "kube-system"


def api_config_assets(issuers: Sequence[OidcIssuer] = ()) -> Mapping[str, str]:
    """The files that hold no secret, as text by asset path."""
    documents = {ADMISSION: admission(), AUDIT_POLICY: audit_policy(), AUTHENTICATION: authentication(issuers)}
    return {f"config/{name}": to_yaml(document) for name, document in documents.items()}


def authentication(issuers: Sequence[OidcIssuer] = ()) -> Object:
    """Anonymous requests reach the health paths, for probes and load balancers; tokens of issuers make users.

    Sources: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-authenticator-configuration
    and #using-authentication-configuration there.
    """
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "anonymous": {
            "enabled": True,
            "conditions": [{"path": "/livez"}, {"path": "/readyz"}, {"path": "/healthz"}],
        },
        **({"jwt": [_jwt(issuer) for issuer in issuers]} if issuers else {}),
    }


def _jwt(issuer: OidcIssuer) -> Object:
    groups = {"groups": {"claim": issuer.groups_claim, "prefix": issuer.groups_prefix}} if issuer.groups_claim else {}
    claim_rules = [
        *({"claim": claim, "requiredValue": value} for claim, value in issuer.required_claims.items()),
        *({"expression": rule.expression, "message": rule.message} for rule in issuer.claim_rules),
    ]
    user_rules = [{"expression": rule.expression, "message": rule.message} for rule in issuer.user_rules]
    return {
        "issuer": {
            "url": issuer.issuer_url,
            "audiences": list(issuer.audiences),
            **({"audienceMatchPolicy": "MatchAny"} if len(issuer.audiences) > 1 else {}),
            **({"certificateAuthority": issuer.ca_pem} if issuer.ca_pem else {}),
        },
        "claimMappings": {
            "username": {"claim": issuer.username_claim, "prefix": issuer.username_prefix},
            **groups,
        },
        **({"claimValidationRules": claim_rules} if claim_rules else {}),
        **({"userValidationRules": user_rules} if user_rules else {}),
    }


def admission() -> Object:
    """Pod security defaults and an upper bound on events.

    Sources: https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/ and
    https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#eventratelimit
    """
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [
            {"name": "PodSecurity", "configuration": _pod_security()},
            {"name": "EventRateLimit", "configuration": _event_rate_limit()},
        ],
    }


def _pod_security() -> Object:
    """Baseline is enforced, restricted only warned of; a namespace's labels override both."""
    return {
        "apiVersion": "pod-security.admission.config.k8s.io/v1",
        "kind": "PodSecurityConfiguration",
        "defaults": {
            "enforce": "baseline",
            "enforce-version": "latest",
            "audit": "restricted",
            "audit-version": "latest",
            "warn": "restricted",
            "warn-version": "latest",
        },
        "exemptions": {"namespaces": [_EXEMPT_NAMESPACE], "runtimeClasses": [], "usernames": []},
    }


def _event_rate_limit() -> Object:
    return {
        "apiVersion": "eventratelimit.admission.k8s.io/v1alpha1",
        "kind": "Configuration",
        "limits": [
            {"type": "Server", "qps": 5000, "burst": 20000},
            {"type": "Namespace", "qps": 500, "burst": 2000, "cacheSize": 2000},
        ],
    }


def audit_policy() -> Object:
    """Who did what: bodies of ordinary changes, but never of Secrets or tokens, and no noise of the system's own.

    Source: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/, CIS 3.2.2
    """
    secret_kinds = [
        {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
        {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
    ]
    reads = ["get", "list", "watch"]
    interactive = ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "omitManagedFields": True,
        "rules": [
            {"level": "None", "nonResourceURLs": ["/livez*", "/readyz*", "/healthz*", "/version", "/openapi*"]},
            {"level": "None", "verbs": reads, "users": ["system:kube-proxy", "system:apiserver"]},
            {"level": "None", "verbs": reads, "userGroups": ["system:nodes"]},
            {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
            {"level": "None", "resources": [{"group": "", "resources": ["events"]}]},
            {"level": "Metadata", "resources": secret_kinds},
            {"level": "Metadata", "resources": [{"group": "", "resources": interactive}]},
            {"level": "Metadata", "verbs": reads},
            {"level": "Request", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
            {"level": "Metadata"},
        ],
    }


def encryption(key: str) -> Object:
    """Secrets are written to etcd encrypted; old plain ones stay readable until they are written again.

    Args:
        key: 32 bytes in base64. Secret, and so is the result.

    Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/, CIS 1.2.27 and 1.2.28
    """
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [{"secretbox": {"keys": [{"name": "key1", "secret": key}]}}, {"identity": {}}],
            }
        ],
    }
