"""What DigitalOcean says about its arguments, and how a droplet's host differs."""

from typing import Any

import pytest
import yaml

from tools.paths import CHECKOUT
from tradewind.choices import OperatingSystem
from tradewind.errors import SpecError
from tradewind.platforms.digital_ocean.deltas import DELTAS
from tradewind.platforms.digital_ocean.spec import DropletSpec, digital_ocean_pool, digital_ocean_spec
from tradewind.platforms.hosts import cloud_hosts

VPC = "5a4981aa-9653-4bd1-bef5-d6bff52042e4"
ARGS: Any = {
    "name": "test",
    "dns_zone": "example.com",
    "ssh_allowed_cidrs": ["203.0.113.7/32"],
    "region": "nyc3",
    "os_image": "fedora-coreos",
}
NARROW = ["198.51.100.0/24", "2001:db8::/32"]
SNIPPET = '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/containerd/config.toml"}]}}'


def problems(**changes: Any) -> list[str]:
    with pytest.raises(SpecError, match="DigitalOcean cluster arguments") as caught:
        digital_ocean_spec({**ARGS, **changes})
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_defaults() -> None:
    spec = digital_ocean_spec(ARGS)
    assert spec.cloud.controller_machine == DropletSpec(size="s-2vcpu-2gb", resize_disk=False, backups=False)
    assert spec.cloud.pools[0].machine == DropletSpec(size="s-1vcpu-2gb", resize_disk=False, backups=False)
    assert (spec.own_vpc, spec.nat_gateway, spec.api_load_balancer, spec.ingress_load_balancer) == (
        True,
        False,
        False,
        False,
    )


def test_settings_of_machines_reach_their_pools() -> None:
    pool = {"name": "large", "machine": {"size": "c-4", "backups": True}}
    spec = digital_ocean_spec({**ARGS, "worker_machine": {"size": "so1_5-2vcpu-16gb"}, "worker_pools": [pool]})
    assert [each.machine for each in spec.cloud.pools] == [
        DropletSpec(size="so1_5-2vcpu-16gb"),
        DropletSpec(size="c-4", backups=True),
    ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "n" * 41}, "name: must be a DNS label"),
        ({"region": "New York"}, "region: must be a slug"),
        ({"os_image": ""}, "os_image: must be the id or the name of a custom image"),
        ({"vpc_id": "default"}, "vpc_id: must be an id"),
        ({"project_id": "first"}, "project_id: must be an id"),
        ({"worker_machine": {"size": "S-1VCPU"}}, "worker_machine.size: must be a slug"),
        ({"worker_machine": {"disk": 1}}, "worker_machine.disk: is unknown; the fields are size, resize_disk, backups"),
        ({"architecture": "arm64"}, "architecture: must be amd64"),
        ({"worker_pools": [{"name": "a", "architecture": "arm64"}]}, "worker_pools[0].architecture: must be amd64"),
        ({"os_stream": "stable"}, "os_stream: must be left out: os_image is of a stream"),
        ({"host_cidr": "198.18.0.0/16"}, "host_cidr: must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"),
        ({"nat_gateway": True}, "nat_gateway: must be false without private_nodes"),
        ({"internal_api": True}, "owned_objects: must be false with internal_api in a new VPC"),
        ({"private_nodes": True, "api_load_balancer": True}, "vpc_id: must be given with private_nodes"),
        ({"private_nodes": True, "vpc_id": VPC}, "api_load_balancer: must be true with private_nodes, or internal_api"),
        (
            {"private_nodes": True, "vpc_id": VPC, "internal_api": True, "operating_system": "flatcar"},
            "private_nodes: must be false with flatcar, which gives a machine without a public interface no default",
        ),
        (
            {
                "private_nodes": True,
                "vpc_id": VPC,
                "api_load_balancer": True,
                "operating_system": OperatingSystem.FLATCAR,
            },
            "private_nodes: must be false with flatcar",
        ),
        ({"api_port": 443}, "api_port: must be 6443 without api_load_balancer"),
    ],
)
def test_bad_input_is_refused_by_path_and_rule(changes: dict[str, Any], found: str) -> None:
    (problem,) = problems(**changes)
    assert problem.startswith(found)


def test_every_problem_is_in_one_error() -> None:
    assert len(problems(region=1, os_image=None, vpc_id="x", architecture="arm64", api_load_balancer="yes")) == 5


@pytest.mark.parametrize("missing", ["region", "os_image", "dns_zone"])
def test_what_is_needed_names_itself(missing: str) -> None:
    with pytest.raises(SpecError) as caught:
        digital_ocean_spec({key: value for key, value in ARGS.items() if key != missing})
    assert [(problem.path, problem.rule) for problem in caught.value.problems] == [(missing, "must be given")]


def test_private_nodes_have_a_nat_gateway_unless_their_network_has_one() -> None:
    private = {**ARGS, "private_nodes": True, "vpc_id": VPC, "api_load_balancer": True}
    assert digital_ocean_spec(private).nat_gateway
    assert not digital_ocean_spec({**private, "nat_gateway": False}).nat_gateway
    assert not digital_ocean_spec(private).own_vpc


@pytest.mark.parametrize(
    ("changes", "clients", "names_nodes"),
    [
        ({}, ("0.0.0.0/0", "::/0"), False),
        ({"api_allowed_cidrs": NARROW}, tuple(NARROW), True),
        ({"internal_api": True, "owned_objects": False}, ("10.0.0.0/16",), False),
        (
            {"internal_api": True, "owned_objects": False, "api_allowed_cidrs": NARROW},
            ("10.0.0.0/16", *NARROW),
            False,
        ),
    ],
)
def test_who_reaches_the_api_server(changes: dict[str, Any], clients: tuple[str, ...], names_nodes: bool) -> None:
    spec = digital_ocean_spec({**ARGS, **changes})
    assert (spec.cloud.api_clients, spec.names_nodes) == (clients, names_nodes)


PRIVATE = {"private_nodes": True, "vpc_id": VPC, "api_load_balancer": True}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({**PRIVATE, "nat_gateway": False, "api_allowed_cidrs": NARROW}, True),
        ({**PRIVATE, "nat_gateway": False}, False),
        ({**PRIVATE, "api_allowed_cidrs": NARROW}, False),
        ({**PRIVATE, "nat_gateway": False, "api_allowed_cidrs": NARROW, "internal_api": True}, False),
        ({"api_load_balancer": True, "api_allowed_cidrs": NARROW}, False),
    ],
)
def test_only_a_gateway_that_a_list_has_to_name_is_told(changes: dict[str, Any], told: bool) -> None:
    message = digital_ocean_spec({**ARGS, **changes}).unknown_gateway
    assert bool(message and "api_allowed_cidrs has the public address" in message) == told


def test_both_examples_fit_into_one_account() -> None:
    stacks = (CHECKOUT / f"stacks/Pulumi.digital-ocean-{system.value}.yaml" for system in OperatingSystem)
    examples = [yaml.safe_load(stack.read_text())["config"]["tradewind:cluster"] for stack in stacks]
    first, second = (digital_ocean_spec(example).cloud.host_cidr for example in examples)
    assert not first.overlaps(second)


@pytest.mark.parametrize(
    ("system", "unit", "file", "flag"),
    [
        ("fedora-coreos", "afterburn.service", "/run/metadata/afterburn", "AFTERBURN_DIGITALOCEAN_IPV4_PRIVATE_0"),
        ("flatcar", "coreos-metadata.service", "/run/metadata/flatcar", "COREOS_DIGITALOCEAN_IPV4_PRIVATE_0"),
    ],
)
@pytest.mark.parametrize("name", ["test-controller-0", "test-worker-0"])
def test_a_kubelet_has_the_private_address_of_its_droplet(
    system: str, unit: str, file: str, flag: str, name: str
) -> None:
    spec = digital_ocean_spec({**ARGS, "operating_system": system})
    config = cloud_hosts(spec.cloud, DELTAS[OperatingSystem(system)])[name].config(spec.cloud.cluster)
    kubelet = next(each for each in config.units if each.name == "kubelet.service").contents or ""
    assert f"--node-ip=${{{flag}}}" in kubelet
    assert f"EnvironmentFile={file}\n" in kubelet
    for key in ("Requires", "After"):
        assert any(unit in line.split() for line in kubelet.splitlines() if line.startswith(f"{key}="))
    assert next(each for each in config.files if each.path == "/etc/hostname").content == f"{name}\n"


def test_nothing_starts_a_kubelet_but_its_kubeconfig() -> None:
    """A kubelet that is enabled besides would fail again and again until its files are delivered."""
    spec = digital_ocean_spec(ARGS)
    config = cloud_hosts(spec.cloud, DELTAS[OperatingSystem.FEDORA_COREOS])["test-worker-0"].config(spec.cloud.cluster)
    enabled = {each.name: each.enabled for each in config.units}
    assert enabled["kubelet.path"]
    assert not enabled["kubelet.service"]


def pool(cluster: Any = None, **settings: Any) -> Any:
    return {"cluster": {**ARGS, **(cluster or {})}, "pool": {"name": "gpu", **settings}, "worker_access": {}}


def test_a_pool_has_names_and_settings_of_its_own() -> None:
    spec, made = digital_ocean_pool(pool(workers=2, machine={"size": "c-4"}))
    assert [node.name for node in made.nodes or ()] == ["test-gpu-0", "test-gpu-1"]
    assert (spec.region, made.machine.size) == ("nyc3", "c-4")


@pytest.mark.parametrize(
    ("args", "path"),
    [
        (pool(machine={"size": 1}), "pool.machine.size"),
        (pool(architecture="arm64"), "pool.architecture"),
        (pool({"region": 1}), "cluster.region"),
        (pool(snippets=[{"config": SNIPPET}]), "pool.snippets[0].config.storage.files[0].path"),
        (pool({"api_load_balancer": True, "api_allowed_cidrs": NARROW}), "cluster.api_allowed_cidrs"),
    ],
)
def test_a_pools_problems_name_their_place(args: Any, path: str) -> None:
    with pytest.raises(SpecError, match="DigitalOcean cluster pool arguments") as caught:
        digital_ocean_pool(args)
    assert [problem.path for problem in caught.value.problems] == [path]


@pytest.mark.parametrize(
    "changes",
    [
        {"api_allowed_cidrs": ["0.0.0.0/0"]},
        {"api_allowed_cidrs": NARROW, "vpc_id": VPC, "private_nodes": True},
        {"api_allowed_cidrs": NARROW, "vpc_id": VPC, "internal_api": True},
    ],
)
def test_a_pool_is_let_in_where_the_load_balancer_need_not_know_it(changes: Any) -> None:
    assert digital_ocean_pool(pool({**changes, "api_load_balancer": True}))[1].name == "gpu"
