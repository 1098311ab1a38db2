"""A cluster on AWS, as the engine would see it: every input that matters."""

import json
import tomllib
from base64 import b64decode
from typing import Any
from urllib.parse import unquote

import pytest

from tests.clouds.aws import mocks
from tests.support.recording import Recording, Registered, Secret
from tests.unit.platforms.aws_arguments import ARGS, PRIVATE, VPC, in_vpc, without
from tradewind.platforms.aws.workers import most_machines

ZONES = ARGS["zones"]
COMPONENT = "tradewind:aws:Cluster"
BASTION = {"host": "bastion.example.com"}
FLEET_LOCK = {"os_updates": {"strategy": "fleet-lock", "fleet_lock_url": "http://10.3.0.15"}}
SNIPPET = {"config": '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'}


@pytest.fixture(scope="module", name="made")
def fixture_made() -> Recording:
    return mocks.cluster(controllers=3)


def tags(name: str, **more: str) -> dict[str, str]:
    return {"Name": name, "kubernetes.io/cluster/test": "owned", **more}


def inputs(made: Recording, token: str) -> dict[str, dict[str, Any]]:
    return {each.name: each.inputs for each in made.of_type(f"aws:{token}")}


def outputs(made: Recording) -> dict[str, Any]:
    return made.outputs[made.component(COMPONENT).urn]


def test_everything_is_the_components(made: Recording) -> None:
    component = made.component(COMPONENT)
    parents = {each.parent for each in made.resources if each.type.startswith("aws:")}
    assert parents == {component.urn}


def test_a_network_has_a_public_subnet_in_each_zone(made: Recording) -> None:
    assert inputs(made, "ec2/vpc:Vpc")["test"] == {
        "cidrBlock": "10.0.0.0/16",
        "assignGeneratedIpv6CidrBlock": True,
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": tags("test"),
    }
    assert inputs(made, "ec2/subnet:Subnet") == {
        f"test-public-{zone}": {
            "vpcId": "test-id",
            "availabilityZone": zone,
            "cidrBlock": f"10.0.{16 * place}.0/20",
            "ipv6CidrBlock": f"2001:db8:1234:ab0{place}::/64",
            "assignIpv6AddressOnCreation": True,
            "tags": tags(f"test-public-{zone}", **{"kubernetes.io/role/elb": "1"}),
        }
        for place, zone in enumerate(ZONES)
    }
    assert inputs(made, "ec2/route:Route") == {
        "test-public-ipv4": {
            "routeTableId": "test-public-id",
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": "test-id",
        },
        "test-public-ipv6": {
            "routeTableId": "test-public-id",
            "destinationIpv6CidrBlock": "::/0",
            "gatewayId": "test-id",
        },
    }
    assert inputs(made, "ec2/routeTableAssociation:RouteTableAssociation") == {
        f"test-public-{zone}": {"subnetId": f"test-public-{zone}-id", "routeTableId": "test-public-id"}
        for zone in ZONES
    }
    assert made.of_type("aws:ec2/natGateway:NatGateway") == []


def test_controllers_take_turns_in_the_zones(made: Recording) -> None:
    found = inputs(made, "ec2/instance:Instance")
    assert {name: each["subnetId"] for name, each in found.items()} == {
        f"test-controller-{index}": f"test-public-{ZONES[index % 2]}-id" for index in range(3)
    }


def test_a_controller(made: Recording) -> None:
    found = dict(made["test-controller-0"].inputs)
    user_data = json.loads(found.pop("userData"))
    assert found == {
        "ami": "['125523088429'] ['Fedora CoreOS stable *'] ['x86_64'] True",
        "instanceType": "t3.small",
        "subnetId": f"test-public-{ZONES[0]}-id",
        "vpcSecurityGroupIds": ["test-controller-id"],
        "associatePublicIpAddress": True,
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {
            "volumeSize": 30,
            "volumeType": "gp3",
            "encrypted": True,
            "deleteOnTermination": True,
            "tags": tags("test-controller-0"),
        },
        "tags": tags("test-controller-0"),
    }
    paths = {file["path"] for file in user_data["storage"]["files"]}
    assert "/etc/hostname" in paths
    assert "/etc/kubernetes/kubeconfig" not in paths
    assert made["test-controller-0"].secrets == set()


def test_what_would_replace_a_controller_is_for_its_first_boot_only(
    made: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = made["test-controller-0"].request
    first = {
        "ami",
        "associatePublicIpAddress",
        "rootBlockDevice.encrypted",
        "rootBlockDevice.kmsKeyId",
        "subnetId",
        "tags.tradewind-snippets",
        "userData",
    }
    assert set(request.ignoreChanges) == first
    assert request.deleteBeforeReplace
    monkeypatch.setenv("TRADEWIND_REPLACE", "test-controller-0")
    again = mocks.cluster(controllers=3)
    assert set(again["test-controller-0"].request.replaceOnChanges) == first
    assert set(again["test-controller-1"].request.ignoreChanges) == first


def test_settings_of_a_controller() -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    machine = {
        "instance_type": "t4g.large",
        "disk_size": 50,
        "disk_iops": 4000,
        "disk_throughput": 250,
        "cpu_credits": "standard",
        "instance_profile": "nodes",
        "metadata_hop_limit": 2,
    }
    changes = {"architecture": "arm64", "controller_machine": machine, "disk_kms_key_arn": key}
    found = mocks.cluster(**changes, controller_snippets=[SNIPPET])["test-controller-0"].inputs
    assert found["ami"] == "['125523088429'] ['Fedora CoreOS stable *'] ['arm64'] True"
    assert found["instanceType"] == "t4g.large"
    assert found["creditSpecification"] == {"cpuCredits": "standard"}
    assert found["iamInstanceProfile"] == "nodes"
    assert found["metadataOptions"]["httpPutResponseHopLimit"] == 2
    disk = {"volumeSize": 50, "volumeType": "gp3", "iops": 4000, "throughput": 250, "kmsKeyId": key, "encrypted": True}
    assert disk.items() <= found["rootBlockDevice"].items()
    assert len(found["tags"]["tradewind-snippets"]) == 64


def balancer(made: Recording, name: str) -> dict[str, Any]:
    return inputs(made, "lb/loadBalancer:LoadBalancer")[name]


def test_one_load_balancer_is_for_the_api_and_ingress(made: Recording) -> None:
    assert inputs(made, "lb/loadBalancer:LoadBalancer") == {
        "test-ingress": {
            "namePrefix": "test-",
            "loadBalancerType": "network",
            "internal": False,
            "ipAddressType": "dualstack",
            "enableCrossZoneLoadBalancing": True,
            "subnets": [f"test-public-{zone}-id" for zone in ZONES],
            "securityGroups": ["test-load-balancer-id"],
            "tags": tags("test-ingress"),
        }
    }
    assert listeners(made) == {("test-ingress", 6443, "apiserver"), *INGRESS}
    assert all(each.request.deleteBeforeReplace for each in made.of_type("aws:lb/listener:Listener"))
    # A load balancer with a public address needs the way to the internet.
    routes = {each.urn for each in made.resources if "route" in each.type and "route53" not in each.type}
    (found,) = made.of_type("aws:lb/loadBalancer:LoadBalancer")
    assert {urn for urn in routes if "RouteTable::" not in urn} <= found.depends_on


INGRESS = {("test-ingress", 80, "http"), ("test-ingress", 443, "https")}


def listeners(made: Recording) -> set[tuple[str, int, str]]:
    return {
        (
            each["loadBalancerArn"].removeprefix("arn-"),
            each["port"],
            each["defaultActions"][0]["targetGroupArn"].removeprefix("arn-test-"),
        )
        for each in inputs(made, "lb/listener:Listener").values()
        if each["protocol"] == "TCP"
    }


def test_target_groups_ask_for_health(made: Recording) -> None:
    found = inputs(made, "lb/targetGroup:TargetGroup")
    checks = {"interval": 5, "timeout": 4, "healthyThreshold": 2, "unhealthyThreshold": 2}
    # An API server that is not ready any more still answers its clients.
    drained = [{"enableUnhealthyConnectionTermination": False, "unhealthyDrainingInterval": 30}]
    for name, port, check, more in (
        ("apiserver", 6443, {"protocol": "HTTPS", "port": "6443", "path": "/readyz"}, {"targetHealthStates": drained}),
        ("http", 80, {"protocol": "HTTP", "port": "10254", "path": "/healthz"}, {}),
        ("https", 443, {"protocol": "HTTP", "port": "10254", "path": "/healthz"}, {}),
    ):
        assert found[f"test-{name}"] == {
            "namePrefix": "test-",
            "vpcId": "test-id",
            "targetType": "instance",
            "protocol": "TCP",
            "port": port,
            "preserveClientIp": "true",
            "healthCheck": {**check, **checks},
            "tags": tags(f"test-{name}"),
            **more,
        }


def test_controllers_are_targets(made: Recording) -> None:
    assert inputs(made, "lb/targetGroupAttachment:TargetGroupAttachment") == {
        f"test-controller-{index}-apiserver": {
            "targetGroupArn": "arn-test-apiserver",
            "targetId": f"test-controller-{index}-id",
            "port": 6443,
        }
        for index in range(3)
    }


def test_names(made: Recording) -> None:
    alias = {"name": "test-ingress.elb", "zoneId": "ZELB", "evaluateTargetHealth": False}
    zone = ARGS["dns_zone_id"]
    assert inputs(made, "route53/record:Record") == {
        **{
            f"test-apiserver-{kind.lower()}": {
                "zoneId": zone,
                "name": "test.example.com",
                "type": kind,
                "aliases": [alias],
            }
            for kind in ("A", "AAAA")
        },
        **{
            f"test-controller-{index}-etcd": {
                "zoneId": zone,
                "name": f"test-etcd{index}.example.com",
                "type": "A",
                "ttl": 60,
                "records": [f"private-test-controller-{index}"],
            }
            for index in range(3)
        },
    }


def test_deliveries_wait_for_names_and_load_balancers(made: Recording) -> None:
    kinds = ("aws:route53/record:Record", "aws:lb/targetGroupAttachment:TargetGroupAttachment")
    needed = {each.urn for kind in kinds for each in made.of_type(kind)}
    first = made["test-controller-0-files"]
    assert needed <= first.depends_on
    (api,) = [each for each in made.of_type("aws:lb/listener:Listener") if each.name == "test-apiserver"]
    assert api.urn in first.depends_on
    assert first.urn in made["aws-bootstrap"].depends_on


def test_long_names_are_for_aws_to_shorten() -> None:
    made = mocks.cluster(name="n" * 40)
    for kind in ("lb/loadBalancer:LoadBalancer", "lb/targetGroup:TargetGroup"):
        assert {each["namePrefix"] for each in inputs(made, kind).values()} == {"nnnnn-"}


@pytest.fixture(scope="module", name="private")
def fixture_private() -> Recording:
    return mocks.cluster(private_nodes=True, internal_api=True, bastion=BASTION)


def test_private_nodes_go_out_through_a_nat_in_their_zone(private: Recording) -> None:
    for place, zone in enumerate(ZONES):
        subnet = inputs(private, "ec2/subnet:Subnet")[f"test-private-{zone}"]
        assert (subnet["cidrBlock"], subnet["ipv6CidrBlock"]) == (
            f"10.0.{128 + 16 * place}.0/20",
            f"2001:db8:1234:ab0{8 + place}::/64",
        )
        assert inputs(private, "ec2/natGateway:NatGateway")[f"test-nat-{zone}"] == {
            "subnetId": f"test-public-{zone}-id",
            "allocationId": f"allocation-test-nat-{zone}",
            "tags": tags(f"test-nat-{zone}"),
        }
        routes = inputs(private, "ec2/route:Route")
        assert routes[f"test-private-{zone}-ipv4"] == {
            "routeTableId": f"test-private-{zone}-id",
            "destinationCidrBlock": "0.0.0.0/0",
            "natGatewayId": f"test-nat-{zone}-id",
        }
        assert routes[f"test-private-{zone}-ipv6"] == {
            "routeTableId": f"test-private-{zone}-id",
            "destinationIpv6CidrBlock": "::/0",
            "egressOnlyGatewayId": "test-id",
        }
        associations = inputs(private, "ec2/routeTableAssociation:RouteTableAssociation")
        assert associations[f"test-private-{zone}"] == {
            "subnetId": f"test-private-{zone}-id",
            "routeTableId": f"test-private-{zone}-id",
        }


def test_private_nodes_have_no_public_address_and_are_entered_by_the_bastion(private: Recording) -> None:
    controller = private["test-controller-0"]
    assert controller.inputs["associatePublicIpAddress"] is False
    assert controller.inputs["subnetId"] == f"test-private-{ZONES[0]}-id"
    connection = private["test-controller-0-files"].inputs["connection"]
    assert connection["host"] == "private-test-controller-0"
    assert connection["proxy"]["host"] == BASTION["host"]
    (template,) = inputs(private, "ec2/launchTemplate:LaunchTemplate").values()
    assert template["networkInterfaces"][0]["associatePublicIpAddress"] == "false"
    (group,) = inputs(private, "autoscaling/group:Group").values()
    assert group["vpcZoneIdentifiers"] == [f"test-private-{zone}-id" for zone in ZONES]


def test_an_internal_api_has_a_load_balancer_of_its_own(private: Recording) -> None:
    assert balancer(private, "test-apiserver")["internal"] is True
    assert balancer(private, "test-apiserver")["subnets"] == [f"test-private-{zone}-id" for zone in ZONES]
    assert balancer(private, "test-ingress")["internal"] is False
    assert balancer(private, "test-ingress")["subnets"] == [f"test-public-{zone}-id" for zone in ZONES]
    assert balancer(private, "test-apiserver")["securityGroups"] == ["test-internal-load-balancer-id"]
    assert balancer(private, "test-ingress")["securityGroups"] == ["test-load-balancer-id"]
    assert listeners(private) == {("test-apiserver", 6443, "apiserver"), *INGRESS}
    # A controller may be its own client there.
    assert inputs(private, "lb/targetGroup:TargetGroup")["test-apiserver"]["preserveClientIp"] == "false"
    assert inputs(private, "route53/record:Record")["test-apiserver-a"]["aliases"][0]["name"] == "test-apiserver.elb"


def test_an_existing_network_is_used_as_it_is() -> None:
    made = mocks.of(without("zones", private_nodes=True, **in_vpc(**PRIVATE)))
    assert not [each for each in made.resources if each.type.startswith("aws:ec2/") and "subnet" in each.type.lower()]
    assert {each["vpcId"] for each in inputs(made, "ec2/securityGroup:SecurityGroup").values()} == {VPC["vpc_id"]}
    assert made["test-controller-0"].inputs["subnetId"] == PRIVATE["private_subnet_ids"][0]
    assert balancer(made, "test-ingress")["subnets"] == VPC["subnet_ids"]
    assert balancer(made, "test-ingress")["ipAddressType"] == "ipv4"
    # Without IPv6 there is no record that clients would try first.
    assert {each["type"] for each in inputs(made, "route53/record:Record").values()} == {"A"}


def group_of(made: Recording, name: str) -> tuple[Registered, Registered]:
    """The auto scaling group and the template of a pool."""
    (group,) = [each for each in made.of_type("aws:autoscaling/group:Group") if each.name == name]
    (template,) = [
        each for each in made.of_type("aws:ec2/launchTemplate:LaunchTemplate") if each.name.startswith(f"{name}-")
    ]
    assert group.inputs["launchTemplate"] == {"id": f"{template.name}-id", "version": "$Latest"}
    return group, template


@pytest.mark.parametrize(("workers", "most"), [(0, 2), (1, 3), (20, 22), (21, 24), (100, 110)])
def test_what_an_instance_refresh_adds_fits_into_the_group(workers: int, most: int) -> None:
    assert most_machines(workers) == most


def test_workers_are_an_auto_scaling_group(made: Recording) -> None:
    group, template = group_of(made, "test-worker")
    found = dict(group.inputs)
    *propagated, revision = found.pop("tags")
    found.pop("launchTemplate")
    assert found == {
        "desiredCapacity": 1,
        "minSize": 1,
        "maxSize": 3,
        "vpcZoneIdentifiers": [f"test-public-{zone}-id" for zone in ZONES],
        "targetGroupArns": ["arn-test-http", "arn-test-https"],
        "instanceRefresh": {
            "strategy": "Rolling",
            "triggers": ["tag"],
            "preferences": {"instanceWarmup": "120", "minHealthyPercentage": 100, "maxHealthyPercentage": 110},
        },
        "healthCheckGracePeriod": 30,
        "defaultCooldown": 30,
        "waitForCapacityTimeout": "0",
    }
    assert propagated == [
        {"key": key, "value": value, "propagateAtLaunch": True} for key, value in tags("test-worker").items()
    ]
    assert (revision["key"], revision["propagateAtLaunch"], len(revision["value"])) == ("tradewind-revision", False, 64)
    assert group.secrets == set()
    # The control plane runs before.
    assert made["aws-bootstrap"].urn in group.depends_on & template.depends_on


def test_a_template_of_workers(made: Recording) -> None:
    _, template = group_of(made, "test-worker")
    found = dict(template.inputs)
    found.pop("userData")
    assert template.secrets == {"userData"}
    assert template.name == "test-worker-fedora-coreos-stable-amd64"
    assert found == {
        "imageId": "['125523088429'] ['Fedora CoreOS stable *'] ['x86_64'] True",
        "instanceType": "t3.small",
        "networkInterfaces": [
            {
                "deviceIndex": 0,
                "associatePublicIpAddress": "true",
                "deleteOnTermination": "true",
                "securityGroups": ["test-worker-id"],
            }
        ],
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {
                    "volumeSize": 30,
                    "volumeType": "gp3",
                    "encrypted": "true",
                    "deleteOnTermination": "true",
                },
            }
        ],
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "privateDnsNameOptions": {"hostnameType": "resource-name", "enableResourceNameDnsARecord": True},
        "tagSpecifications": [{"resourceType": "volume", "tags": tags("test-worker")}],
        "tags": tags("test-worker"),
    }
    # A new image is for new machines of another kind only.
    assert list(template.request.ignoreChanges) == ["imageId"]


def test_settings_of_a_pool() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/own/1"
    machine = {
        "instance_type": "t4g.large",
        "disk_type": "io2",
        "disk_iops": 500,
        "cpu_credits": "unlimited",
        "instance_profile": "nodes",
        "spot": True,
        "spot_max_price": "0.05",
        "target_group_arns": [arn],
    }
    pool = {"name": "arm", "workers": 5, "architecture": "arm64", "machine": machine}
    made = mocks.cluster(
        worker_pools=[pool], operating_system="flatcar", os_stream="beta", disk_kms_key_arn="arn:aws:k"
    )
    group, template = group_of(made, "test-arm")
    assert template.name == "test-arm-flatcar-beta-arm64"
    assert template.inputs["imageId"] == "['075585003325'] ['Flatcar-beta-*'] ['arm64'] True"
    disk = {"volumeType": "io2", "iops": 500, "kmsKeyId": "arn:aws:k"}
    assert disk.items() <= template.inputs["blockDeviceMappings"][0]["ebs"].items()
    assert template.inputs["creditSpecification"] == {"cpuCredits": "unlimited"}
    assert template.inputs["iamInstanceProfile"] == {"name": "nodes"}
    assert template.inputs["instanceMarketOptions"] == {"marketType": "spot", "spotOptions": {"maxPrice": "0.05"}}
    assert (group.inputs["desiredCapacity"], group.inputs["minSize"], group.inputs["maxSize"]) == (5, 5, 7)
    assert group.inputs["targetGroupArns"] == ["arn-test-http", "arn-test-https", arn]


@pytest.mark.parametrize(("updates", "updated"), [({}, False), (FLEET_LOCK, True)], ids=["default", "fleet-lock"])
def test_machines_of_a_group_update_themselves_by_fleet_lock_only(updates: dict[str, Any], updated: bool) -> None:
    made = mocks.cluster(**updates)
    _, template = group_of(made, "test-worker")
    assert updates_itself(b64decode(template.inputs["userData"])) is updated
    assert updates_itself(made["test-controller-0"].inputs["userData"])


def updates_itself(user_data: str | bytes) -> bool:
    (found,) = [each for each in json.loads(user_data)["storage"]["files"] if each["path"].endswith("strategy.toml")]
    document: dict[str, Any] = tomllib.loads(unquote(found["contents"]["source"].removeprefix("data:,")))
    return bool(document["updates"].get("enabled", True))


def revision(made: Recording) -> str:
    group, _ = group_of(made, "test-worker")
    found: str = group.inputs["tags"][-1]["value"]
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"worker_machine": {"instance_type": "t3.large"}},
        {"worker_machine": {"metadata_hop_limit": 2}},
        {"disk_kms_key_arn": "arn:aws:k"},
        {"worker_labels": {"tier": "gold"}},
    ],
    ids=json.dumps,
)
def test_machines_of_a_group_are_replaced_for_what_they_are(made: Recording, changes: dict[str, Any]) -> None:
    assert revision(mocks.cluster(controllers=3, **changes)) != revision(made)


def test_and_not_for_a_number_or_another_pool(made: Recording) -> None:
    assert revision(mocks.cluster(controllers=3, workers=5, worker_pools=[{"name": "gpu"}])) == revision(made)


def test_outputs(made: Recording) -> None:
    found = outputs(made)
    secret = {name for name, value in found.items() if isinstance(value, Secret)}
    assert secret == {"kubeconfig", "ssh_private_key", "worker_access"}
    subnets = [f"test-public-{zone}-id" for zone in ZONES]
    shown = {
        "vpc_id": "test-id",
        "subnet_ids": subnets,
        "node_subnet_ids": subnets,
        "nat_addresses": [],
        "controller_security_group_id": "test-controller-id",
        "worker_security_group_id": "test-worker-id",
        "apiserver_dns_name": "test-ingress.elb",
        "ingress_dns_name": "test-ingress.elb",
        "ingress_zone_id": "ZELB",
        "ingress_load_balancer_arn": "arn-test-ingress",
        "http_target_group_arn": "arn-test-http",
        "https_target_group_arn": "arn-test-https",
        "ssh_public_key": "openssh public test-ssh-key\n",
    }
    assert shown.items() <= found.items()
    assert found["addresses"] == {f"test-controller-{index}": f"public-test-controller-{index}" for index in range(3)}
    assert found["worker_access"].value["target_group_arns"] == "arn-test-http,arn-test-https"


@pytest.mark.parametrize(
    ("system", "variables", "file", "units"),
    [
        ("fedora-coreos", "AFTERBURN_AWS", "afterburn", "afterburn.service wait-for-hostname.service"),
        ("flatcar", "COREOS_EC2", "flatcar", "coreos-metadata.service"),
    ],
)
def test_a_kubelet_knows_its_instance(system: str, variables: str, file: str, units: str) -> None:
    data = json.loads(mocks.cluster(operating_system=system)["test-controller-0"].inputs["userData"])
    (unit,) = [each for each in data["storage"]["files"] if each["path"] == "/etc/systemd/system/kubelet.service"]
    text = unquote(unit["contents"]["source"])
    assert f"--provider-id=aws:///${{{variables}_AVAILABILITY_ZONE}}/${{{variables}_INSTANCE_ID}}" in text
    assert f"EnvironmentFile=/run/metadata/{file}\n" in text
    assert f"Requires=containerd.service {units}\n" in text
