"""Arguments of a local cluster and the spec they become."""

import pytest

from tradewind.errors import SpecError
from tradewind.platforms.local.args import LocalClusterArgs
from tradewind.platforms.local.deltas import hosts
from tradewind.platforms.local.spec import _FIELDS, cluster_args, local_spec
from tradewind.spec import cluster_spec


def problems(args):
    with pytest.raises(SpecError) as raised:
        local_spec(args)
    return [(problem.path, problem.rule) for problem in raised.value.problems]


def test_defaults():
    spec = local_spec({"name": "test"})
    assert [(host.name, str(host.address)) for host in spec.controllers] == [("test-controller-0", "10.78.0.10")]
    assert [(host.name, str(host.address)) for host in spec.workers] == [("test-worker-0", "10.78.0.50")]
    assert spec.cluster.api_servers == ("test.tradewind.internal",)
    assert spec.cluster.kube_proxy_conntrack is False
    assert spec.machine_command == ("python3", "-m", "tools.machines")


def test_every_machine_has_an_address_of_its_own_inside_the_range():
    spec = local_spec({"name": "test", "workers": 100, "host_cidr": "192.168.5.0/24"})
    addresses = [host.address for host in (*spec.controllers, *spec.workers)]
    assert len(set(addresses)) == 101
    assert all(address in spec.network for address in addresses)
    # The first is the host's own, the last the broadcast address.
    assert not {spec.network[1], spec.network.broadcast_address} & set(addresses)
    assert [spec.host(host.name) for host in spec.workers] == list(spec.workers)


def test_names_and_addresses_are_in_the_certificates_and_hosts_files():
    spec = local_spec({"name": "test"})
    (member,) = spec.cluster.controllers
    assert (member.etcd_name, member.addresses) == ("test-etcd0.tradewind.internal", ("10.78.0.10",))
    controller = {"10.78.0.10": ["test-controller-0", "test-etcd0.tradewind.internal", "test.tradewind.internal"]}
    assert hosts(spec, spec.controllers[0]) == controller
    assert hosts(spec, spec.workers[0]) == {"10.78.0.50": ["test-worker-0"], **controller}


def test_shared_arguments_pass_through():
    args: LocalClusterArgs = {"name": "test", "pod_cidr": "10.128.0.0/16", "coredns_replicas": 1}
    assert local_spec(args).cluster == cluster_spec(cluster_args(args))
    assert str(local_spec(args).cluster.network.pod_cidr) == "10.128.0.0/16"


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        ({"workers": 101}, "workers", "must be a whole number from 0 to 100"),
        ({"workers": "1"}, "workers", "must be a whole number from 0 to 100"),
        ({"controllers": 3}, "controllers", "must be a whole number from 1 to 1"),
        ({"api_port": 443}, "api_port", "must be a whole number from 6443 to 6443"),
        ({"machine_command": []}, "machine_command", "must be a list of 1 to 16 entries"),
        ({"machine_command": "sh"}, "machine_command", "must be a list of 1 to 16 entries"),
        ({"pod_cidr": "10.76.0.0/14"}, "host_cidr", "must not overlap pod_cidr (10.76.0.0/14)"),
    ],
)
def test_a_field_refuses_bad_values(changes, path, rule):
    assert problems({"name": "test", **changes}) == [(path, rule)]


@pytest.mark.parametrize("field", ["api_servers", "kube_proxy_conntrack", "colour"])
def test_what_the_platform_decides_is_no_argument(field):
    ((path, rule),) = problems({"name": "test", field: ["x"]})
    assert path == field
    assert rule.startswith("is unknown; the fields are name, ")


@pytest.mark.parametrize("args", [None, [], "local"])
def test_arguments_that_are_no_mapping(args):
    assert problems(args) == [("args", "must be a mapping of fields")]


def test_the_table_holds_exactly_the_fields_of_the_arguments():
    assert set(_FIELDS) == LocalClusterArgs.__required_keys__ | LocalClusterArgs.__optional_keys__
