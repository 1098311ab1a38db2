"""Arguments on bare metal: defaults, what a machine has in place of the cluster's, and what is refused."""

from typing import Any

import pytest

from tests.unit.platforms.bare_metal_arguments import ARGS, FLATCAR, THREE, machine
from tradewind.choices import Architecture
from tradewind.errors import SpecError
from tradewind.platforms.bare_metal.spec import BareMetalSpec, bare_metal_pool_spec, bare_metal_spec

SNIPPET = {"config": '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'}


def spec(given: dict[str, Any] | None = None, **changes: Any) -> BareMetalSpec:
    return bare_metal_spec({**(given or ARGS), **changes})


def problems(given: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        spec(given, **changes)
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_defaults() -> None:
    made = spec()
    (head,) = made.controllers
    assert (head.install_disk, head.kernel_args, head.oem_type, head.generation) == ("/dev/sda", (), None, 0)
    assert (head.architecture, head.resource) == (Architecture.AMD64, "test-head")
    assert (made.cached_install, made.owned_objects) == (False, True)


def test_the_only_controller_is_the_api_server() -> None:
    cluster = spec().cluster
    assert cluster.api_url == "https://head.example.com:6443"
    assert [(each.name, each.etcd_name) for each in cluster.controllers] == [("head", "head.example.com")]
    assert spec(**THREE).cluster.api_url == "https://api.example.com:6443"


def test_a_machine_has_what_it_says_over_what_the_cluster_says() -> None:
    own = machine(
        "hand",
        32,
        architecture="arm64",
        install_disk="/dev/vda",
        kernel_args=["quiet"],
        labels={"example.com/a": "own"},
        taints=[{"key": "own", "effect": "NoSchedule"}],
    )
    made = spec(
        workers=[own, machine("plain", 33)],
        install_disk="/dev/nvme0n1",
        kernel_args=["console=ttyS0"],
        worker_labels={"example.com/a": "all", "example.com/b": "all"},
        worker_taints=[{"key": "all", "effect": "NoSchedule"}],
        worker_snippets=[SNIPPET],
        machine_snippets={"hand": [{"config": SNIPPET["config"].replace("own", "mine")}]},
    )
    hand, plain = made.workers
    assert (hand.architecture, hand.install_disk, hand.kernel_args) == (
        Architecture.ARM64,
        "/dev/vda",
        ("console=ttyS0", "quiet"),
    )
    assert (plain.architecture, plain.install_disk, plain.kernel_args) == (
        Architecture.AMD64,
        "/dev/nvme0n1",
        ("console=ttyS0",),
    )
    assert hand.node.labels == {"example.com/a": "own", "example.com/b": "all"}
    assert [taint.key for taint in hand.node.taints] == ["all", "own"]
    assert [len(each.node.snippets) for each in (made.controllers[0], hand, plain)] == [0, 2, 1]
    assert set(made.cluster.daemonset_tolerations) == {"all", "own"}


DISKS = [
    "/dev/sda",
    "/dev/disk/by-id/wwn-0x5000c500a0b1c2d3",
    "/dev/disk/by-path/pci-0000:00:1f.2-ata-1",
    "/dev/md/a+b",
]
NO_DISKS = [
    "sda",
    "/dev",
    "/dev/",
    "/dev/a/../../etc/x",
    "/dev/..",
    "/dev/./a",
    "/dev//a",
    "/dev/a/",
    "/dev/a b",
    "/dev/a\n",
]


@pytest.mark.parametrize("disk", DISKS)
def test_a_disk_is_a_path_below_dev(disk: str) -> None:
    assert spec(install_disk=disk).controllers[0].install_disk == disk


@pytest.mark.parametrize("disk", [*NO_DISKS, "/dev/" + "a" * 256])
def test_a_disk_is_nothing_else(disk: str) -> None:
    (problem,) = problems(install_disk=disk)
    assert problem.startswith("install_disk: must be a path of a disk")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"matchbox_http_endpoint": "matchbox:8080"}, "matchbox_http_endpoint: must be an http or https URL"),
        ({"matchbox_http_endpoint": "http://matchbox/"}, "matchbox_http_endpoint: must not end in /"),
        ({"matchbox": {"endpoint": "matchbox"}}, "matchbox.endpoint: must be host and port"),
        ({"os_version": "41.20250901.3.0"}, "os_version: must be a version of fedora-coreos, 42 or later"),
        ({"os_version": "4459.2.3"}, "os_version: must be a version of fedora-coreos, 42 or later"),
        ({"os_version": "42.20250901.2.0"}, "os_version: must be of stable: its third number must be 3"),
        ({"controllers": []}, "controllers: must be a list of 1 to 5 entries"),
        ({"controllers": THREE["controllers"][:2], "k8s_domain_name": "a.b"}, "controllers: must be one of 1, 3, 5"),
        ({"controllers": THREE["controllers"]}, "k8s_domain_name: must be given with several controllers"),
        ({"api_port": 443}, "api_port: must be 6443 without k8s_domain_name"),
        ({"workers": [machine("head", 32)]}, "workers[0].domain: must differ from that of controllers[0]"),
        ({"workers": [machine("hand", 16)]}, "workers[0].mac: must differ from that of controllers[0]"),
        ({"workers": [machine("a-install", 32)]}, "workers[0].name: must not end in -install"),
        ({"workers": [machine("a", 32, mac="52:54:00:A1:9C:AE")]}, "workers[0].mac: must be six pairs of lower-case"),
        ({"workers": [machine("a", 32, install_disk="sda")]}, "workers[0].install_disk: must be a path of a disk"),
        ({"workers": [machine("a", 32, kernel_args=["a b"])]}, "workers[0].kernel_args[0]: must be one word"),
        ({"kernel_args": ["${mac}"]}, "kernel_args[0]: must be one word"),
        ({"oem_type": "vmware_raw"}, "oem_type: must be left out: it is Flatcar's"),
        ({"workers": [machine("a", 32, oem_type="x")]}, "workers[0].oem_type: must be left out: it is Flatcar's"),
        ({"download_protocol": "http"}, "download_protocol: must be left out: it is Flatcar's"),
        ({"host_cidr": "10.20.0.0/16"}, "host_cidr: must not overlap pod_cidr"),
        ({"machine_snippets": {"other": [SNIPPET]}}, "machine_snippets['other']: must be a controller or worker"),
        (
            {"pod_cidr": "10.20.0.0/22", "workers": [machine(f"w{place}", 32 + place) for place in range(4)]},
            "pod_cidr: must have a /24 for each of 5 nodes, not 4",
        ),
        (
            {
                "kubelet_image": {"version": "v1.36.2", "arch": "amd64"},
                "workers": [machine("a", 32, architecture="arm64")],
            },
            "workers[0].architecture: needs a `kubelet_image` of its own",
        ),
    ],
)
def test_bad_input_is_refused_by_path_and_rule(changes: dict[str, Any], found: str) -> None:
    assert any(each.startswith(found) for each in problems(**changes)), problems(**changes)


def test_machines_of_one_name_are_refused() -> None:
    (problem,) = problems(workers=[machine("head", 32, domain="other.example.com")])
    assert problem == "workers[0].name: must differ from that of controllers[0]"


@pytest.mark.parametrize(("stream", "version"), [("stable", "4459.2.3"), ("beta", "4459.1.0"), ("alpha", "4487.0.0")])
def test_a_version_of_flatcar_is_of_its_stream(stream: str, version: str) -> None:
    made = spec(FLATCAR, os_stream=stream, os_version=version, oem_type="vmware_raw", download_protocol="http")
    assert made.os_version == version


@pytest.mark.parametrize("version", ["4230.2.3", "3510.2.0"])
def test_a_flatcar_whose_containerd_cannot_read_its_configuration_is_refused(version: str) -> None:
    (problem,) = problems(FLATCAR, os_version=version)
    assert problem == "os_version: must be a version of flatcar, 4459 or later, such as 4459.2.3"


POOL = {"cluster": ARGS, "pool": {"workers": [machine("more", 48)]}, "worker_access": {}}


def pool_problems(**pool: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        bare_metal_pool_spec({**POOL, "pool": {**POOL["pool"], **pool}})
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_a_pool_has_its_own_workers_only() -> None:
    made = bare_metal_pool_spec(POOL)
    assert [each.resource for each in made.workers] == ["test-more"]
    assert made.host("more").options.hostname == "more"


def test_problems_of_a_pool_are_at_their_places() -> None:
    assert pool_problems(workers=[machine("hand", 48, domain="more.example.com")]) == [
        "pool.workers[0].name: must differ from that of workers[0]"
    ]
    (problem,) = pool_problems(workers=[machine("more", 48, taints=[{"key": "own", "effect": "NoSchedule"}])])
    assert problem.startswith("pool.workers[0].taints[0].key: must be among the cluster's daemonset_tolerations")
    (problem,) = pool_problems(machine_snippets={"other": [SNIPPET]})
    assert problem.startswith("pool.machine_snippets['other']: must be a controller or worker")
