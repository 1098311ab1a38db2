"""Arguments on Azure: defaults, ranges of subnets, and what is refused before anything is made."""

from ipaddress import IPv6Network
from typing import Any

import pytest

from tests.unit.platforms.azure_args import ARGS, ENCRYPTION, FLATCAR, IDENTITY, IMAGE, NETWORK, RSA_KEY, VERSION, spec
from tradewind.choices import Architecture
from tradewind.errors import SpecError
from tradewind.kubelet import Role
from tradewind.platforms.azure.choices import AzureDiskType, AzureEphemeralDisk, Family
from tradewind.platforms.azure.images import image
from tradewind.platforms.azure.spec import AzureSpec, azure_pool_spec, unique_local, virtual_network


def problems(given: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        spec(given, **changes)
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_defaults() -> None:
    made = spec()
    controller, worker = made.cloud.controller_machine, made.cloud.pools[0].machine
    assert (controller.type, controller.disk_type, controller.disk_size) == (
        "Standard_B2s",
        AzureDiskType.PREMIUM_SSD,
        30,
    )
    assert (worker.type, worker.disk_type, worker.disk_size) == ("Standard_D2as_v5", AzureDiskType.STANDARD_SSD, 30)
    assert (worker.ephemeral_disk, worker.spot, worker.identity_ids) == (None, False, ())
    assert (made.ipv6_load_balancing, made.http_load_balancing, made.encryption_at_host) == (False, False, False)
    assert (made.zones, made.azure_authorized_key) == ((), None)


def test_machines_of_arm64_have_sizes_of_theirs() -> None:
    made = spec(FLATCAR, worker_pools=[{"name": "arm", "architecture": "arm64"}])
    assert [pool.machine.type for pool in made.cloud.pools] == ["Standard_D2as_v5", "Standard_D2ps_v5"]
    assert spec(FLATCAR, architecture="arm64").cloud.controller_machine.type == "Standard_B2pls_v2"


def test_every_input_reaches_the_spec() -> None:
    machine = {
        "type": "Standard_D4ads_v5",
        "disk_size": 64,
        "ephemeral_disk": "ResourceDisk",
        "spot": True,
        "identity_ids": [IDENTITY],
    }
    made = spec(
        worker_machine=machine,
        zones=["1", "3"],
        virtual_network_id=NETWORK,
        ipv6_cidr="fd12:3456:789a::/48",
        ipv6_load_balancing=True,
        http_load_balancing=True,
        encryption_at_host=True,
        disk_encryption_set_id=ENCRYPTION,
        azure_authorized_key=RSA_KEY,
    )
    worker = made.cloud.pools[0].machine
    assert (worker.type, worker.disk_size, worker.spot) == ("Standard_D4ads_v5", 64, True)
    assert (worker.ephemeral_disk, worker.identity_ids) == (AzureEphemeralDisk.RESOURCE, (IDENTITY,))
    assert (made.zones, made.virtual_network_id, made.azure_authorized_key) == (("1", "3"), NETWORK, RSA_KEY)
    assert (made.ipv6_load_balancing, made.http_load_balancing, made.encryption_at_host) == (True, True, True)
    assert (made.image_id, made.disk_encryption_set_id) == (IMAGE, ENCRYPTION)


def test_controllers_and_workers_share_the_ranges_of_machines() -> None:
    made = spec(host_cidr="10.9.0.0/20", ipv6_cidr="fd12:3456:789a::/48")
    assert made.subnet(Role.CONTROLLER) == {Family.IPV4: "10.9.0.0/21", Family.IPV6: "fd12:3456:789a::/64"}
    assert made.subnet(Role.WORKER) == {Family.IPV4: "10.9.8.0/21", Family.IPV6: "fd12:3456:789a:1::/64"}


def test_a_new_network_has_an_ipv6_range_that_is_the_clusters_own() -> None:
    one, other = unique_local("one.example.com"), unique_local("other.example.com")
    assert one != other
    assert one == unique_local("one.example.com") == spec(name="one").ipv6_cidr
    assert one.prefixlen == 48
    assert one.subnet_of(IPv6Network("fd00::/8"))


@pytest.mark.parametrize(
    ("changes", "families", "balanced"),
    [
        ({}, [Family.IPV4, Family.IPV6], [Family.IPV4]),
        ({"ipv6_load_balancing": True}, [Family.IPV4, Family.IPV6], [Family.IPV4, Family.IPV6]),
        ({"virtual_network_id": NETWORK}, [Family.IPV4], [Family.IPV4]),
        ({"virtual_network_id": NETWORK, "ipv6_cidr": "fd00::/56"}, [Family.IPV4, Family.IPV6], [Family.IPV4]),
    ],
)
def test_ipv6_is_there_in_a_new_network_and_where_its_range_is_told(
    changes: dict[str, Any], families: list[Family], balanced: list[Family]
) -> None:
    made = spec(**changes)
    assert (list(made.families), list(made.balanced_families)) == (families, balanced)


def test_the_users_network_is_found_by_its_id() -> None:
    assert virtual_network(NETWORK) == ("shared", "office")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "n" * 31}, "name: must be a DNS label: lower-case letters, digits and -, at most 30"),
        ({"location": "West Europe"}, "location: must be a region"),
        ({"dns_zone_group": "group."}, "dns_zone_group: must be the name of a resource group"),
        ({"image_id": "fedora-coreos"}, "image_id: must be the resource id of Microsoft.Compute/images or"),
        ({"zones": ["4"]}, "zones[0]: must be one of 1, 2, 3"),
        ({"zones": []}, "zones: must be a list of 1 to 3 entries"),
        ({"virtual_network_id": f"{NETWORK}/subnets/a"}, "virtual_network_id: must be the resource id of"),
        ({"ipv6_cidr": "fd00::/64"}, "ipv6_cidr: must be an IPv6 range from /48 to /63"),
        ({"ipv6_cidr": "fd00::1/48"}, "ipv6_cidr: must be an IPv6 range from /48 to /63"),
        ({"ipv6_cidr": "10.0.0.0/16"}, "ipv6_cidr: must be an IPv6 range from /48 to /63"),
        ({"disk_encryption_set_id": IDENTITY}, "disk_encryption_set_id: must be the resource id of"),
        ({"azure_authorized_key": "ssh-ed25519 AAAA"}, "azure_authorized_key: must be one public key of type ssh-rsa"),
        ({"worker_machine": {"type": "large"}}, "worker_machine.type: must be a size"),
        ({"worker_machine": {"disk_size": 29}}, "worker_machine.disk_size: must be a whole number from 30 to 4095"),
        ({"worker_machine": {"disk_type": "UltraSSD_LRS"}}, "worker_machine.disk_type: must be one of Standard_LRS"),
        ({"worker_machine": {"identity_ids": ["me"]}}, "worker_machine.identity_ids[0]: must be the resource id of"),
        ({"controller_machine": {"spot": True}}, "controller_machine.spot: must be false"),
        (
            {"controller_machine": {"ephemeral_disk": "CacheDisk"}},
            "controller_machine.ephemeral_disk: must be left out: etcd's data has to outlive the host",
        ),
        (
            {"worker_pools": [{"name": "a", "machine": {"ephemeral_disk": "NvmeDisk", "disk_type": "Premium_LRS"}}]},
            "worker_pools[0].machine.disk_type: must be left out with ephemeral_disk",
        ),
        (
            {"worker_pools": [{"name": "arm", "architecture": "arm64"}]},
            "worker_pools[0].machine.image_id: must be given: image_id of the cluster is for amd64",
        ),
        ({"private_nodes": True}, "virtual_network_id: must be given with private_nodes"),
        ({"internal_api": True}, "virtual_network_id: must be given with internal_api"),
        ({"pods_read_metadata": "yes"}, "pods_read_metadata: must be true or false"),
        (
            {"virtual_network_id": NETWORK, "ipv6_load_balancing": True},
            "ipv6_cidr: must be given with ipv6_load_balancing",
        ),
        ({"api_port": 443}, "api_port: must not be 80 or 443"),
        (
            {"internal_api": True, "virtual_network_id": NETWORK, "api_port": 443},
            "api_port: must be 6443 with internal_api: controllers have the API server at their own address",
        ),
        ({"internal_api": True, "virtual_network_id": NETWORK, "api_port": 0}, "api_port: must be a whole number"),
    ],
)
def test_bad_input_is_refused_by_path_and_rule(changes: dict[str, Any], found: str) -> None:
    (problem,) = problems(**changes)
    assert problem.startswith(found)


@pytest.mark.parametrize("missing", ["location", "dns_zone_group", "image_id"])
def test_what_has_no_default_must_be_given(missing: str) -> None:
    (problem,) = problems({key: value for key, value in ARGS.items() if key != missing})
    assert problem.startswith(f"{missing}: must be given")


@pytest.mark.parametrize(
    "changes",
    [
        {"internal_api": True, "owned_objects": False},
        {"internal_api": True, "virtual_network_id": NETWORK, "api_port": 6443},
        {"api_port": 8443},
        {"private_nodes": True, "virtual_network_id": NETWORK},
        {"name": "n" * 30},
        {"worker_pools": [{"name": "arm", "architecture": "arm64", "machine": {"image_id": VERSION}}]},
        {"image_id": VERSION},
    ],
)
def test_what_goes_together_is_taken(changes: dict[str, Any]) -> None:
    assert isinstance(spec(**changes), AzureSpec)


def test_names_of_machines_in_scale_sets_fit() -> None:
    made = spec(name="n" * 30, worker_pools=[{"name": "p" * 16}])
    assert len(f"{made.cloud.pools[1].node.name}12345678_12345678") == 64


@pytest.mark.parametrize(
    ("architecture", "offer", "sku", "with_plan"),
    [
        (Architecture.AMD64, "flatcar-container-linux-free", "beta-gen2", True),
        (Architecture.ARM64, "flatcar-container-linux-corevm", "beta", False),
    ],
)
def test_flatcar_is_in_the_marketplace(architecture: Architecture, offer: str, sku: str, with_plan: bool) -> None:
    made = spec(FLATCAR, os_stream="beta")
    found = image(made, made.cloud.pools[0].machine, architecture)
    assert found.reference == {"publisher": "kinvolk", "offer": offer, "sku": sku, "version": "latest"}
    assert found.plan == ({"publisher": "kinvolk", "product": offer, "name": sku} if with_plan else None)


def test_an_image_of_the_users_own_comes_first() -> None:
    other = IMAGE.replace("fedora", "other")
    made = spec(FLATCAR, image_id=IMAGE, worker_machine={"image_id": other})
    machines = (made.cloud.controller_machine, made.cloud.pools[0].machine)
    found = [image(made, each, Architecture.AMD64) for each in machines]
    assert [(each.reference, each.plan) for each in found] == [({"id": IMAGE}, None), ({"id": other}, None)]
    assert [each.kind for each in found] == [["own"], ["own"]]


def test_a_pool_beside_the_cluster() -> None:
    args = {"cluster": {**FLATCAR, "worker_pools": [{"name": "big"}]}, "pool": {"name": "gpu", "workers": 2}}
    made, pool = azure_pool_spec({**args, "worker_access": {}})
    assert (pool.node.name, pool.workers, made.location) == ("test-gpu", 2, "westeurope")
    assert made.cloud.pools == (pool,)
    with pytest.raises(SpecError, match=r"pool.machine.type: 'x' must be a size"):
        azure_pool_spec({**args, "pool": {"name": "gpu", "machine": {"type": "x"}}, "worker_access": {}})
