"""What is AWS' own of a cluster's arguments: defaults, and the rules between fields."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.unit.platforms.aws_arguments import ARGS, PRIVATE, in_vpc, without
from tradewind.errors import SpecError
from tradewind.platforms.aws.choices import CpuCredits, DiskType
from tradewind.platforms.aws.spec import AwsMachineSpec, Nat, aws_pool_spec, aws_spec
from tradewind.platforms.aws.subnets import ipv4_range, ipv6_range

BASTION = {"host": "bastion.example.com"}


def problems(args: dict[str, Any]) -> list[str]:
    with pytest.raises(SpecError, match="AWS cluster arguments") as caught:
        aws_spec(args)
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_defaults() -> None:
    made = aws_spec(ARGS)
    machine = AwsMachineSpec(
        instance_type="t3.small",
        disk_size=30,
        disk_type=DiskType.GP3,
        disk_iops=None,
        disk_throughput=None,
        cpu_credits=None,
        metadata_hop_limit=1,
        spot=False,
        spot_max_price=None,
    )
    assert made.cloud.controller_machine == made.cloud.pools[0].machine == machine
    assert (made.zones, made.network, made.ipv6, made.nats) == (tuple(ARGS["zones"]), None, True, ())


def test_machines_of_arm64_are_graviton() -> None:
    pools = [{"name": "arm", "architecture": "arm64"}]
    plain, arm = aws_spec({**ARGS, "worker_pools": pools}).cloud.pools
    assert (plain.machine.instance_type, arm.machine.instance_type) == ("t3.small", "t4g.small")


def test_settings_of_machines_reach_their_pool() -> None:
    settings = {
        "instance_type": "t3a.large",
        "disk_size": 100,
        "disk_type": "io2",
        "disk_iops": 5000,
        "cpu_credits": "unlimited",
        "metadata_hop_limit": 2,
        "spot": True,
        "spot_max_price": "0.05",
        "instance_profile": "nodes",
        "target_group_arns": ["arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/own/0123"],
    }
    made = aws_spec({**ARGS, "worker_pools": [{"name": "big", "machine": settings}]}).cloud
    assert made.pools[1].machine == AwsMachineSpec(
        instance_type="t3a.large",
        disk_size=100,
        disk_type=DiskType.IO2,
        disk_iops=5000,
        disk_throughput=None,
        cpu_credits=CpuCredits.UNLIMITED,
        metadata_hop_limit=2,
        spot=True,
        spot_max_price="0.05",
        instance_profile="nodes",
        target_group_arns=tuple(settings["target_group_arns"]),
    )
    assert made.pools[0].machine == made.controller_machine


def test_private_nodes_have_a_nat_in_each_zone_or_those_of_the_network() -> None:
    made = aws_spec({**ARGS, "private_nodes": True, "bastion": BASTION}).nats
    assert made == (Nat("eu-central-1a", None), Nat("eu-central-1b", None))
    args = without("zones", private_nodes=True, **in_vpc(**PRIVATE, nat_addresses=["198.51.100.1"]))
    assert aws_spec(args).nats == (Nat("198.51.100.1", "198.51.100.1"),)


def test_an_existing_network_has_ipv6_if_it_says_so() -> None:
    assert not aws_spec(without("zones", **in_vpc())).ipv6
    assert aws_spec(without("zones", **in_vpc(ipv6=True))).ipv6


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "n" * 41}, "name: must be a DNS label"),
        ({"name": "sg"}, "name: must not begin with sg-, which AWS keeps for ids of security groups"),
        ({"dns_zone_id": "example.com"}, "dns_zone_id: must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ"),
        ({"zones": []}, "zones: must be a list of 1 to 8 entries"),
        ({"zones": ["us-west-2-lax-1a"]}, "zones[0]: must be an availability zone of a region"),
        ({"zones": ["eu-central-1a", "eu-west-1b"]}, "zones[1]: must be of the same region as the others"),
        (in_vpc(), "zones: must not be given with `network`, whose subnets have their zones"),
        ({"private_nodes": True}, "bastion: must be given with private_nodes, unless `network` is one from which"),
        ({"api_port": 443}, "api_port: must not be 80 or 443, the ports of ingress at the same load balancer"),
        ({"disk_kms_key_arn": "alias/mine"}, "disk_kms_key_arn: must be an ARN"),
    ],
)
def test_bad_input_is_refused_by_path_and_rule(changes: dict[str, Any], found: str) -> None:
    (problem,) = problems({**ARGS, **changes})
    assert problem.startswith(found)


RESTRICTED = {"api_allowed_cidrs": ["203.0.113.0/24"]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "zones: must be given, such as [eu-central-1a, eu-central-1b], unless `network` is"),
        ({"network": {}}, "network.subnet_ids: must be given"),
        (in_vpc(vpc_id="vpc"), "network.vpc_id: must be the id of a vpc, such as vpc-0123456789abcdef0"),
        (in_vpc(nat_addresses=["2001:db8::1"]), "network.nat_addresses[0]: must be an IPv4 address"),
        ({"private_nodes": True, **in_vpc()}, "network.private_subnet_ids: must be given with private_nodes"),
        ({**RESTRICTED, **in_vpc()}, "api_allowed_cidrs: must hold 0.0.0.0/0 unless private_nodes, internal_api or"),
        (
            {**RESTRICTED, "private_nodes": True, **in_vpc(**PRIVATE)},
            "network.nat_addresses: must be given with private_nodes and api_allowed_cidrs",
        ),
    ],
)
def test_networks_that_do_not_fit_are_refused(changes: dict[str, Any], found: str) -> None:
    assert found in [each[: len(found)] for each in problems(without("zones", **changes))]


@pytest.mark.parametrize(
    "changes",
    [
        {"internal_api": True, **in_vpc()},
        in_vpc(ipv6=True),
        {"private_nodes": True, **in_vpc(**PRIVATE, nat_addresses=["198.51.100.1"])},
    ],
)
def test_where_few_may_reach_the_api_nodes_still_do(changes: dict[str, Any]) -> None:
    assert aws_spec(without("zones", **RESTRICTED, **changes)).cloud.api_allowed_cidrs == ("203.0.113.0/24",)


def test_an_internal_api_may_have_any_port() -> None:
    assert aws_spec({**ARGS, "internal_api": True, "api_port": 443}).cloud.cluster.api_port == 443


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"instance_type": "large"}, "instance_type: must be an instance type, such as m7i.large"),
        ({"instance_type": "m7g.large"}, "instance_type: must be of the machines' architecture, amd64"),
        ({"instance_type": "is4gen.large"}, "instance_type: must be of the machines' architecture, amd64"),
        (
            {"instance_type": "m7i.large", "cpu_credits": "unlimited"},
            "cpu_credits: must not be given but for burstable",
        ),
        ({"disk_size": 5}, "disk_size: must be a whole number from 10 to 16384"),
        ({"disk_type": "st1"}, "disk_type: must be one of gp3, gp2, io1, io2, standard"),
        ({"disk_type": "gp2", "disk_iops": 3000}, "disk_iops: must not be given with gp2"),
        ({"disk_iops": 100}, "disk_iops: must be from 3000 to 80000 with gp3"),
        ({"disk_type": "io1"}, "disk_iops: must be given with io1"),
        ({"disk_iops": 15001}, "disk_iops: must be at most 15000 with gp3 of 30 GiB"),
        ({"disk_iops": 5001, "disk_size": 10}, "disk_iops: must be at most 5000 with gp3 of 10 GiB"),
        ({"disk_type": "io1", "disk_iops": 1501}, "disk_iops: must be at most 1500 with io1 of 30 GiB"),
        ({"disk_type": "io2", "disk_iops": 30001}, "disk_iops: must be at most 30000 with io2 of 30 GiB"),
        ({"disk_throughput": 751}, "disk_throughput: must be at most 750, a quarter of the operations"),
        (
            {"disk_iops": 4000, "disk_throughput": 1001},
            "disk_throughput: must be at most 1000, a quarter of the operations",
        ),
        ({"disk_type": "standard", "disk_size": 1025}, "disk_size: must be at most 1024 with standard"),
        # What breaks a rule of its own field is told once.
        ({"disk_size": "30", "disk_iops": 80000}, "disk_size: must be a whole number from 10 to 16384"),
        ({"disk_throughput": 5000}, "disk_throughput: must be a whole number from 125 to 2000"),
        ({"disk_type": "io2", "disk_iops": 300, "disk_throughput": 125}, "disk_throughput: must not be given but with"),
        ({"spot_max_price": "0.05"}, "spot_max_price: must not be given without spot"),
        ({"spot": True, "spot_max_price": "cheap"}, "spot_max_price: must be USD an hour as text"),
        (
            {"instance_profile": "arn:aws:iam::1:instance-profile/x"},
            "instance_profile: must be the name of an instance",
        ),
        ({"target_group_arns": ["mine"]}, "target_group_arns[0]: must be an ARN"),
    ],
)
def test_settings_of_machines_fit_together(settings: dict[str, Any], found: str) -> None:
    for path, changes in (
        ("worker_machine", {"worker_machine": settings}),
        ("worker_pools[0].machine", {"worker_pools": [{"name": "gpu", "machine": settings}]}),
    ):
        (problem,) = problems({**ARGS, **changes})
        assert problem.startswith(f"{path}.{found}")


@pytest.mark.parametrize(
    "settings",
    [
        {"disk_throughput": 750},
        {"disk_iops": 15000, "disk_throughput": 2000},
        {"disk_type": "io1", "disk_iops": 1500},
        {"disk_type": "io2", "disk_iops": 256000, "disk_size": 256},
        {"disk_type": "standard", "disk_size": 1024},
        {"disk_type": "gp2", "disk_size": 16384},
    ],
)
def test_disks_may_have_what_ec2_gives(settings: dict[str, Any]) -> None:
    assert aws_spec({**ARGS, "controller_machine": settings, "worker_machine": settings})


def test_g4dn_and_its_like_are_amd64() -> None:
    for instance_type in ("g4dn.xlarge", "p5en.48xlarge", "x2iedn.xlarge", "m7i-flex.large", "u-6tb1.112xlarge"):
        assert aws_spec({**ARGS, "worker_machine": {"instance_type": instance_type}})


@pytest.mark.parametrize("key", ["spot", "target_group_arns"])
def test_controllers_are_not_workers(key: str) -> None:
    given = {"spot": True, "target_group_arns": []}[key]
    (problem,) = problems({**ARGS, "controller_machine": {key: given}})
    assert problem == f"controller_machine.{key}: must not be given for controllers"


def test_problems_of_a_pool_beside_a_cluster_name_cluster_or_pool() -> None:
    pool = {"name": "gpu", "machine": {"disk_type": "io1"}}
    with pytest.raises(SpecError, match="AWS cluster pool arguments") as caught:
        aws_pool_spec({"cluster": {**ARGS, "zones": ["x"]}, "pool": pool, "worker_access": {}})
    assert {problem.path for problem in caught.value.problems} == {"cluster.zones[0]", "pool.machine.disk_iops"}


NETWORK = IPv4Network("10.0.0.0/16")


def test_a_zone_keeps_its_ranges_whatever_others_there_are() -> None:
    assert ipv4_range(NETWORK, "eu-central-1a", private=False) == "10.0.0.0/20"
    assert ipv4_range(NETWORK, "eu-central-1c", private=False) == "10.0.32.0/20"
    assert ipv6_range("2001:db8:0:ab00::/56", "eu-central-1c", private=False) == "2001:db8:0:ab02::/64"


def test_ranges_of_zones_are_apart() -> None:
    zones = [f"eu-central-1{letter}" for letter in "abcdefgh"]
    for ranges in (
        {ipv4_range(NETWORK, zone, private=private) for zone in zones for private in (False, True)},
        {ipv6_range("2001:db8:0:ab00::/56", zone, private=private) for zone in zones for private in (False, True)},
    ):
        assert len(ranges) == 16
