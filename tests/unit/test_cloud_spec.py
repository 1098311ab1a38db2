"""What clouds have in common: names and defaults of a `CloudSpec`, and the rules of its arguments."""

from dataclasses import dataclass
from typing import Any

import pytest

from tradewind.choices import Architecture, OperatingSystem, OsStream
from tradewind.errors import SpecError
from tradewind.kubelet import Role
from tradewind.spec import checks, fields
from tradewind.spec.cloud import CloudRules, CloudSpec, cloud_spec

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1bGx5LW1hZGUtdXAta2V5LWZvci10ZXN0cy0w operator@example.com"
ARGS = {"name": "test", "dns_zone": "example.com", "ssh_allowed_cidrs": ["203.0.113.7/32"]}
SNIPPET = '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'


@dataclass(frozen=True)
class Machine:
    type: str
    role: Role
    architecture: Architecture


def machine(settings: Any, role: Role, architecture: Architecture) -> Machine:
    return Machine(settings.get("type", "small"), role, architecture)


def rules(**more: Any) -> CloudRules[Machine]:
    return CloudRules(
        title="test cluster", longest_name=18, machine={"type": fields.field(checks.word)}, machine_of=machine, **more
    )


def spec(*, groups: bool = True, **changes: Any) -> CloudSpec[Machine]:
    return cloud_spec({**ARGS, **changes}, rules(groups=groups))


def problems(**changes: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        spec(**changes)
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_names_follow_from_cluster_and_zone() -> None:
    made = spec(controllers=3).cluster
    assert made.api_url == "https://test.example.com:6443"
    assert [(each.name, each.etcd_name, each.addresses) for each in made.controllers] == [
        (f"test-controller-{index}", f"test-etcd{index}.example.com", ()) for index in range(3)
    ]


def test_defaults() -> None:
    made = spec()
    assert (made.operating_system, made.os_stream) == (OperatingSystem.FEDORA_COREOS, OsStream.STABLE)
    assert [(pool.name, pool.node.name, pool.workers) for pool in made.pools] == [("worker", "test-worker", 1)]
    assert made.controller_machine == Machine("small", Role.CONTROLLER, Architecture.AMD64)
    assert made.pools[0].machine == Machine("small", Role.WORKER, Architecture.AMD64)
    assert made.api_allowed_cidrs == ("0.0.0.0/0", "::/0")
    assert str(made.host_cidr) == str(made.cluster.host_cidr) == "10.0.0.0/16"
    assert (made.private_nodes, made.internal_api, made.owned_objects) == (False, False, True)


def test_pools_have_their_own_machines_labels_taints_and_architecture() -> None:
    pool = {
        "name": "gpu",
        "workers": 2,
        "machine": {"type": "large"},
        "architecture": "arm64",
        "labels": {"example.com/gpu": "yes"},
        "taints": [{"key": "example.com/gpu", "effect": "NoSchedule"}],
    }
    made = spec(worker_pools=[pool], worker_machine={"type": "medium"}, worker_labels={"tier": "plain"})
    plain, gpu = made.pools
    assert (plain.machine.type, plain.architecture, plain.node.labels) == (
        "medium",
        Architecture.AMD64,
        {"tier": "plain"},
    )
    assert (gpu.machine.type, gpu.machine.architecture, gpu.node.labels) == (
        "large",
        Architecture.ARM64,
        {"example.com/gpu": "yes"},
    )
    assert [taint.key for taint in gpu.node.taints] == ["example.com/gpu"]
    # Network pods run on tainted nodes too.
    assert made.cluster.daemonset_tolerations == ("example.com/gpu",)


@pytest.mark.parametrize(
    ("listed", "open_to", "internal"),
    [
        ({}, ("0.0.0.0/0", "::/0"), ("10.0.0.0/16",)),
        ({"api_allowed_cidrs": ["0.0.0.0/0", "::/0"]}, ("0.0.0.0/0", "::/0"), ("10.0.0.0/16",)),
        (
            {"api_allowed_cidrs": ["192.0.2.0/24", "10.0.0.0/16"]},
            ("192.0.2.0/24", "10.0.0.0/16"),
            ("10.0.0.0/16", "192.0.2.0/24"),
        ),
    ],
)
def test_an_internal_api_server_is_for_the_network_and_what_is_listed(
    listed: dict[str, Any], open_to: tuple[str, ...], internal: tuple[str, ...]
) -> None:
    assert spec(**listed).api_clients == open_to
    assert spec(**listed, internal_api=True).api_clients == internal


@pytest.mark.parametrize("groups", [True, False])
def test_workers_have_names_of_their_own_but_in_a_group(groups: bool) -> None:
    snippets = {
        "worker_snippets": [{"config": SNIPPET}],
        "machine_snippets": {"test-worker-1": [{"config": SNIPPET.replace("own", "one")}]},
    }
    (pool,) = spec(groups=groups, workers=2, **snippets).pools
    names = [] if groups else ["test-worker-0", "test-worker-1"]
    assert (pool.nodes is None) == groups
    assert [node.name for node in pool.nodes or ()] == names
    assert [each.origin for each in pool.node.snippets] == ["worker_snippets[0]"]
    if not groups:
        assert [[each.origin.partition("[")[0] for each in node.snippets] for node in pool.nodes or ()] == [
            ["worker_snippets"],
            ["worker_snippets", "machine_snippets"],
        ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "n" * 19}, "name: must be a DNS label: lower-case letters, digits and -, at most 18"),
        ({"controllers": 2}, "controllers: must be one of 1, 3, 5, so that etcd has a majority"),
        ({"controllers": True}, "controllers: must be one of 1, 3, 5, so that etcd has a majority"),
        ({"dns_zone": "Example.com"}, "dns_zone: "),
        ({"operating_system": "flatcar", "os_stream": "next"}, "os_stream: must be one of stable, beta, alpha"),
        ({"os_stream": "beta"}, "os_stream: must be one of stable, testing, next, those of fedora-coreos"),
        ({"ssh_allowed_cidrs": []}, "ssh_allowed_cidrs: must be a list of 1 to 32 entries"),
        (
            {"api_allowed_cidrs": ["10.0.0.1/8"]},
            "api_allowed_cidrs[0]: must be an IPv4 or IPv6 range given by its first",
        ),
        ({"api_allowed_cidrs": ["10.0.0.0"]}, "api_allowed_cidrs[0]: must be an IPv4 or IPv6 range given by its first"),
        ({"api_allowed_cidrs": ["10.0.0.0/255.0.0.0"]}, "api_allowed_cidrs[0]: must be an IPv4 or IPv6 range"),
        ({"ssh_authorized_keys": ["ssh-ed25519"]}, "ssh_authorized_keys[0]: must be one public key"),
        ({"ssh_authorized_keys": [f"{KEY}\n{KEY}"]}, "ssh_authorized_keys[0]: must be one public key"),
        ({"ssh_authorized_keys": [f'command="x" {KEY}']}, "ssh_authorized_keys[0]: must be one public key"),
        ({"bastion": {}}, "bastion.host: must be given"),
        ({"bastion": {"host": "b.example.com", "host_key": "SHA256:abc"}}, "bastion.host_key: must be one public key"),
        ({"bastion": {"host": "b.example.com", "port": 0}}, "bastion.port: must be a whole number from 1 to 65535"),
        (
            {"kubelet_image": {"tag": "v1.36.2-arm64"}},
            "kubelet_image.tag: is an image for arm64 only, and these machines are amd64",
        ),
        ({"worker_machine": {"kind": "x"}}, "worker_machine.kind: is unknown; the fields are type"),
        ({"worker_pools": [{"name": "a", "machine": {"type": 1}}]}, "worker_pools[0].machine.type: "),
        ({"host_cidr": "10.3.0.0/16"}, "host_cidr: must not overlap service_cidr"),
        ({"pod_cidr": "10.20.0.0/22", "workers": 4}, "pod_cidr: must have a /24 for each of 5 nodes, not 4"),
        (
            {"workers": 60, "worker_pools": [{"name": "a", "workers": 41}]},
            "worker_pools: must have at most 100 workers",
        ),
    ],
)
def test_bad_input_is_refused_by_path_and_rule(changes: dict[str, Any], found: str) -> None:
    (problem,) = problems(**changes)
    assert problem.startswith(found)


def test_ssh_has_to_be_opened_to_somebody() -> None:
    with pytest.raises(SpecError) as caught:
        cloud_spec({"name": "test", "dns_zone": "example.com"}, rules())
    (problem,) = caught.value.problems
    assert (problem.path, problem.rule.partition(":")[0]) == ("ssh_allowed_cidrs", "must be given")


def test_every_problem_is_in_one_error() -> None:
    assert len(problems(controllers=2, os_stream="beta", ssh_authorized_keys=["x"], worker_machine={"type": 1})) == 4


def test_a_clouds_own_rules_and_fields_take_part() -> None:
    made = cloud_spec({**ARGS, "region": "here"}, rules(own={"region": fields.field(checks.word, required=True)}))
    assert made.name == "test"
    with pytest.raises(SpecError, match="region"):
        cloud_spec(ARGS, rules(own={"region": fields.field(checks.word, required=True)}))


def test_good_keys_are_taken() -> None:
    assert spec(ssh_authorized_keys=[KEY]).ssh_authorized_keys == (KEY,)
