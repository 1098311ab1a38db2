"""The list of certificates: order, least usages, names, and what no certificate may be."""

import pytest

from tests.unit.arguments import arguments, controllers
from tradewind.pki import catalog
from tradewind.pki.catalog import Authority, Usage
from tradewind.spec import cluster_spec

ONE = cluster_spec(arguments(controllers=[{**controllers(1)[0], "addresses": ["10.0.0.10"]}]))
THREE = cluster_spec(
    arguments(
        api_servers=["api.example.com", "10.0.0.5", "fd00::5"],
        controllers=[{**each, "addresses": [f"10.0.0.1{index}"]} for index, each in enumerate(controllers(3))],
    )
)
BARE = cluster_spec(arguments(aggregation=False))
SPECS = {"one": ONE, "three": THREE, "no-aggregation": BARE}

USAGES = {
    "etcd-server": {Usage.SERVER, Usage.CLIENT},
    "etcd-peer": {Usage.SERVER, Usage.CLIENT},
    "etcd-client": {Usage.CLIENT},
    "apiserver": {Usage.SERVER},
    "kubelet-client": {Usage.CLIENT},
    "aggregation-client": {Usage.CLIENT},
    "admin": {Usage.CLIENT},
    "super-admin": {Usage.CLIENT},
    "controller-manager": {Usage.CLIENT},
    "scheduler": {Usage.CLIENT},
}
"""Extended usages by name, members' names aside: the least that each needs."""


@pytest.fixture(params=SPECS, name="spec")
def fixture_spec(request):
    return SPECS[request.param]


def named(spec, name):
    return next(record for record in catalog.certificates(spec) if record.name == name)


def kind(record):
    return record.name.removesuffix(f"-{record.controller}") if record.controller else record.name


def test_each_authority_is_made_before_what_it_signs(spec):
    made = [record.authority for record in catalog.authorities(spec)]
    assert len(made) == len(set(made))
    assert {record.authority for record in catalog.certificates(spec)} == set(made)


def test_names_are_unique(spec):
    names = [record.name for record in (*catalog.authorities(spec), *catalog.certificates(spec))]
    names.append(catalog.SERVICE_ACCOUNT.name)
    assert len(names) == len(set(names))


def test_asset_paths_are_unique_on_each_controller(spec):
    for controller in spec.controllers:
        paths = [
            record.asset
            for record in catalog.certificates(spec)
            if record.asset and record.controller in (None, controller.name)
        ]
        paths.append(catalog.SERVICE_ACCOUNT.asset)
        authorities = [catalog.authority_assets(record.authority) for record in catalog.authorities(spec)]
        paths += [path.removesuffix(".crt") for group in authorities for path in group]
        assert len(paths) == len(set(paths))


def test_every_certificate_has_the_least_usages(spec):
    assert {kind(record): set(record.extended_usages) for record in catalog.certificates(spec)} == {
        name: usages for name, usages in USAGES.items() if spec.aggregation or not name.startswith("aggregation")
    }


def test_authorities_only_sign(spec):
    for record in catalog.authorities(spec):
        assert set(record.usages) == {Usage.DIGITAL_SIGNATURE, Usage.CERT_SIGNING, Usage.CRL_SIGNING}


@pytest.mark.parametrize("which", ["etcd-server", "etcd-peer"])
def test_each_member_has_its_own_pair_with_its_own_names(which):
    pairs = [record for record in catalog.certificates(THREE) if kind(record) == which]
    assert [record.controller for record in pairs] == [controller.name for controller in THREE.controllers]
    for record, controller in zip(pairs, THREE.controllers, strict=True):
        others = {each.etcd_name for each in THREE.controllers} - {controller.etcd_name}
        assert controller.etcd_name in record.dns_names
        assert not others & set(record.dns_names)
        assert set(controller.addresses) <= set(record.ip_addresses)
        assert record.subject.common_name == controller.etcd_name
        assert record.authority is Authority.ETCD


def test_an_etcd_server_is_also_reached_on_its_own_host():
    record = named(ONE, "etcd-server-test-controller-0")
    assert record.dns_names == ("localhost", "test-etcd0.example.com")
    assert record.ip_addresses == ("127.0.0.1", "10.0.0.10")


def test_names_of_the_api_server():
    record = named(THREE, "apiserver")
    assert record.dns_names == (
        "api.example.com",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
    )
    assert record.ip_addresses == (
        "127.0.0.1",
        "10.0.0.5",
        "fd00::5",
        "10.0.0.10",
        "10.0.0.11",
        "10.0.0.12",
        "10.3.0.1",
    )


def test_no_address_is_named_twice():
    controller = {**controllers(1)[0], "addresses": ["10.0.0.10"]}
    record = named(cluster_spec(arguments(api_servers=["10.0.0.10"], controllers=[controller])), "apiserver")
    assert record.ip_addresses == ("127.0.0.1", "10.0.0.10", "10.3.0.1")


def test_only_what_stays_on_controllers_is_in_the_masters_group(spec):
    masters = [record.name for record in catalog.certificates(spec) if record.subject.organization == "system:masters"]
    assert masters == ["super-admin"]
    assert named(spec, "admin").subject.organization == "tradewind:cluster-admins"


def test_users_of_the_kubernetes_api(spec):
    clients = [
        record
        for record in catalog.certificates(spec)
        if record.authority is Authority.KUBERNETES and Usage.CLIENT in record.extended_usages
    ]
    assert {record.name: record.subject.common_name for record in clients} == {
        "kubelet-client": "kube-apiserver-kubelet-client",
        "admin": "kubernetes-admin",
        "super-admin": "kubernetes-super-admin",
        "controller-manager": "system:kube-controller-manager",
        "scheduler": "system:kube-scheduler",
    }


def test_clients_name_no_host(spec):
    for record in catalog.certificates(spec):
        is_server = Usage.SERVER in record.extended_usages
        assert bool(record.dns_names or record.ip_addresses) is is_server, record.name


def test_the_aggregation_layers_client_is_the_one_that_the_api_server_allows():
    record = named(ONE, "aggregation-client")
    assert (record.authority, record.subject.common_name) == (Authority.AGGREGATION, "kube-apiserver")


def test_only_the_kubernetes_authority_brings_its_key_to_controllers():
    assert catalog.AUTHORITY_KEY_ASSET == {Authority.KUBERNETES: "tls/k8s/ca.key"}


def test_the_list_of_three_controllers_in_order():
    members = [f"etcd-{pair}-test-controller-{index}" for index in range(3) for pair in ("server", "peer")]
    assert [record.name for record in catalog.certificates(THREE)] == [
        *members,
        "etcd-client",
        "apiserver",
        "kubelet-client",
        "aggregation-client",
        "admin",
        "super-admin",
        "controller-manager",
        "scheduler",
    ]
