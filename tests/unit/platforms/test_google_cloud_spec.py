"""What is Google Cloud's own of a cluster's arguments: defaults, and the rules between fields."""

import re
from typing import Any

import pytest
import yaml

from tests.unit.platforms.google_cloud_arguments import ARGS, OWN_NETWORK
from tools.paths import CHECKOUT
from tradewind.choices import Architecture, OperatingSystem, OsStream
from tradewind.errors import SpecError
from tradewind.platforms.google_cloud.choices import DiskType
from tradewind.platforms.google_cloud.images import image_family
from tradewind.platforms.google_cloud.spec import (
    RULES,
    Accelerator,
    GoogleCloudMachineSpec,
    google_cloud_spec,
)
from tradewind.spec.cloud_pool import pool_spec

BASTION = {"host": "bastion.example.com"}
ARM = {"architecture": "arm64"}
FLATCAR = {"operating_system": "flatcar"}


def problems(**changes: Any) -> list[str]:
    with pytest.raises(SpecError, match="Google Cloud cluster arguments") as caught:
        google_cloud_spec({**ARGS, **changes})
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def made(**changes: Any) -> Any:
    return google_cloud_spec({**ARGS, **changes})


def test_defaults() -> None:
    spec = made()
    machine = GoogleCloudMachineSpec(
        type="e2-medium",
        disk_type=DiskType.PD_BALANCED,
        disk_size_gb=30,
        spot=False,
        accelerators=(),
        secure_boot=False,
    )
    assert spec.cloud.controller_machine == spec.cloud.pools[0].machine == machine
    assert (spec.zones, spec.dns_project, spec.own_network, spec.http_load_balancing) == ((), None, False, False)


def test_settings_of_machines_reach_their_pool() -> None:
    settings = {
        "type": "n1-standard-4",
        "disk_type": "pd-ssd",
        "disk_size_gb": 100,
        "spot": True,
        "accelerators": [{"type": "nvidia-tesla-t4"}, {"type": "nvidia-tesla-p4", "count": 2}],
        "secure_boot": True,
    }
    assert made(worker_pools=[{"name": "gpu", "machine": settings}]).cloud.pools[1].machine == GoogleCloudMachineSpec(
        type="n1-standard-4",
        disk_type=DiskType.PD_SSD,
        disk_size_gb=100,
        spot=True,
        accelerators=(Accelerator(type="nvidia-tesla-t4", count=1), Accelerator(type="nvidia-tesla-p4", count=2)),
        secure_boot=True,
    )


EXAMPLES = [
    *(file.read_text() for file in (CHECKOUT / "stacks").glob("Pulumi.google-cloud-*.yaml")),
    *re.findall(r"```yaml\n(.*?)```", (CHECKOUT / "docs/platforms/google-cloud.md").read_text(), re.DOTALL),
]
T2A_EVERYWHERE = {"europe-west4"}
"""Regions of which every zone has the default type of arm64."""


def test_examples_with_arm64_are_where_its_default_type_is() -> None:
    clusters = [yaml.safe_load(text)["config"]["tradewind:cluster"] for text in EXAMPLES]
    arm64 = [each for each in clusters if any(pool.get("architecture") for pool in each.get("worker_pools", ()))]
    assert len(arm64) == 2
    assert {each["region"] for each in arm64} <= T2A_EVERYWHERE


def test_machines_of_arm64_have_a_type_of_theirs() -> None:
    plain, arm = made(worker_pools=[{"name": "arm", **ARM}]).cloud.pools
    assert (plain.machine.type, arm.machine.type) == ("e2-medium", "t2a-standard-1")


@pytest.mark.parametrize(
    ("settings", "maintenance", "restart"),
    [
        ({}, "MIGRATE", True),
        ({"accelerators": [{"type": "nvidia-tesla-t4"}]}, "TERMINATE", True),
        ({"spot": True}, "TERMINATE", False),
    ],
)
def test_machines_that_cannot_move_are_stopped_for_maintenance(
    settings: dict[str, Any], maintenance: str, restart: bool
) -> None:
    scheduling = made(worker_machine=settings).cloud.pools[0].machine.scheduling
    assert (scheduling["on_host_maintenance"], scheduling["automatic_restart"]) == (maintenance, restart)
    # A group takes no other end of a spot instance.
    spot = {"provisioning_model": "SPOT", "preemptible": True, "instance_termination_action": "STOP"}
    assert (spot.items() <= scheduling.items()) is settings.get("spot", False)


@pytest.mark.parametrize(
    ("system", "stream", "architecture", "family"),
    [
        ("fedora-coreos", "stable", "amd64", "fedora-coreos-cloud/global/images/family/fedora-coreos-stable"),
        ("fedora-coreos", "next", "arm64", "fedora-coreos-cloud/global/images/family/fedora-coreos-next-arm64"),
        ("flatcar", "beta", "amd64", "kinvolk-public/global/images/family/flatcar-beta"),
    ],
)
def test_images_are_families(system: str, stream: str, architecture: str, family: str) -> None:
    found = image_family(OperatingSystem(system), OsStream(stream), Architecture(architecture))
    assert found == f"projects/{family}"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "n" * 28}, "name: must be a DNS label: lower-case letters, digits and -, at most 27"),
        ({"name": "1a"}, "name: must begin with a letter, as names on Google Cloud do"),
        ({"region": "europe-west1-b"}, "region: must be a region, such as europe-west1"),
        ({"region": "Europe"}, "region: must be a region"),
        ({"zones": ["europe-west1"]}, "zones[0]: must be a zone, such as europe-west1-b"),
        ({"zones": ["europe-west1-b", "europe-west2-b"]}, "zones[1]: must be a zone of europe-west1"),
        ({"zones": []}, "zones: must be a list of 1 to 8 entries"),
        ({"dns_managed_zone": "example.com"}, "dns_managed_zone: must be the name of a managed zone"),
        ({"dns_project": "x"}, "dns_project: must be the id of a project"),
        ({"api_port": 443}, "api_port: must be 6443: load balancers pass connections on with the port they came to"),
        ({"ssh_allowed_cidrs": ["2001:db8::/32"]}, "ssh_allowed_cidrs: must have an IPv4 range"),
        ({"api_allowed_cidrs": ["::/0"]}, "api_allowed_cidrs: must have an IPv4 range"),
        ({"private_nodes": True}, "private_nodes: must go with a bastion or a network of your own"),
        ({"internal_api": True}, "internal_api: must go with a network of your own"),
        ({**FLATCAR, **ARM}, "architecture: must be amd64: Flatcar has no other images here"),
        ({**FLATCAR, "worker_pools": [{"name": "a", **ARM}]}, "worker_pools[0].architecture: must be amd64"),
        ({"controller_machine": {"spot": True}}, "controller_machine.spot: must be false: a controller holds"),
        ({**FLATCAR, "worker_machine": {"secure_boot": True}}, "worker_machine.secure_boot: must be false but with"),
        (
            {"worker_pools": [{"name": "a", **ARM, "machine": {"secure_boot": True}}]},
            "worker_pools[0].machine.secure_boot: must be false but with fedora-coreos on amd64",
        ),
        ({"worker_machine": {"type": "E2 medium"}}, "worker_machine.type: must be a type of Google Cloud's"),
        ({"worker_machine": {"disk_size_gb": 9}}, "worker_machine.disk_size_gb: must be a whole number from 10"),
        ({"worker_machine": {"disk_type": "pd"}}, "worker_machine.disk_type: must be one of pd-standard, pd-balanced"),
        ({"worker_machine": {"accelerators": [{}]}}, "worker_machine.accelerators[0].type: must be given"),
        (
            {"worker_service_account": "me@example.com"},
            "worker_service_account: must be the email of a service",
        ),
        ({"pods_read_metadata": "yes"}, "pods_read_metadata: must be true or false"),
        ({"network": {"network": "networks/own"}}, "network.subnetwork: must be given"),
    ],
)
def test_bad_input_is_refused_by_path_and_rule(changes: dict[str, Any], found: str) -> None:
    (problem,) = problems(**changes)
    assert problem.startswith(found)


@pytest.mark.parametrize("missing", ["region", "dns_managed_zone"])
def test_what_is_missing_names_itself(missing: str) -> None:
    with pytest.raises(SpecError) as caught:
        google_cloud_spec({key: value for key, value in ARGS.items() if key != missing})
    assert [(each.path, each.rule) for each in caught.value.problems] == [(missing, "must be given")]


@pytest.mark.parametrize(
    "changes",
    [
        {"private_nodes": True, "bastion": BASTION},
        {"private_nodes": True, **OWN_NETWORK},
        {"internal_api": True, "owned_objects": False},
        {"internal_api": True, **OWN_NETWORK},
        {"ssh_allowed_cidrs": ["2001:db8::/32", "203.0.113.7/32"]},
        {"worker_service_account": "nodes@example.iam.gserviceaccount.com"},
        {"dns_project": "example.com:dns-names"},
    ],
)
def test_good_input_is_taken(changes: dict[str, Any]) -> None:
    assert made(**changes).name == "test"


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], {"x": 1}, True])
@pytest.mark.parametrize("name", sorted(RULES.fields()))
def test_rules_between_fields_take_any_value(name: str, value: object) -> None:
    try:
        google_cloud_spec({**ARGS, name: value})
    except SpecError as error:
        assert all(problem.path for problem in error.problems)


def test_a_pool_beside_the_cluster_tells_which_of_both_is_wrong() -> None:
    args = {"cluster": {**ARGS, **FLATCAR}, "pool": {"name": "arm", **ARM}, "worker_access": {}}
    with pytest.raises(SpecError, match="Google Cloud cluster pool arguments") as caught:
        pool_spec(args, RULES)
    assert [problem.path for problem in caught.value.problems] == ["pool.architecture"]
