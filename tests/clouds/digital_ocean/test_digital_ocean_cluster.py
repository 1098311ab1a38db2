"""Clusters of droplets under mocks: every resource with its inputs, and what waits for what."""

import json
from typing import Any

import pulumi
import pytest
import yaml

from tests.support.recording import Recording, Registered, Secret, record
from tests.unit.platforms.test_digital_ocean_spec import ARGS, NARROW, VPC
from tests.unit.test_cloud_spec import KEY
from tradewind.errors import SpecError
from tradewind.platforms.digital_ocean import Cluster, WorkerPool
from tradewind.platforms.digital_ocean.droplets import booted_with
from tradewind.platforms.digital_ocean.spec import digital_ocean_spec

DROPLET = "digitalocean:index/droplet:Droplet"
FIREWALL = "digitalocean:index/firewall:Firewall"
RECORD = "digitalocean:index/dnsRecord:DnsRecord"
LOAD_BALANCER = "digitalocean:index/loadBalancer:LoadBalancer"
PROJECT = "11111111-2222-3333-4444-555555555555"
FIRST_BOOT = ["image", "userData", "sshKeys", "tags"]
SNIPPET = {"config": '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'}

MADE = {
    DROPLET: lambda args: {
        "ipv4Address": f"public of {args.name}",
        "ipv4AddressPrivate": f"private of {args.name}",
        "dropletUrn": f"do:droplet:{args.name}",
    },
    "digitalocean:index/tag:Tag": lambda args: {"name": f"{args.name}-1234567"},
    "digitalocean:index/sshKey:SshKey": lambda args: {
        "fingerprint": f"fingerprint of {args.inputs['publicKey'].strip()}"
    },
    LOAD_BALANCER: lambda args: {"ip": f"address of {args.name}"},
    "digitalocean:index/vpcNatGateway:VpcNatGateway": lambda args: {
        "egresses": [{"publicGateways": [{"ipv4": "192.0.2.1"}]}]
    },
}
CALLS = {"digitalocean:index/getImage:getImage": lambda args: {"id": {"fedora-coreos": 77}[args["name"]]}}


def made(preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: Cluster("example", {**ARGS, **changes}), preview=preview, made=MADE, calls=CALLS)


@pytest.fixture(scope="module")
def plain() -> Recording:
    return made(controllers=3, workers=2, ssh_authorized_keys=[KEY])


def only(recording: Recording, token: str) -> dict[str, Registered]:
    return {each.name: each for each in recording.of_type(token)}


def records(recording: Recording) -> dict[str, tuple[str, str]]:
    """Name in the zone and value of each record."""
    found = only(recording, RECORD)
    assert all(
        (each.inputs["domain"], each.inputs["type"], each.inputs["ttl"]) == ("example.com", "A", 60)
        for each in found.values()
    )
    return {name: (each.inputs["name"], each.inputs["value"]) for name, each in found.items()}


def test_the_network_is_a_vpc_of_the_machines_range_with_a_tag_for_each_role(plain: Recording) -> None:
    vpc = plain["test"]
    assert (vpc.type, vpc.inputs) == ("digitalocean:index/vpc:Vpc", {"region": "nyc3", "ipRange": "10.0.0.0/16"})
    assert set(only(plain, "digitalocean:index/tag:Tag")) == {"test-controller", "test-worker"}
    assert not plain.of_type("digitalocean:index/vpcNatGateway:VpcNatGateway")


@pytest.mark.parametrize(
    ("name", "tag", "size"),
    [
        *((f"test-controller-{index}", "test-controller-1234567", "s-2vcpu-2gb") for index in range(3)),
        *((f"test-worker-{index}", "test-worker-1234567", "s-1vcpu-2gb") for index in range(2)),
    ],
)
def test_a_droplet(plain: Recording, name: str, tag: str, size: str) -> None:
    droplet = plain[name]
    inputs = dict(droplet.inputs)
    config = json.loads(inputs.pop("userData"))
    assert inputs == {
        "name": name,
        "region": "nyc3",
        "image": "77",
        "size": size,
        "vpcUuid": "test-id",
        "sshKeys": ["fingerprint of openssh public test-ssh-key"],
        "tags": [tag],
        "backups": False,
        "resizeDisk": False,
        "dropletAgent": False,
        "gracefulShutdown": True,
    }
    assert config["passwd"]["users"] == [
        {"name": "core", "sshAuthorizedKeys": ["openssh public test-ssh-key", KEY]},
    ]
    assert droplet.secrets == set()
    assert droplet.parent == plain.component("tradewind:digital_ocean:Cluster").urn
    assert droplet.request.deleteBeforeReplace is True
    assert list(droplet.request.ignoreChanges) == FIRST_BOOT
    assert {plain["test-controllers"].urn, plain["test-workers"].urn} <= droplet.depends_on


def test_a_deletion_waits_for_the_shutdown_of_a_droplet_and_for_the_members_of_the_network(plain: Recording) -> None:
    assert (deletion(plain, "test-controller-0"), deletion(plain, "test-worker-0")) == ("345s", "345s")
    assert deletion(plain, "test") == "15m"
    slow, quick = ({"kubelet": {"shutdown_grace_period": period}} for period in ("10m", "5s"))
    found = made(**slow, worker_pools=[{"name": "quick", **quick}])
    assert {name: deletion(found, f"test-{name}-0") for name in ("controller", "worker", "quick")} == {
        "controller": "900s",
        "worker": "900s",
        # Never less than what a machine waits by default.
        "quick": "345s",
    }
    assert deletion(pool(slow), "test-gpu-0") == "900s"
    assert deletion(pool(slow, **quick), "test-gpu-0") == "345s"


def deletion(recording: Recording, name: str) -> str:
    """How long the provider may take to delete a resource."""
    timeouts = recording[name].request.customTimeouts
    assert (timeouts.create, timeouts.update) == ("", "")
    return str(timeouts.delete)


@pytest.mark.parametrize(("image", "taken"), [("fedora-coreos", "77"), ("123", "123")])
def test_an_image_is_an_id_or_looked_up_by_its_name(image: str, taken: str) -> None:
    assert made(os_image=image)["test-worker-0"].inputs["image"] == taken


def test_what_another_resource_makes_is_taken_as_an_id() -> None:
    def program() -> None:
        Cluster("example", {**ARGS, "os_image": pulumi.Output.from_input("88")})

    assert record(program, made=MADE)["test-worker-0"].inputs["image"] == "88"


def test_a_machine_whose_first_boot_is_taken_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_REPLACE", "test-worker-0")
    found = made()
    assert list(found["test-worker-0"].request.replaceOnChanges) == FIRST_BOOT
    assert list(found["test-worker-0"].request.ignoreChanges) == []
    assert list(found["test-controller-0"].request.ignoreChanges) == FIRST_BOOT


def test_a_droplet_keeps_which_snippets_it_booted_with() -> None:
    found = made(machine_snippets={"test-worker-0": [SNIPPET]})
    assert booted_with(found["test-controller-0"].inputs["tags"]) is None
    digest = booted_with(found["test-worker-0"].inputs["tags"])
    assert digest is not None
    assert len(digest) == 64
    files = [each["path"] for each in json.loads(found["test-worker-0"].inputs["userData"])["storage"]["files"]]
    assert "/etc/own" in files


def test_settings_of_machines() -> None:
    settings = {"size": "s-4vcpu-8gb", "resize_disk": True, "backups": True}
    pool = {"name": "large", "machine": {"size": "c-4"}, "labels": {"example.com/size": "large"}}
    found = made(controller_machine=settings, worker_pools=[pool])
    inputs = found["test-controller-0"].inputs
    assert (inputs["size"], inputs["resizeDisk"], inputs["backups"]) == ("s-4vcpu-8gb", True, True)
    assert found["test-large-0"].inputs["size"] == "c-4"
    assert found["test-worker-0"].inputs["size"] == "s-1vcpu-2gb"
    assert "example.com/size" in found["test-large-0"].inputs["userData"]


def test_controllers_come_one_after_another(plain: Recording) -> None:
    first, second, third = (plain[f"test-controller-{index}"] for index in range(3))
    assert first.urn in second.depends_on
    assert second.urn in third.depends_on


def test_workers_of_all_pools_come_a_tenth_at_a_time() -> None:
    found = made(workers=15, worker_pools=[{"name": "b", "workers": 9}])
    names = [f"test-worker-{index}" for index in range(15)] + [f"test-b-{index}" for index in range(9)]
    urns = {found[name].urn: name for name in names}
    before = [[urns[urn] for urn in found[name].depends_on if urn in urns] for name in names]
    assert before == [[], [], *([name] for name in names[:-2])]


@pytest.mark.parametrize("role", ["controller", "worker"])
def test_firewalls_let_in_what_the_rules_say_and_everything_out(plain: Recording, role: str) -> None:
    firewall = plain[f"test-{role}s"].inputs
    assert firewall["tags"] == [f"test-{role}-1234567"]
    both = ["test-controller-1234567", "test-worker-1234567"]
    everybody = ["0.0.0.0/0", "::/0"]
    expected = {
        "controller": [
            {"protocol": "tcp", "portRange": "22", "sourceAddresses": ["203.0.113.7/32"]},
            {"protocol": "tcp", "portRange": "2379-2380", "sourceTags": both[:1]},
            {"protocol": "tcp", "portRange": "6443", "sourceAddresses": everybody},
            {"protocol": "tcp", "portRange": "6443", "sourceTags": both},
        ],
        "worker": [
            {"protocol": "tcp", "portRange": "22", "sourceAddresses": ["203.0.113.7/32"]},
            {"protocol": "tcp", "portRange": "80", "sourceAddresses": everybody},
            {"protocol": "tcp", "portRange": "443", "sourceAddresses": everybody},
        ],
    }
    nodes = [
        {"protocol": "udp", "portRange": "8472", "sourceTags": both},
        {"protocol": "icmp", "sourceTags": both},
        {"protocol": "tcp", "portRange": "10250", "sourceTags": both},
        {"protocol": "tcp", "portRange": "9100", "sourceTags": both[1:]},
    ]
    assert firewall["inboundRules"] == [*expected[role], *nodes]
    assert firewall["outboundRules"] == [
        {"protocol": "tcp", "portRange": "1-65535", "destinationAddresses": everybody},
        {"protocol": "udp", "portRange": "1-65535", "destinationAddresses": everybody},
        {"protocol": "icmp", "destinationAddresses": everybody},
    ]


def test_names_in_the_zone(plain: Recording) -> None:
    assert records(plain) == {
        **{f"test-api-{index}": ("test", f"public of test-controller-{index}") for index in range(3)},
        **{f"test-etcd-{index}": (f"test-etcd{index}", f"private of test-controller-{index}") for index in range(3)},
        **{f"test-worker-{index}-address": ("test-workers", f"public of test-worker-{index}") for index in range(2)},
    }
    assert {each.urn for name, each in only(plain, RECORD).items() if "-address" not in name} <= plain[
        "test-controller-0-files"
    ].depends_on


def test_each_droplet_gets_its_files_anew_when_it_is_another(plain: Recording) -> None:
    for name in (*(f"test-controller-{index}" for index in range(3)), "test-worker-0", "test-worker-1"):
        files = plain[f"{name}-files"]
        assert files.inputs["connection"]["host"] == f"public of {name}"
        assert files.inputs["triggers"] == [f"{name}-id"]
        assert files.inputs["connection"]["hostKey"] == f"host key of {name}-host-key"


def test_the_administrator_comes_in_by_the_clusters_name(plain: Recording) -> None:
    config = yaml.safe_load(plain["example-kubernetes"].inputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://test.example.com:6443"


def outputs(recording: Recording) -> dict[str, Any]:
    return recording.outputs[recording.component("tradewind:digital_ocean:Cluster").urn]


def test_outputs_and_which_of_them_are_secret(plain: Recording) -> None:
    found = outputs(plain)
    secret = {name for name, value in found.items() if isinstance(value, Secret)}
    assert secret == {"kubeconfig", "ssh_private_key", "worker_access"}
    own = ("vpc_id", "controller_tag", "worker_tag", "controllers_dns", "workers_dns", "load_balancer_ids")
    assert {name: found[name] for name in own} == {
        "vpc_id": "test-id",
        "controller_tag": "test-controller-1234567",
        "worker_tag": "test-worker-1234567",
        "controllers_dns": "test.example.com",
        "workers_dns": "test-workers.example.com",
        "load_balancer_ids": {},
    }
    assert found["ssh_public_key"] == "openssh public test-ssh-key\n"
    assert found["addresses"]["test-worker-1"] == "public of test-worker-1"
    access = found["worker_access"].value
    assert set(access) == {
        "bootstrap_kubeconfig",
        "ca_cert_pem",
        "ssh_public_key",
        "ssh_private_key",
        "vpc_id",
        "worker_tag",
        "ssh_key",
    }


def test_no_plain_input_holds_a_private_key_or_the_token(plain: Recording) -> None:
    for each in plain.resources:
        text = json.dumps({name: value for name, value in each.inputs.items() if name not in each.secrets})
        assert "openssh key" not in text, each.name
        assert "s" * 16 not in text, each.name


@pytest.fixture(scope="module")
def balanced() -> Recording:
    return made(
        controllers=3,
        workers=1,
        api_load_balancer=True,
        ingress_load_balancer=True,
        api_allowed_cidrs=NARROW,
        api_port=443,
        project_id=PROJECT,
    )


def test_a_load_balancer_in_front_of_the_api_servers_lets_in_clients_and_machines(balanced: Recording) -> None:
    assert only(balanced, LOAD_BALANCER)["test-api"].inputs == {
        "region": "nyc3",
        "vpcUuid": "test-id",
        "network": "EXTERNAL",
        "dropletTag": "test-controller-1234567",
        "forwardingRules": [{"entryProtocol": "tcp", "entryPort": 443, "targetProtocol": "tcp", "targetPort": 6443}],
        "healthcheck": {
            "protocol": "https",
            "port": 6443,
            "path": "/readyz",
            "checkIntervalSeconds": 5,
            "responseTimeoutSeconds": 3,
            "healthyThreshold": 2,
            "unhealthyThreshold": 3,
        },
        "firewall": {
            "allows": [
                "cidr:198.51.100.0/24",
                *(f"ip:public of test-controller-{index}" for index in range(3)),
                "ip:public of test-worker-0",
            ]
        },
        "projectId": PROJECT,
    }


def test_a_load_balancer_in_front_of_the_workers_asks_the_ingress_controller(balanced: Recording) -> None:
    assert only(balanced, LOAD_BALANCER)["test-ingress"].inputs == {
        "region": "nyc3",
        "vpcUuid": "test-id",
        "network": "EXTERNAL",
        "dropletTag": "test-worker-1234567",
        "forwardingRules": [
            {"entryProtocol": "tcp", "entryPort": port, "targetProtocol": "tcp", "targetPort": port}
            for port in (80, 443)
        ],
        "healthcheck": {"protocol": "http", "port": 10254, "path": "/healthz", "healthyThreshold": 2},
        "projectId": PROJECT,
    }


def test_droplets_let_in_their_load_balancer_by_a_firewall_of_its_own(balanced: Recording) -> None:
    for role, name, ports in (("controller", "test-api", ["6443"]), ("worker", "test-ingress", ["10254", "10256"])):
        assert balanced[f"test-{role}s-load-balancer"].inputs == {
            "tags": [f"test-{role}-1234567"],
            "inboundRules": [
                {"protocol": "tcp", "portRange": port, "sourceLoadBalancerUids": [f"{name}-id"]} for port in ports
            ],
        }
    clients = [each for each in balanced["test-controllers"].inputs["inboundRules"] if "sourceAddresses" in each]
    assert [each["portRange"] for each in clients] == ["22"]


def test_names_are_the_load_balancers(balanced: Recording) -> None:
    found = {name: value for name, value in records(balanced).items() if "etcd" not in name}
    assert found == {
        "test-api": ("test", "address of test-api"),
        "test-ingress": ("test-workers", "address of test-ingress"),
    }
    assert outputs(balanced)["load_balancer_ids"] == {"api": "test-api-id", "ingress": "test-ingress-id"}
    assert balanced["test-controllers-load-balancer"].urn in balanced["test-controller-0-files"].depends_on
    config = yaml.safe_load(balanced["example-kubernetes"].inputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://test.example.com:443"


def test_droplets_are_listed_in_their_project(balanced: Recording) -> None:
    assert balanced["test-droplets"].inputs == {
        "project": PROJECT,
        "resources": [f"do:droplet:test-controller-{index}" for index in range(3)] + ["do:droplet:test-worker-0"],
    }


@pytest.mark.parametrize("changes", [{}, {"api_allowed_cidrs": [*NARROW, "0.0.0.0/0"]}])
def test_a_load_balancer_that_everybody_may_use_says_so(changes: dict[str, Any]) -> None:
    found = only(made(api_load_balancer=True, **changes), LOAD_BALANCER)["test-api"].inputs
    assert found["firewall"] == {"allows": ["cidr:0.0.0.0/0"]}


@pytest.fixture(scope="module")
def private() -> Recording:
    return made(
        vpc_id=VPC,
        private_nodes=True,
        api_load_balancer=True,
        api_allowed_cidrs=NARROW,
        bastion={"host": "bastion.example.com"},
    )


def test_private_nodes_are_made_without_public_addresses_and_after_their_way_out(private: Recording) -> None:
    gateway = private["test-nat"]
    assert gateway.inputs == {
        "region": "nyc3",
        "type": "PUBLIC",
        "size": 1,
        "vpcs": [{"vpcUuid": VPC, "defaultGateway": True}],
    }
    for name in ("test-controller-0", "test-worker-0"):
        assert private[name].inputs["publicNetworking"] is False
        assert private[name].inputs["vpcUuid"] == VPC
        assert gateway.urn in private[name].depends_on
        connection = private[f"{name}-files"].inputs["connection"]
        assert (connection["host"], connection["proxy"]["host"]) == (f"private of {name}", "bastion.example.com")
    assert not private.of_type("digitalocean:index/vpc:Vpc")


def test_private_nodes_reach_the_api_server_from_their_gateway(private: Recording) -> None:
    assert only(private, LOAD_BALANCER)["test-api"].inputs["firewall"]["allows"] == [
        "cidr:198.51.100.0/24",
        "ip:192.0.2.1",
    ]
    assert records(private) == {
        "test-api": ("test", "address of test-api"),
        "test-etcd-0": ("test-etcd0", "private of test-controller-0"),
    }


@pytest.mark.parametrize("preview", [True, False])
def test_a_gateway_whose_address_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch, preview: bool) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, resource: told.append(message))
    changes = {"vpc_id": VPC, "private_nodes": True, "api_load_balancer": True, "api_allowed_cidrs": NARROW}
    found = made(preview=preview, nat_gateway=False, **changes)
    assert told == [digital_ocean_spec({**ARGS, **changes, "nat_gateway": False}).unknown_gateway]
    assert only(found, LOAD_BALANCER)["test-api"].inputs["firewall"]["allows"] == ["cidr:198.51.100.0/24"]
    made(preview=preview, **changes)
    assert len(told) == 1


def test_an_internal_api_server_has_the_private_addresses_and_lets_in_the_network() -> None:
    found = made(internal_api=True, owned_objects=False)
    assert records(found)["test-api-0"] == ("test", "private of test-controller-0")
    api = [each for each in found["test-controllers"].inputs["inboundRules"] if each.get("portRange") == "6443"]
    assert [each.get("sourceAddresses") for each in api] == [["10.0.0.0/16"], None]
    assert not found.of_type("pulumi:providers:kubernetes")
    balanced = made(internal_api=True, vpc_id=VPC, api_load_balancer=True)
    assert only(balanced, LOAD_BALANCER)["test-api"].inputs["network"] == "INTERNAL"
    assert "firewall" not in only(balanced, LOAD_BALANCER)["test-api"].inputs


def test_bad_input_makes_nothing() -> None:
    recording: list[Recording] = []
    with pytest.raises(SpecError):
        recording.append(made(region="?"))
    assert recording == []


def test_a_preview_knows_every_resource(plain: Recording) -> None:
    assert made(preview=True, controllers=3, workers=2, ssh_authorized_keys=[KEY]).urns == plain.urns


ACCESS = {
    "bootstrap_kubeconfig": "token",
    "ca_cert_pem": "ca",
    "ssh_public_key": "public",
    "ssh_private_key": "private",
    "vpc_id": VPC,
    "worker_tag": "test-worker-1234567",
    "ssh_key": "fingerprint",
}


def pool(cluster: Any = None, **settings: Any) -> Recording:
    args: Any = {"cluster": {**ARGS, **(cluster or {})}, "pool": {"name": "gpu", "workers": 2, **settings}}
    return record(
        lambda: WorkerPool("gpu", {**args, "worker_access": pulumi.Output.secret(ACCESS)}), made=MADE, calls=CALLS
    )


def test_a_pool_beside_the_cluster_is_droplets_of_its_workers() -> None:
    found = pool(machine={"size": "c-4"}, taints=[{"key": "gpu", "effect": "PreferNoSchedule"}])
    first, second = (found[f"test-gpu-{index}"] for index in range(2))
    inputs = {name: value for name, value in first.inputs.items() if name != "userData"}
    assert inputs == {
        "name": "test-gpu-0",
        "region": "nyc3",
        "image": "77",
        "size": "c-4",
        "vpcUuid": VPC,
        "sshKeys": ["fingerprint"],
        "tags": ["test-worker-1234567"],
        "backups": False,
        "resizeDisk": False,
        "dropletAgent": False,
        "gracefulShutdown": True,
    }
    assert json.loads(first.inputs["userData"])["passwd"]["users"][0]["sshAuthorizedKeys"] == ["public"]
    assert first.secrets == set()
    assert first.urn in second.depends_on
    component = found.component("tradewind:digital_ocean:WorkerPool")
    assert {each.parent for each in found.resources if each.request.custom} == {component.urn}
    assert found.outputs[component.urn]["addresses"] == {
        f"test-gpu-{index}": f"public of test-gpu-{index}" for index in range(2)
    }
    assert records(found)["test-gpu-1-address"] == ("test-workers", "public of test-gpu-1")


def test_its_workers_get_their_files_with_the_clusters_key() -> None:
    files = pool()["test-gpu-1-files"]
    assert files.inputs["connection"]["privateKey"] == "private"
    assert files.inputs["connection"]["host"] == "public of test-gpu-1"
    assert files.secrets == {"stdin", "connection"}
    assert "TRADEWIND_etc_kubernetes_kubeconfig" in files.inputs["environment"]
    proxied = pool({"bastion": {"host": "bastion.example.com"}})["test-gpu-0-files"]
    assert proxied.inputs["connection"]["proxy"]["host"] == "bastion.example.com"


def test_its_droplets_are_listed_in_the_clusters_project() -> None:
    found = pool({"project_id": PROJECT})["test-gpu-droplets"].inputs
    assert found == {"project": PROJECT, "resources": ["do:droplet:test-gpu-0", "do:droplet:test-gpu-1"]}
