"""A cluster on Google Cloud, as the engine would see it: every input that matters."""

import json
from typing import Any

import pytest

from tests.clouds.google_cloud import mocks
from tests.support.recording import Recording, Secret
from tests.unit.platforms.google_cloud_arguments import ARGS, OWN_NETWORK
from tradewind.choices import Networking
from tradewind.platforms.google_cloud.firewall import firewall_rows
from tradewind.platforms.google_cloud.spec import google_cloud_spec

COMPONENT = "tradewind:google_cloud:Cluster"
BASTION = {"host": "bastion.example.com"}
SNIPPET = {"config": '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'}
FCOS = "projects/fedora-coreos-cloud/global/images/family/fedora-coreos-stable"
IN_NETWORK = {"network": "link of test-network"}
CONTROLLERS = [f"test-controller-{index}" for index in range(3)]


@pytest.fixture(scope="module", name="made")
def fixture_made() -> Recording:
    return mocks.cluster(controllers=3, worker_pools=[{"name": "gpu", "workers": 2}])


def inputs(made: Recording, token: str) -> dict[str, dict[str, Any]]:
    return {each.name: each.inputs for each in made.of_type(f"gcp:{token}")}


def compute(made: Recording, name: str) -> dict[str, dict[str, Any]]:
    return inputs(made, f"compute/{name[0].lower()}{name[1:]}:{name}")


def outputs(made: Recording) -> dict[str, Any]:
    return made.outputs[made.component(COMPONENT).urn]


def test_everything_is_the_components(made: Recording) -> None:
    component = made.component(COMPONENT)
    assert {each.parent for each in made.resources if each.type.startswith("gcp:")} == {component.urn}


def test_a_network_with_one_subnetwork(made: Recording) -> None:
    assert compute(made, "Network") == {"test-network": {"autoCreateSubnetworks": False}}
    assert compute(made, "Subnetwork") == {
        "test-subnetwork": {
            **IN_NETWORK,
            "region": "europe-west1",
            "ipCidrRange": "10.0.0.0/16",
            "privateIpGoogleAccess": True,
        }
    }
    assert compute(made, "RouterNat") == {}


def test_firewall_rules_are_the_rows(made: Recording) -> None:
    args: Any = ARGS
    assert compute(made, "Firewall") == {
        row.name: {
            **IN_NETWORK,
            "direction": "INGRESS",
            "allows": [{"protocol": row.protocol, **({"ports": list(row.ports)} if row.ports else {})}],
            "targetTags": [row.target_tag],
            **({"sourceTags": list(row.source_tags)} if row.source_tags else {}),
            **({"sourceRanges": list(row.source_ranges)} if row.source_ranges else {}),
        }
        for row in firewall_rows(google_cloud_spec(args))
    }


def test_a_controller(made: Recording) -> None:
    found = dict(made["test-controller-0"].inputs)
    user_data = json.loads(found.pop("metadata")["user-data"])
    assert found == {
        "name": "test-controller-0",
        "zone": "europe-west1-b",
        "machineType": "e2-medium",
        "bootDisk": {"initializeParams": {"image": FCOS, "size": 30, "type": "pd-balanced"}},
        "networkInterfaces": [{"subnetwork": "link of test-subnetwork", "accessConfigs": [{}]}],
        "tags": ["test-controller"],
        "labels": {},
        "canIpForward": True,
        "allowStoppingForUpdate": True,
        "guestAccelerators": [],
        "scheduling": {"onHostMaintenance": "MIGRATE", "automaticRestart": True},
    }
    paths = {file["path"] for file in user_data["storage"]["files"]}
    assert "/etc/hostname" in paths
    assert "/etc/kubernetes/kubeconfig" not in paths
    assert made["test-controller-0"].secrets == set()


def test_controllers_take_turns_in_the_zones(made: Recording) -> None:
    assert {name: made[name].inputs["zone"] for name in CONTROLLERS} == dict(zip(CONTROLLERS, mocks.ZONES, strict=True))
    chosen = compute(mocks.cluster(controllers=3, zones=mocks.ZONES[:2]), "Instance")
    assert [chosen[name]["zone"] for name in CONTROLLERS] == [*mocks.ZONES[:2], mocks.ZONES[0]]


def test_what_would_replace_a_controller_is_for_its_first_boot_only(
    made: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ["bootDisk", "guestAccelerators", "labels", "metadata", "scheduling", "zone"]
    request = made["test-controller-0"].request
    assert (list(request.ignoreChanges), list(request.replaceOnChanges)) == (first, [])
    assert request.deleteBeforeReplace is True
    assert list(made["test-controller-0-group"].request.ignoreChanges) == ["zone"]
    monkeypatch.setenv("TRADEWIND_REPLACE", "test-controller-0")
    anew = mocks.cluster()
    request = anew["test-controller-0"].request
    assert (list(request.ignoreChanges), list(request.replaceOnChanges)) == ([], first)
    assert list(anew["test-controller-0-group"].request.ignoreChanges) == []


def test_snippets_of_the_first_boot_are_kept_as_a_label() -> None:
    (label,) = mocks.cluster(controller_snippets=[SNIPPET])["test-controller-0"].inputs["labels"].items()
    assert (label[0], len(label[1])) == ("tradewind-snippets", 63)


def test_another_instance_of_a_name_is_put_into_its_group_again(made: Recording) -> None:
    assert compute(made, "InstanceGroup") == {
        f"{name}-group": {"zone": zone, **IN_NETWORK} for name, zone in zip(CONTROLLERS, mocks.ZONES, strict=True)
    }
    assert compute(made, "InstanceGroupMembership") == {
        f"{name}-membership": {"zone": zone, "instanceGroup": f"{name}-group", "instance": f"link of {name}"}
        for name, zone in zip(CONTROLLERS, mocks.ZONES, strict=True)
    }


def test_files_are_delivered_to_public_addresses(made: Recording) -> None:
    files = made["test-controller-0-files"].inputs
    assert files["connection"]["host"] == "public of test-controller-0"
    assert files["triggers"] == ["number of test-controller-0"]


def test_the_api_server_has_a_load_balancer_outside_and_inside(made: Recording) -> None:
    assert compute(made, "RegionHealthCheck") == {
        "test-api": {
            "region": "europe-west1",
            "httpsHealthCheck": {"port": 6443, "requestPath": "/readyz"},
            "checkIntervalSec": 5,
            "timeoutSec": 5,
            "healthyThreshold": 1,
            "unhealthyThreshold": 3,
        }
    }
    schemes = {"external": {}, "internal": {"subnetwork": "link of test-subnetwork"}}
    assert compute(made, "Address") == {
        f"test-api-{scheme}": {"region": "europe-west1", "addressType": scheme.upper(), **more}
        for scheme, more in schemes.items()
    }
    assert compute(made, "RegionBackendService") == {
        f"test-api-{scheme}": {
            "region": "europe-west1",
            "loadBalancingScheme": scheme.upper(),
            "protocol": "TCP",
            "healthChecks": "test-api-id",
            "backends": [{"group": f"link of {name}-group", "balancingMode": "CONNECTION"} for name in CONTROLLERS],
        }
        for scheme in schemes
    }
    assert compute(made, "ForwardingRule") == {
        f"test-api-{scheme}": {
            "region": "europe-west1",
            "loadBalancingScheme": scheme.upper(),
            "backendService": f"test-api-{scheme}-id",
            "ipAddress": f"address of test-api-{scheme}",
            "ipProtocol": "TCP",
            "ports": ["6443"],
            **({**IN_NETWORK, **more, "allowGlobalAccess": True} if more else {}),
        }
        for scheme, more in schemes.items()
    }


def record(name: str, address: str, zone: str = "example") -> dict[str, Any]:
    return {"managedZone": zone, "name": f"{name}.", "type": "A", "ttl": 300, "rrdatas": [address]}


def test_machines_find_the_api_server_inside_and_everybody_else_outside(made: Recording) -> None:
    assert inputs(made, "dns/recordSet:RecordSet") == {
        "test-api": record("test.example.com", "address of test-api-external"),
        "test-api-internal": record("test.example.com", "address of test-api-internal", "test-api-internal"),
        **{f"test-etcd{i}": record(f"test-etcd{i}.example.com", f"private of {CONTROLLERS[i]}") for i in range(3)},
    }
    (zone,) = inputs(made, "dns/managedZone:ManagedZone").values()
    assert (zone["dnsName"], zone["visibility"]) == ("test.example.com.", "private")
    assert zone["privateVisibilityConfig"] == {"networks": [{"networkUrl": IN_NETWORK["network"]}]}


def test_records_can_be_in_another_project() -> None:
    made = mocks.cluster(dns_project="names-of-others")
    records = inputs(made, "dns/recordSet:RecordSet")
    assert {name: each.get("project") for name, each in records.items()} == {
        "test-api": "names-of-others",
        "test-etcd0": "names-of-others",
        "test-api-internal": None,
    }


def test_an_internal_api_server_has_no_address_outside() -> None:
    made = mocks.cluster(internal_api=True, **OWN_NETWORK)
    assert [each["loadBalancingScheme"] for each in compute(made, "ForwardingRule").values()] == ["INTERNAL"]
    assert inputs(made, "dns/recordSet:RecordSet")["test-api"]["rrdatas"] == ["address of test-api-internal"]
    assert inputs(made, "dns/managedZone:ManagedZone") == {}


def test_deliveries_wait_for_load_balancers_and_names(made: Recording) -> None:
    waits = made["test-controller-0-files"].depends_on
    needed = [
        *made.of_type("gcp:compute/forwardingRule:ForwardingRule"),
        *made.of_type("gcp:dns/recordSet:RecordSet"),
    ]
    assert {each.urn for each in needed} <= waits


def test_a_template(made: Recording) -> None:
    found = dict(made["test-gpu-template"].inputs)
    (disk,) = found.pop("disks")
    name = disk.pop("deviceName")
    assert name.startswith("boot-")
    assert disk == {"boot": True, "autoDelete": True, "sourceImage": FCOS, "diskType": "pd-balanced", "diskSizeGb": 30}
    assert found == {
        "region": "europe-west1",
        "machineType": "e2-medium",
        "networkInterfaces": [{"subnetwork": "link of test-subnetwork", "accessConfigs": [{}]}],
        "tags": ["test-worker"],
        "canIpForward": True,
        "guestAccelerators": [],
        "scheduling": {"onHostMaintenance": "MIGRATE", "automaticRestart": True},
    }
    assert made["test-gpu-template"].secrets == set()


def test_a_group_replaces_machines_one_zone_at_a_time(made: Recording) -> None:
    found = dict(made["test-gpu-group"].inputs)
    user_data = json.loads(found.pop("allInstancesConfig")["metadata"]["user-data"])
    assert found == {
        "region": "europe-west1",
        "baseInstanceName": "test-gpu",
        "distributionPolicyZones": mocks.ZONES,
        "targetSize": 2,
        "versions": [{"instanceTemplate": "link of test-gpu-template"}],
        "namedPorts": [{"name": "http", "port": 80}, {"name": "https", "port": 443}],
        "targetPools": ["link of test-gpu-targets"],
        "updatePolicy": {
            "type": "PROACTIVE",
            "minimalAction": "REFRESH",
            "mostDisruptiveAllowedAction": "REPLACE",
            "replacementMethod": "SUBSTITUTE",
            "maxSurgeFixed": 3,
            "maxUnavailableFixed": 0,
        },
        "instanceLifecyclePolicy": {"forceUpdateOnRepair": "YES"},
        "autoHealingPolicies": {"healthCheck": "test-gpu-health-id", "initialDelaySec": 900},
        "waitForInstances": False,
    }
    paths = {file["path"] for file in user_data["storage"]["files"]}
    assert "/etc/kubernetes/kubeconfig" in paths
    assert "/etc/hostname" not in paths
    assert made["test-gpu-group"].secrets == {"allInstancesConfig"}


def test_workers_come_once_the_control_plane_runs(made: Recording) -> None:
    bootstrap = made["google-bootstrap"].urn
    for name in ("test-worker-group", "test-gpu-group"):
        assert bootstrap in made[name].depends_on


@pytest.mark.parametrize(
    ("changes", "repaired"),
    [({}, True), ({"kube_proxy": False}, False), ({"networking": "none"}, False), ({"networking": "calico"}, True)],
)
def test_only_what_the_library_installs_can_call_for_a_repair(changes: dict[str, Any], repaired: bool) -> None:
    made = mocks.cluster(**changes)
    assert ("autoHealingPolicies" in made["test-worker-group"].inputs) is repaired
    assert compute(made, "HealthCheck").get("test-worker-health") == (
        {
            "httpHealthCheck": {"port": 10256, "requestPath": "/healthz"},
            "checkIntervalSec": 30,
            "timeoutSec": 20,
            "healthyThreshold": 1,
            "unhealthyThreshold": 6,
        }
        if repaired
        else None
    )


@pytest.mark.parametrize(("http", "ports"), [(False, {"https": "443"}), (True, {"https": "443", "http": "80"})])
def test_ingress_is_proxied_to_the_workers(http: bool, ports: dict[str, str]) -> None:
    made = mocks.cluster(http_load_balancing=http, worker_pools=[{"name": "gpu"}])
    assert {each: address["ipVersion"] for each, address in compute(made, "GlobalAddress").items()} == {
        "test-ingress-ipv4": "IPV4",
        "test-ingress-ipv6": "IPV6",
    }
    assert compute(made, "HealthCheck")["test-ingress"] == {
        "httpHealthCheck": {"port": 10254, "requestPath": "/healthz"},
        "checkIntervalSec": 5,
        "timeoutSec": 5,
        "healthyThreshold": 2,
        "unhealthyThreshold": 4,
    }
    groups = [f"instances of test-{pool}-group" for pool in ("worker", "gpu")]
    assert compute(made, "BackendService") == {
        f"test-ingress-{name}": {
            "loadBalancingScheme": "EXTERNAL_MANAGED",
            "protocol": "TCP",
            "portName": name,
            "timeoutSec": 600,
            "healthChecks": "test-ingress-id",
            "backends": [{"group": group, "balancingMode": "UTILIZATION"} for group in groups],
        }
        for name in ports
    }
    assert inputs(made, "compute/targetTCPProxy:TargetTCPProxy") == {
        f"test-ingress-{name}": {"backendService": f"test-ingress-{name}-id"} for name in ports
    }
    assert compute(made, "GlobalForwardingRule") == {
        f"test-ingress-{name}-{version}": {
            "loadBalancingScheme": "EXTERNAL_MANAGED",
            "ipAddress": f"address of test-ingress-{version}",
            "ipProtocol": "TCP",
            "portRange": port,
            "target": f"test-ingress-{name}-id",
        }
        for name, port in ports.items()
        for version in ("ipv4", "ipv6")
    }


def test_users_forwarding_rules_have_a_target_pool(made: Recording) -> None:
    assert compute(made, "TargetPool")["test-gpu-targets"] == {
        "region": "europe-west1",
        "healthChecks": "link of test-gpu-ingress",
    }
    assert compute(made, "HttpHealthCheck")["test-gpu-ingress"] == {"port": 10254, "requestPath": "/healthz"}
    assert [alias.spec.name for alias in made["test-gpu-ingress"].request.aliases] == ["test-gpu-ingress-health"]


@pytest.mark.parametrize("networking", Networking)
def test_every_name_fits_with_the_longest_names_of_cluster_and_pool(networking: Networking) -> None:
    made = mocks.cluster(
        name="n" * 27,
        controllers=5,
        worker_pools=[{"name": "p" * 16}],
        networking=networking,
        http_load_balancing=True,
        private_nodes=True,
        bastion=BASTION,
    )
    # The engine adds a hyphen and seven digits to a name that it gives.
    own = [each for each in made.resources if each.type.startswith("gcp:") and "dns/recordSet" not in each.type]
    lengths = {each.name: len(each.inputs["name"]) if "name" in each.inputs else len(each.name) + 8 for each in own}
    assert {name: length for name, length in lengths.items() if length > 63} == {}
    # An instance of a group has a hyphen and four characters more.
    assert all(len(each["baseInstanceName"]) <= 63 - 5 for each in compute(made, "RegionInstanceGroupManager").values())
    for template in compute(made, "RegionInstanceTemplate").values():
        assert all(len(each) <= 63 for each in (*template["tags"], template["disks"][0]["deviceName"]))


def test_private_nodes_go_out_through_a_nat_and_are_entered_by_their_own_address() -> None:
    made = mocks.cluster(private_nodes=True, bastion=BASTION)
    assert compute(made, "Router") == {"test-router": {**IN_NETWORK, "region": "europe-west1"}}
    assert compute(made, "RouterNat") == {
        "test-nat": {
            "router": "test-router",
            "region": "europe-west1",
            "natIpAllocateOption": "AUTO_ONLY",
            "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
            "subnetworks": [{"name": "link of test-subnetwork", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
            "enableDynamicPortAllocation": True,
            "minPortsPerVm": 64,
            "maxPortsPerVm": 4096,
            "enableEndpointIndependentMapping": False,
        }
    }
    private = [{"subnetwork": "link of test-subnetwork", "accessConfigs": []}]
    assert made["test-controller-0"].inputs["networkInterfaces"] == private
    assert made["test-worker-template"].inputs["networkInterfaces"] == private
    assert made["test-controller-0-files"].inputs["connection"]["host"] == "private of test-controller-0"


def test_a_network_of_the_users_is_left_alone() -> None:
    made = mocks.cluster(private_nodes=True, **OWN_NETWORK)
    for kind in ("Network", "Subnetwork", "Router", "RouterNat"):
        assert compute(made, kind) == {}
    assert {each["network"] for each in compute(made, "Firewall").values()} == {"networks/own"}
    assert made["test-controller-0"].inputs["networkInterfaces"][0]["subnetwork"] == "subnetworks/own"
    assert made["test-worker-template"].inputs["networkInterfaces"][0]["subnetwork"] == "subnetworks/own"
    assert (outputs(made)["network"], outputs(made)["subnetwork"]) == ("networks/own", "subnetworks/own")


def test_identities_keys_and_settings_of_machines() -> None:
    accounts = {role: f"{role}s@example.iam.gserviceaccount.com" for role in ("controller", "worker")}
    machine = {"type": "n1-standard-4", "secure_boot": True, "disk_type": "pd-ssd", "disk_size_gb": 50}
    made = mocks.cluster(
        **{f"{role}_service_account": email for role, email in accounts.items()},
        disk_kms_key="keys/own",
        controller_machine=machine,
        worker_machine={**machine, "spot": True, "accelerators": [{"type": "nvidia-tesla-t4", "count": 2}]},
    )
    controller, template = made["test-controller-0"].inputs, made["test-worker-template"].inputs
    for role, found in (("controller", controller), ("worker", template)):
        scopes = ["https://www.googleapis.com/auth/cloud-platform"]
        assert found["serviceAccount"] == {"email": accounts[role], "scopes": scopes}
        assert found["shieldedInstanceConfig"] == {"enableSecureBoot": True}
        assert found["machineType"] == "n1-standard-4"
    assert controller["bootDisk"] == {
        "initializeParams": {"image": FCOS, "size": 50, "type": "pd-ssd"},
        "kmsKeySelfLink": "keys/own",
    }
    (disk,) = template["disks"]
    assert (disk["diskEncryptionKey"], disk["diskType"]) == ({"kmsKeySelfLink": "keys/own"}, "pd-ssd")
    assert template["guestAccelerators"] == [{"type": "nvidia-tesla-t4", "count": 2}]
    assert template["scheduling"]["provisioningModel"] == "SPOT"


def test_pools_of_arm64_have_their_image() -> None:
    made = mocks.cluster(worker_pools=[{"name": "arm", "architecture": "arm64"}])
    (disk,) = made["test-arm-template"].inputs["disks"]
    assert disk["sourceImage"] == f"{FCOS}-arm64"


def test_outputs(made: Recording) -> None:
    found = outputs(made)
    access = found["worker_access"]
    assert isinstance(access, Secret)
    assert {key: access.value[key] for key in ("network", "subnetwork", "ssh_public_key")} == {
        **IN_NETWORK,
        "subnetwork": "link of test-subnetwork",
        "ssh_public_key": "openssh public test-ssh-key\n",
    }
    assert found["addresses"] == {name: f"public of {name}" for name in CONTROLLERS}
    assert (found["ingress_ipv4"], found["ingress_ipv6"]) == (
        "address of test-ingress-ipv4",
        "address of test-ingress-ipv6",
    )
    assert found["worker_instance_groups"] == {pool: f"instances of test-{pool}-group" for pool in ("worker", "gpu")}
    assert found["worker_target_pools"] == {pool: f"link of test-{pool}-targets" for pool in ("worker", "gpu")}


def test_a_pool_beside_the_cluster_is_like_one_of_it(made: Recording) -> None:
    beside = mocks.pool(workers=2)
    component = beside.component("tradewind:google_cloud:WorkerPool")
    group = beside["test-gpu-group"]
    assert group.parent == component.urn
    own = made["test-gpu-group"].inputs
    assert {**group.inputs, "allInstancesConfig": None} == {**own, "allInstancesConfig": None}
    assert group.secrets == {"allInstancesConfig"}
    assert json.loads(group.inputs["allInstancesConfig"]["metadata"]["user-data"])["passwd"]["users"] == [
        {"name": "core", "sshAuthorizedKeys": [mocks.ACCESS["ssh_public_key"]]}
    ]
    template = beside["test-gpu-template"].inputs
    assert template["networkInterfaces"] == [{"subnetwork": "subnetworks/test", "accessConfigs": [{}]}]
    assert template["tags"] == ["test-worker"]
    assert beside.outputs[component.urn] == {
        "instance_group": "instances of test-gpu-group",
        "target_pool": "link of test-gpu-targets",
    }


def disk_of(access: dict[str, str], **changes: Any) -> str:
    (disk,) = mocks.pool(access={**mocks.ACCESS, **access}, **changes)["test-gpu-template"].inputs["disks"]
    return str(disk["deviceName"])


def account(name: str) -> str:
    return f"{name}@example.iam.gserviceaccount.com"


def test_a_renewed_token_is_no_reason_to_replace_machines() -> None:
    before = disk_of({})
    assert disk_of({"bootstrap_kubeconfig": "another token"}) == before
    assert disk_of({}, workers=5) == before
    assert disk_of({}, of_cluster={"controller_service_account": account("controllers")}) == before


@pytest.mark.parametrize(
    ("access", "changes"),
    [
        ({"ca_cert_pem": "another authority"}, {}),
        ({"ssh_public_key": "ssh-ed25519 BBBB deliveries"}, {}),
        ({"subnetwork": "subnetworks/another"}, {}),
        ({}, {"labels": {"example.com/tier": "gold"}}),
        ({}, {"machine": {"type": "e2-standard-2"}}),
        ({}, {"snippets": [SNIPPET]}),
        ({}, {"architecture": "arm64"}),
        ({}, {"of_cluster": {"disk_kms_key": "keys/own"}}),
        ({}, {"of_cluster": {"worker_service_account": account("workers")}}),
        ({}, {"of_cluster": {"private_nodes": True, "bastion": BASTION}}),
    ],
)
def test_everything_else_is(access: dict[str, str], changes: dict[str, Any]) -> None:
    assert disk_of(access, **changes) != disk_of({})


def test_no_two_settings_of_machines_are_taken_for_each_other() -> None:
    keyed = disk_of({}, of_cluster={"disk_kms_key": account("same")})
    assert disk_of({}, of_cluster={"worker_service_account": account("same")}) != keyed
