"""The tables of what changes do, of the plugin that records."""

from typing import Any

import pytest

from tools.plugins.base.diff import detailed
from tools.plugins.base.values import UNKNOWN
from tools.plugins.recording.conditions import CONDITIONS
from tools.plugins.recording.describe import Describer
from tools.plugins.recording.replacement import BY_TYPE, REFUSED, refused, replaces
from tools.plugins.recording.sources import Sources
from tools.plugins.recording.types import Description, Type
from tools.venv import clouds_folder, site_packages

INSTANCE = "aws:ec2/instance:Instance"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GOOGLE = "gcp:compute/instance:Instance"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
DROPLET = "digitalocean:index/droplet:Droplet"
AZURE = "azure-native:compute:VirtualMachine"
DISK = {"initializeParams": {"image": "one", "size": 30}, "kmsKeySelfLink": "key"}
INTERFACE = {"subnetwork": "one", "accessConfigs": [{}]}
ROWS = [
    *((token, row.split()) for table in (BY_TYPE, REFUSED) for token, row in table.items()),
    *((token, list(row)) for token, row in CONDITIONS.items()),
]


@pytest.fixture(scope="module")
def describe(tmp_path_factory):
    """Describes a type as its package declares it."""
    kept = tmp_path_factory.mktemp("descriptions")

    def of(token: str) -> Description:
        plugin = token.partition(":")[0]
        return Describer(Sources(site_packages(clouds_folder()), plugin), kept / plugin).resource(token)

    return of


def declared(description: Description, pattern: str) -> bool:
    """Whether the package declares the property that a pattern names, at every level."""
    properties = description.inputs
    for part in pattern.split("."):
        if part == "*":
            continue
        if part not in properties:
            return False
        properties = description.objects.get(objects(properties[part].type), {})
    return True


def objects(kind: Type) -> str:
    """Name of the object that a type is, or a list or a union of; empty if it is none."""
    return next(filter(None, [kind.name, *(objects(each) for each in kind.of)]), "")


@pytest.mark.parametrize(("token", "row"), [row for row in ROWS if not row[0].startswith("kubernetes:")])
def test_every_row_is_of_a_type_and_of_properties_that_the_package_declares(describe, token, row):
    description = describe(token)
    assert [pattern for pattern in row if not declared(description, pattern)] == []


def replaced(token: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    return any(replaces(token, "name", path, old, new) for path in detailed(old, new))


@pytest.mark.parametrize(
    ("token", "old", "new", "expected"),
    [
        (INSTANCE, {"instanceType": "t3.small"}, {"instanceType": "m7i.large"}, False),
        (INSTANCE, {"instanceType": "t3.small"}, {"instanceType": "t4g.small"}, True),
        (INSTANCE, {"userData": "one"}, {"userData": "two"}, False),
        (
            INSTANCE,
            {"metadataOptions": {"httpTokens": "optional"}},
            {"metadataOptions": {"httpTokens": "required"}},
            False,
        ),
        (INSTANCE, {"rootBlockDevice": {"volumeSize": 30}}, {"rootBlockDevice": {"volumeSize": 40}}, False),
        (INSTANCE, {"rootBlockDevice": {"kmsKeyId": "one"}}, {"rootBlockDevice": {"kmsKeyId": "two"}}, True),
        (INSTANCE, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv4": "10.0.0.0/16"}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv6": "fd00::/8"}, True),
        (SUBNETWORK, {"ipCidrRange": "10.0.0.0/20"}, {"ipCidrRange": "10.0.0.0/16"}, False),
        (SUBNETWORK, {"ipCidrRange": "10.0.0.0/20"}, {"ipCidrRange": "10.0.0.0/24"}, True),
        (SUBNETWORK, {"ipCidrRange": "10.0.0.0/20"}, {"ipCidrRange": UNKNOWN}, False),
        (GOOGLE, {"metadata": {"user-data": "one"}}, {"metadata": {"user-data": "two"}}, False),
        (GOOGLE, {"labels": {"a": "1"}}, {"labels": {"a": "2"}}, False),
        (GOOGLE, {"bootDisk": DISK}, {"bootDisk": {**DISK, "kmsKeySelfLink": "other"}}, True),
        (GOOGLE, {"bootDisk": DISK}, {"bootDisk": {**DISK, "deviceName": "boot"}}, True),
        (GOOGLE, {"guestAccelerators": []}, {"guestAccelerators": [{"type": "t4", "count": 1}]}, True),
        (GOOGLE, {"networkInterfaces": [INTERFACE]}, {"networkInterfaces": [{"subnetwork": "one"}]}, False),
        (GOOGLE, {"networkInterfaces": [INTERFACE]}, {"networkInterfaces": [INTERFACE, INTERFACE]}, True),
        (DROPLET, {"publicNetworking": False}, {}, True),
        (DROPLET, {"tags": ["a"]}, {"tags": ["b"]}, False),
        (DROPLET, {"name": "one"}, {"name": "two"}, False),
        (AZURE, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, False),
    ],
)
def test_what_replaces_a_resource(token, old, new, expected):
    assert replaced(token, old, new) is expected


@pytest.mark.parametrize(
    ("kind", "subnets", "expected"),
    [
        ("network", ["a", "b", "c"], False),
        ("network", ["a"], True),
        ("network", ["a", "c"], True),
        ("application", ["a"], False),
    ],
)
def test_a_network_load_balancer_cannot_lose_a_subnet(kind, subnets, expected):
    old = {"loadBalancerType": kind, "subnets": ["a", "b"]}
    assert replaced(BALANCER, old, {**old, "subnets": subnets}) is expected


def test_azure_refuses_another_zone_of_a_machine():
    assert refused(AZURE, [("zones", 0), ("hardwareProfile", "vmSize")]) == [("zones", 0)]
