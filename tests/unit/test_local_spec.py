"""Arguments of a local cluster and the spec they become."""

import pytest

from tradewind.errors import SpecError
from tradewind.platforms.local.args import LocalClusterArgs
from tradewind.platforms.local.deltas import hosts
from tradewind.platforms.local.spec import _FIELDS, cluster_args, local_spec
from tradewind.spec import Taint, cluster_spec


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
        *(
            ({"controllers": count}, "controllers", "must be one of 1, 3, 5, so that etcd has a majority")
            for count in (0, 2, 4, 6, 7, "3", True, 3.0, None)
        ),
        ({"api_port": 443}, "api_port", "must be 6443 with one controller, as nothing stands before its API server"),
        ({"api_port": 22, "controllers": 3}, "api_port", "must not be 22, which is SSH's"),
        ({"api_port": 0, "controllers": 3}, "api_port", "must be a whole number from 1 to 65535"),
        (
            {"kubernetes_version": "v1.36.1"},
            "kubernetes_version",
            "must be v1.36.2, the one release that local machines have images of",
        ),
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


def test_three_controllers_have_a_load_balancer_with_the_apis_name_and_port():
    spec = local_spec({"name": "test", "controllers": 3, "api_port": 443})
    assert [str(host.address) for host in spec.controllers] == ["10.78.0.10", "10.78.0.11", "10.78.0.12"]
    assert (spec.load_balancer.name, str(spec.api_address)) == ("test-load-balancer", "10.78.0.5")
    # The address is in the API server's certificate, the name in kubeconfigs.
    assert spec.cluster.api_servers == ("test.tradewind.internal", "10.78.0.5")
    assert spec.cluster.api_url == "https://test.tradewind.internal:443"
    names = hosts(spec, spec.workers[0])
    assert names["10.78.0.5"] == ["test-load-balancer", "test.tradewind.internal"]
    assert names["10.78.0.12"] == ["test-controller-2", "test-etcd2.tradewind.internal"]


def test_one_controller_needs_none():
    spec = local_spec({"name": "test"})
    assert (spec.load_balancer, str(spec.api_address)) == (None, "10.78.0.10")


POOLS = [
    {
        "name": "gpu",
        "workers": 2,
        "labels": {"example.com/gpu": "yes"},
        "taints": [{"key": "gpu", "effect": "NoSchedule"}],
    },
    {"name": "empty", "workers": 0},
    {"name": "edge"},
]


def test_pools_have_names_addresses_labels_and_taints():
    spec = local_spec({"name": "test", "workers": 1, "worker_pools": POOLS})
    assert {host.name: str(host.address) for host in spec.workers} == {
        "test-worker-0": "10.78.0.50",
        "test-gpu-0": "10.78.0.150",
        "test-gpu-1": "10.78.0.151",
        "test-edge-0": "10.78.0.190",
    }
    gpu = spec.host("test-gpu-1")
    assert gpu.labels == {"example.com/gpu": "yes"}
    assert gpu.taints == (Taint(key="gpu", effect="NoSchedule"),)
    assert (spec.host("test-edge-0").labels, spec.host("test-worker-0").taints) == ({}, ())


def test_network_pods_tolerate_the_taints_of_pools():
    args = {"name": "test", "worker_pools": POOLS, "daemonset_tolerations": ["mine"]}
    assert local_spec(args).cluster.daemonset_tolerations == ("mine", "gpu")
    assert local_spec({**args, "daemonset_tolerations": ["gpu"]}).cluster.daemonset_tolerations == ("gpu",)
    assert local_spec({"name": "test"}).cluster.daemonset_tolerations == ()


def test_pools_that_grow_move_nobody():
    few = local_spec({"name": "test", "worker_pools": POOLS})
    many = local_spec({"name": "test", "workers": 60, "worker_pools": [{**pool, "workers": 20} for pool in POOLS[:2]]})
    before = {host.name: host.address for host in few.workers if "edge" not in host.name}
    assert before.items() <= {host.name: host.address for host in many.workers}.items()
    addresses = [host.address for host in many.workers]
    assert len(set(addresses)) == 100
    assert all(address in many.network for address in addresses)


def pool(**changes):
    return {"worker_pools": [{"name": "pool", **changes}]}


LABEL_KEY = "must be a label key, such as example.com/role"
LABEL_VALUE = "must be a label value: at most 63 letters, digits, _, . and -, not starting or ending with _, . or -"
ROLE_LABEL = "must not be a label that every node of a role has"
OWN_PREFIX = "must not be of kubernetes.io or k8s.io, but for kubelet.kubernetes.io and node.kubernetes.io"


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        (pool(name="worker"), ".name", "must differ from worker and controller, which name other machines"),
        (
            pool(name="a" * 17),
            ".name",
            "must be a DNS label: lower-case letters, digits and -, at most 16, not starting or ending with -",
        ),
        (pool(workers=21), ".workers", "must be a whole number from 0 to 20"),
        (pool(labels=["a"]), ".labels", "must be a mapping of at most 32 entries"),
        (pool(labels={"a": "b c"}), ".labels['a']", LABEL_VALUE),
        (pool(labels={"a": "b\n"}), ".labels['a']", LABEL_VALUE),
        (pool(labels={"a": True}), ".labels['a']", LABEL_VALUE),
        (pool(labels={"a,b": "c"}), ".labels['a,b']", LABEL_KEY),
        (pool(labels={1: "c"}), ".labels[1]", LABEL_KEY),
        (pool(labels={"kubernetes.io/hostname": "c"}), ".labels['kubernetes.io/hostname']", OWN_PREFIX),
        (pool(labels={"node-role.kubernetes.io/gpu": ""}), ".labels['node-role.kubernetes.io/gpu']", OWN_PREFIX),
        (
            pool(labels={"node-restriction.kubernetes.io/a": ""}),
            ".labels['node-restriction.kubernetes.io/a']",
            OWN_PREFIX,
        ),
        (pool(labels={"example.k8s.io/a": ""}), ".labels['example.k8s.io/a']", OWN_PREFIX),
        (
            pool(labels={"node.kubernetes.io/controller": "true"}),
            ".labels['node.kubernetes.io/controller']",
            ROLE_LABEL,
        ),
        (pool(taints=[{"key": "a"}]), ".taints[0].effect", "must be given"),
        (
            pool(taints=[{"key": "a", "effect": "no"}]),
            ".taints[0].effect",
            "must be one of NoSchedule, PreferNoSchedule, NoExecute",
        ),
        (pool(taints=[{"key": "a", "effect": "NoExecute", "value": "-"}]), ".taints[0].value", LABEL_VALUE),
        (
            pool(taints=[{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}]),
            ".taints[0].key",
            "must not begin with node.kubernetes.io/: the control plane sets and removes those",
        ),
        (
            pool(taints=[{"key": "a", "effect": "NoExecute", "value": each} for each in "bc"]),
            ".taints[1]",
            "must differ from the others in its key or effect",
        ),
    ],
)
def test_a_pool_refuses_bad_values(changes, path, rule):
    assert problems({"name": "test", **changes}) == [(f"worker_pools[0]{path}", rule)]


@pytest.mark.parametrize(
    "labels",
    [
        {"a": ""},
        {"topology.kubernetes.io/zone": "a"},
        {"node.kubernetes.io/instance-type": "a"},
        {"a.example.com/b": "1"},
    ],
)
def test_labels_that_a_node_may_give_itself(labels):
    assert local_spec({"name": "test", **pool(labels=labels)}).host("test-pool-0").labels == labels


def test_pools_differ_in_their_names():
    found = problems({"name": "test", "worker_pools": [{"name": "a"}, {"name": "b"}, {"name": "a", "workers": 2}]})
    assert found == [("worker_pools[2]", "must differ from the others in its name")]


def test_there_are_a_hundred_workers_at_most():
    found = problems({"name": "test", "workers": 81, "worker_pools": [{"name": "a", "workers": 20}]})
    assert found == [("worker_pools", "must have at most 100 workers, `workers` included")]


def test_every_problem_is_told_at_once():
    changes = {
        "controllers": 2,
        "workers": -1,
        **pool(labels={"k8s.io/a": "b c"}, taints=[{"key": "a b", "effect": "x"}]),
    }
    assert [path for path, _ in problems({"name": "test", **changes})] == [
        "controllers",
        "workers",
        "worker_pools[0].labels['k8s.io/a']",
        "worker_pools[0].labels['k8s.io/a']",
        "worker_pools[0].taints[0].key",
        "worker_pools[0].taints[0].effect",
    ]


@pytest.mark.parametrize("pools", [None, "gpu", [None], ["gpu"], {"name": "gpu"}, [[]]])
def test_pools_that_are_none_are_problems_and_no_crash(pools):
    assert problems({"name": "test", "worker_pools": pools})


def test_controllers_and_plain_workers_have_labels_and_taints_of_their_own():
    taint = {"key": "example.com/edge", "value": "yes", "effect": "NoExecute"}
    spec = local_spec(
        {
            "name": "test",
            "controller_labels": {"example.com/rack": "a"},
            "controller_taints": [{"key": "example.com/quiet", "effect": "PreferNoSchedule"}],
            "worker_labels": {"example.com/rack": "b"},
            "worker_taints": [taint],
            "worker_pools": [{"name": "gpu", "labels": {"example.com/gpu": "yes"}}],
        }
    )
    labels = {host.name: dict(host.labels) for host in (*spec.controllers, *spec.workers)}
    assert labels == {
        "test-controller-0": {"example.com/rack": "a"},
        "test-worker-0": {"example.com/rack": "b"},
        "test-gpu-0": {"example.com/gpu": "yes"},
    }
    taints = {host.name: [each.document() for each in host.taints] for host in (*spec.controllers, *spec.workers)}
    assert taints == {
        "test-controller-0": [{"key": "example.com/quiet", "effect": "PreferNoSchedule"}],
        "test-worker-0": [taint],
        "test-gpu-0": [],
    }
    assert spec.cluster.daemonset_tolerations == ("example.com/quiet", "example.com/edge")
