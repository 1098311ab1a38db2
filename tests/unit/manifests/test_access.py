"""Who may do what: bootstrap token, nodes, API server, and the approver of serving certificates."""

import re
from base64 import b64decode
from ipaddress import IPv4Address, IPv4Network

import pytest

from tests.unit.manifests.reading import find, pod_of
from tests.unit.manifests.specs import HIGHLY_AVAILABLE, SPECS, TOKEN
from tradewind.manifests.csr_approver import node_prefixes
from tradewind.manifests.token import secret


def test_the_api_servers_kubelet_client_is_a_user_of_its_own():
    binding = find("apiserver-kubelet-client.yaml")
    assert binding["roleRef"]["name"] == "system:kubelet-api-admin"
    assert [(each["kind"], each["name"]) for each in binding["subjects"]] == [("User", "kube-apiserver-kubelet-client")]


def test_renewals_are_approved_for_nodes_and_not_for_tokens():
    subjects = {name: find(f"bootstrap-approve-{name}.yaml")["subjects"][0]["name"] for name in ("new", "renew")}
    assert subjects == {"new": "system:bootstrappers", "renew": "system:nodes"}


def test_the_approver_runs_on_controllers_only_and_by_name():
    affinity = pod_of(find("kubelet-csr-approver/daemonset.yaml", HIGHLY_AVAILABLE))["affinity"]["nodeAffinity"]
    terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert [term["matchFields"][0]["values"] for term in terms] == [
        [each.name] for each in HIGHLY_AVAILABLE.controllers
    ]
    assert {term["matchFields"][0]["key"] for term in terms} == {"metadata.name"}


def test_the_approver_may_approve_for_one_signer():
    rules = find("kubelet-csr-approver/cluster-role.yaml")["rules"]
    approve = [rule for rule in rules if "approve" in rule["verbs"]]
    assert [(rule["resources"], rule["resourceNames"]) for rule in approve] == [
        (["signers"], ["kubernetes.io/kubelet-serving"])
    ]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch", "update", "approve"}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_node_prefixes_leave_out_what_no_node_has(spec):
    *prefixes, everything_v6 = node_prefixes(spec)
    ranges = [IPv4Network(each) for each in prefixes]

    def allowed(address):
        return any(IPv4Address(address) in each for each in ranges)

    assert everything_v6 == "::/0"
    for network in (spec.network.pod_cidr, spec.network.service_cidr):
        assert not allowed(network[0])
        assert not allowed(network[1])
        assert not allowed(network[-1])
        assert allowed(network[0] - 1)
        assert allowed(network[-1] + 1)
    assert not any(
        allowed(each) for each in ("0.1.2.3", "127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255")
    )
    assert all(allowed(each) for each in ("192.168.0.1", "172.16.0.1", "100.64.0.1", "8.8.8.8", "10.0.0.1"))


@pytest.mark.parametrize("name", ["worker-0", "test-controller-0", "ip-10-0-0-1.ec2.internal", "10.0.0.1", "a"])
def test_node_names_pass(name):
    assert re.search(provider_regex(), name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "*.example.com", "a b", "a\nb"])
def test_other_names_do_not_pass(name):
    assert not re.search(provider_regex(), name)


def provider_regex():
    args = pod_of(find("kubelet-csr-approver/daemonset.yaml"))["containers"][0]["args"]
    (regex,) = [each.split("=", 1)[1] for each in args if each.startswith("-provider-regex=")]
    return regex


def test_the_token_secret_is_what_kubernetes_reads():
    entry = secret(TOKEN)
    content = {key: b64decode(value).decode() for key, value in entry["data"].items()}
    assert entry["metadata"]["name"] == "bootstrap-token-abc123"
    assert entry["type"] == "bootstrap.kubernetes.io/token"
    assert content.pop("description")
    assert content == {
        "token-id": "abc123",
        "token-secret": "0123456789abcdef",
        "expiration": "2030-01-01T00:00:00Z",
        "usage-bootstrap-authentication": "true",
    }


def test_the_token_is_not_shown_by_accident():
    assert TOKEN.secret not in repr(TOKEN)
