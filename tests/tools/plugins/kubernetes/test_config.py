import json

import pytest

from tools.plugins.base.values import UNKNOWN, Secret
from tools.plugins.kubernetes.config import difference, failures, parse

URN = "urn:pulumi:s::p::pulumi:providers:kubernetes::mine"


def kubeconfig(server="https://one", credential="t"):
    return json.dumps(
        {
            "clusters": [
                {"name": "c", "cluster": {"server": server}},
                {"name": "d", "cluster": {"server": "https://d"}},
            ],
            "users": [{"name": "u", "user": {"token": credential}}],
            "contexts": [
                {"name": "x", "context": {"cluster": "c", "user": "u"}},
                {"name": "y", "context": {"cluster": "d", "user": "u"}},
            ],
            "current-context": "x",
        }
    )


def test_booleans_may_be_text():
    found = parse({"deleteUnreachable": "true", "enableSecretMutable": True, "skipUpdateUnreachable": "false"})
    assert (found.delete_unreachable, found.mutability.secrets, found.skip_update_unreachable) == (True, True, False)


def test_the_environment_is_used_where_the_configuration_says_nothing(monkeypatch):
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    assert parse({}).delete_unreachable
    assert not parse({"deleteUnreachable": "false"}).delete_unreachable


def test_settings_of_the_client_may_be_json_text():
    assert parse({"kubeClientSettings": '{"timeout": 5}'}).timeout == 5


@pytest.mark.parametrize(
    ("news", "reasons"),
    [
        ({"kubeconfig": UNKNOWN, "context": "x", "version": "4.28.0"}, []),
        ({"kubeconfg": "x"}, ["`kubeconfg` is not a valid configuration key for the kubernetes provider"]),
        ({"alwaysRender": True}, ["alwaysRender: rendering unchanged resources is not supported"]),
        ({"helmReleaseSettings": "{}"}, ["helmReleaseSettings: Helm releases are not supported"]),
        ({"enableServerSideApply": "false"}, ["enableServerSideApply: client-side apply is not supported"]),
        ({"enableServerSideApply": True}, []),
        ({"kubeClientSettings": {"qps": 1, "timeout": 5}}, ["kubeClientSettings.qps"]),
        (
            {"renderYamlToDirectory": "d", "kubeconfig": "k", "cluster": "c"},
            ['"kubeconfig" arg is not compatible', '"cluster" arg is not compatible'],
        ),
        ({"strictMode": "true", "kubeconfig": "k"}, ['strict mode requires Provider "context" argument']),
    ],
)
def test_failures(news, reasons):
    found = [failure.reason for failure in failures(news, URN)]
    assert len(found) == len(reasons)
    assert all(any(text.startswith(reason) for text in found) for reason in reasons)


def test_strict_mode_refuses_the_default_provider():
    found = failures(
        {"strictMode": "true", "kubeconfig": "k", "context": "x"}, URN.replace("::mine", "::default_4_28_0")
    )
    assert [failure.reason for failure in found] == ["strict mode prohibits default provider"]


def shown(old, new):
    return {path[0]: change.replace for path, change in difference(old, new).changes.items()}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": Secret(kubeconfig())}, {}),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(credential="other")}, {"kubeconfig": False}),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(server="https://two")}, {"kubeconfig": True}),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": UNKNOWN}, {"kubeconfig": True}),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(), "context": "y"}, {"context": True}),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(), "context": "x"}, {"context": False}),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(), "cluster": "d"}, {"cluster": True}),
        ({"namespace": "a"}, {"namespace": "b"}, {"namespace": False}),
        ({"renderYamlToDirectory": "a"}, {"renderYamlToDirectory": "b"}, {"renderYamlToDirectory": True}),
        (
            {"kubeconfig": kubeconfig(), "clusterIdentifier": "i"},
            {"kubeconfig": kubeconfig(server="https://two"), "clusterIdentifier": "i"},
            {"kubeconfig": False},
        ),
        (
            {"kubeconfig": kubeconfig(), "clusterIdentifier": "i"},
            {"kubeconfig": UNKNOWN, "clusterIdentifier": "i"},
            {"kubeconfig": False},
        ),
        ({"clusterIdentifier": "i"}, {"clusterIdentifier": "j"}, {"clusterIdentifier": True}),
        ({}, {"clusterIdentifier": "j"}, {"clusterIdentifier": False}),
    ],
)
def test_what_a_change_means(old, new, expected):
    assert shown(old, new) == expected
