"""Configuration files of the API server and the scheduler: as stored, and keeping their promises."""

import pytest
import yaml

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.manifests.specs import OPTIONS
from tradewind.manifests import api_config, scheduler_config
from tradewind.serialize import to_yaml

KEY = "a-key-in-base64"
FILES = {
    **api_config.api_config_assets(),
    "config/authentication-issuers.yaml": api_config.api_config_assets(OPTIONS.oidc)["config/authentication.yaml"],
    "config/encryption.yaml": to_yaml(api_config.encryption(KEY)),
    scheduler_config.ASSET: to_yaml(scheduler_config.scheduler_config()),
}


@pytest.mark.parametrize("case", sorted(FILES))
def test_rendered_file(case):
    assert_golden(case, FILES[case])


def test_no_stale_file():
    assert_no_stale("config", FILES)


def test_only_health_paths_are_anonymous():
    anonymous = yaml.safe_load(FILES["config/authentication.yaml"])["anonymous"]
    assert anonymous["enabled"] is True
    assert {condition["path"] for condition in anonymous["conditions"]} == {"/livez", "/readyz", "/healthz"}


def test_secrets_are_encrypted_first_and_old_ones_stay_readable():
    ((resource),) = yaml.safe_load(FILES["config/encryption.yaml"])["resources"]
    assert resource["resources"] == ["secrets"]
    first, last = resource["providers"]
    assert first == {"secretbox": {"keys": [{"name": "key1", "secret": KEY}]}}
    assert last == {"identity": {}}


def rules():
    return yaml.safe_load(FILES["config/audit-policy.yaml"])["rules"]


def matches(rule, group, resource, verb, user="someone"):
    """Whether an audit rule is about a request, as the API server decides it."""
    if "nonResourceURLs" in rule or ("users" in rule and user not in rule["users"]) or "userGroups" in rule:
        return False
    if "verbs" in rule and verb not in rule["verbs"]:
        return False
    groups = rule.get("resources")
    return groups is None or any(each["group"] == group and resource in each["resources"] for each in groups)


def level(group, resource, verb):
    return next(rule["level"] for rule in rules() if matches(rule, group, resource, verb))


@pytest.mark.parametrize("verb", ["get", "create", "update", "patch", "delete"])
@pytest.mark.parametrize(
    ("group", "resource"),
    [("", "secrets"), ("", "configmaps"), ("", "serviceaccounts/token"), ("authentication.k8s.io", "tokenreviews")],
)
def test_the_bodies_of_secrets_are_never_logged(group, resource, verb):
    assert level(group, resource, verb) == "Metadata"


@pytest.mark.parametrize(
    ("group", "resource", "verb", "expected"),
    [
        ("apps", "deployments", "create", "Request"),
        ("rbac.authorization.k8s.io", "clusterroles", "patch", "Request"),
        ("apps", "deployments", "list", "Metadata"),
        ("", "pods/exec", "create", "Metadata"),
        ("", "events", "create", "None"),
        ("coordination.k8s.io", "leases", "update", "None"),
    ],
)
def test_what_is_logged(group, resource, verb, expected):
    assert level(group, resource, verb) == expected


def test_the_last_audit_rule_takes_everything():
    assert rules()[-1] == {"level": "Metadata"}


def test_pods_are_held_to_a_baseline_outside_the_system():
    plugins = yaml.safe_load(FILES["config/admission.yaml"])["plugins"]
    configured = {plugin["name"]: plugin["configuration"] for plugin in plugins}
    assert configured["PodSecurity"]["defaults"]["enforce"] == "baseline"
    assert configured["PodSecurity"]["exemptions"] == {
        "namespaces": ["kube-system"],
        "runtimeClasses": [],
        "usernames": [],
    }
    assert configured["EventRateLimit"]["limits"]


def test_no_file_but_the_encryption_configuration_needs_a_key():
    assert "config/encryption.yaml" not in api_config.api_config_assets()
