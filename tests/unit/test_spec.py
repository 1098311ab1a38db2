"""Defaults and derived values."""

from dataclasses import asdict
from enum import Enum
from ipaddress import IPv4Address, IPv4Network

import pytest

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.arguments import arguments, controllers
from tests.unit.manifests.specs import SPECS
from tradewind.choices import KeyAlgorithm, Networking
from tradewind.serialize import to_yaml
from tradewind.spec import cluster_spec
from tradewind.versions import RELEASES


def plain(value):
    """A spec as YAML can hold it."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | frozenset):
        entries = [plain(each) for each in value]
        return sorted(entries) if isinstance(value, frozenset) else entries
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, IPv4Network) else value


@pytest.mark.parametrize("case", SPECS)
def test_spec(case):
    assert_golden(f"spec/{case}.yaml", to_yaml(plain(asdict(SPECS[case]))))


def test_no_stale_file():
    assert_no_stale("spec", [f"spec/{case}.yaml" for case in SPECS])


def test_defaults_of_the_issue():
    spec = cluster_spec(arguments())
    assert spec.kubernetes_version == "v1.36.2"
    assert (str(spec.network.pod_cidr), str(spec.network.service_cidr)) == ("10.20.0.0/14", "10.3.0.0/24")
    assert spec.network.networking is Networking.FLANNEL
    assert spec.certificates.key_algorithm is KeyAlgorithm.ECDSA_P256
    years = (spec.certificates.ca_validity_hours / 8760, spec.certificates.validity_hours / 8760)
    assert years == (10, 1)
    assert spec.certificates.early_renewal_hours == 90 * 24
    assert spec.service_account_issuer == "https://kubernetes.default.svc.cluster.local"
    assert spec.aggregation


@pytest.mark.parametrize(
    ("service_cidr", "api", "dns"),
    [
        ("10.3.0.0/24", "10.3.0.1", "10.3.0.10"),
        ("10.96.0.0/12", "10.96.0.1", "10.96.0.10"),
        ("192.168.255.192/26", "192.168.255.193", "192.168.255.202"),
    ],
)
def test_service_addresses(service_cidr, api, dns):
    network = cluster_spec(arguments(service_cidr=service_cidr)).network
    assert (network.api_service_ip, network.dns_service_ip) == (IPv4Address(api), IPv4Address(dns))


@pytest.mark.parametrize(("count", "replicas"), [(1, 2), (3, 3), (5, 5)])
def test_coredns_replicas_follow_the_controllers(count, replicas):
    assert cluster_spec(arguments(controllers=controllers(count))).coredns_replicas == replicas


def test_coredns_replicas_of_the_users_own():
    assert cluster_spec(arguments(controllers=controllers(3), coredns_replicas=1)).coredns_replicas == 1


@pytest.mark.parametrize(("count", "available"), [(1, False), (3, True)])
def test_more_than_one_controller_is_highly_available(count, available):
    assert cluster_spec(arguments(controllers=controllers(count))).highly_available is available


def test_the_issuer_follows_the_domain():
    assert cluster_spec(arguments(cluster_domain="k.example.com")).service_account_issuer == (
        "https://kubernetes.default.svc.k.example.com"
    )


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("a.example.com", "https://a.example.com:443"),
        ("10.0.0.1", "https://10.0.0.1:443"),
        ("fd00::1", "https://[fd00::1]:443"),
    ],
)
def test_the_api_url_is_that_of_the_first_server(server, url):
    assert cluster_spec(arguments(api_servers=[server, "b.example.com"], api_port=443)).api_url == url


def test_etcd_urls():
    spec = cluster_spec(arguments(controllers=controllers(3)))
    assert spec.etcd_urls == tuple(f"https://test-etcd{index}.example.com:2379" for index in range(3))
    assert spec.controllers[0].etcd_peer_url == "https://test-etcd0.example.com:2380"


@pytest.mark.parametrize("version", RELEASES)
def test_a_version_brings_its_images(version):
    spec = cluster_spec(arguments(kubernetes_version=version))
    assert spec.images == RELEASES[version].images
    assert spec.images.kube_apiserver == f"registry.k8s.io/kube-apiserver:{version}"
    assert spec.kubelet_image.reference == f"quay.io/poseidon/kubelet:{version}"


def test_one_image_of_the_users_own_leaves_the_others():
    mirror = "mirror.example.com/etcd:v3.7.3"
    images = cluster_spec(arguments(images={"etcd": mirror})).images
    assert images == RELEASES["v1.36.2"].images.override({"etcd": mirror})
    assert images.etcd == mirror


def test_strings_of_a_configuration_file_become_choices():
    spec = cluster_spec(arguments(networking="none", certificates={"key_algorithm": "rsa-3072"}))
    assert spec.network.networking is Networking.NONE
    assert spec.certificates.key_algorithm is KeyAlgorithm.RSA_3072


def test_equal_arguments_are_equal_specs_and_a_spec_is_frozen():
    spec = cluster_spec(arguments())
    assert spec == cluster_spec(arguments())
    with pytest.raises(AttributeError):
        spec.name = "other"  # type: ignore[misc]
