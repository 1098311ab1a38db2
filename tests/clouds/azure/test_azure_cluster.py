"""A cluster on Azure under mocks: every resource, and every input that matters."""

import json
from base64 import b64decode
from typing import Any

import pulumi
import pytest

from tests.support.recording import Recording, Registered, Secret, record
from tests.unit.platforms.azure_args import ARGS, ENCRYPTION, FLATCAR, IDENTITY, IMAGE, NETWORK, RSA_KEY, spec
from tradewind.kubelet import Role
from tradewind.platforms.azure.cluster import Cluster
from tradewind.platforms.azure.firewall import security_rules
from tradewind.platforms.azure.worker_pool import WorkerPool

AZURE = "azure-native"
RULE = f"{AZURE}:network:SecurityRule"


def private(args: Any) -> list[dict[str, Any]]:
    return [{**each, "privateIPAddress": f"private {args.name}"} for each in args.inputs["ipConfigurations"]]


def identities(args: Any) -> dict[str, Any]:
    """Azure takes a list and gives a mapping back."""
    own = args.inputs.get("identity")
    return (
        {"identity": {**own, "userAssignedIdentities": {id_: {} for id_ in own["userAssignedIdentities"]}}}
        if own
        else {}
    )


MADE = {
    f"{AZURE}:resources:ResourceGroup": lambda args: {"name": f"{args.name}-group"},
    f"{AZURE}:network:VirtualNetwork": lambda args: {"name": args.name},
    f"{AZURE}:network:NetworkSecurityGroup": lambda args: {"name": args.name},
    f"{AZURE}:network:PublicIPAddress": lambda args: {"ipAddress": f"address of {args.name}"},
    f"{AZURE}:network:NetworkInterface": lambda args: {"ipConfigurations": private(args)},
    f"{AZURE}:network:LoadBalancer": lambda args: {
        "frontendIPConfigurations": [
            {**each, "privateIPAddress": f"private {args.name}"} for each in args.inputs["frontendIPConfigurations"]
        ]
    },
    f"{AZURE}:compute:VirtualMachine": lambda args: {"vmId": f"id of {args.name}", **identities(args)},
    f"{AZURE}:compute:VirtualMachineScaleSet": identities,
}
IPV6 = "fd12:3456:789a::/48"
DELIVERY_KEY = "openssh public test-ssh-key\n"
FIRST_BOOT = ["availabilitySet", "osProfile", "plan", "securityProfile", "storageProfile", "tags.snippets", "zones"]


def made(given: dict[str, Any], **changes: Any) -> Recording:
    return record(lambda: Cluster("azure", {**given, "ipv6_cidr": IPV6, **changes}), made=MADE)


@pytest.fixture(scope="module", name="plain")
def fixture_plain() -> Recording:
    """Fedora CoreOS, as small as it gets."""
    return made(ARGS)


@pytest.fixture(scope="module", name="flatcar")
def fixture_flatcar() -> Recording:
    """Flatcar with everything that is public."""
    pool = {
        "name": "gpu",
        "workers": 2,
        "architecture": "arm64",
        "machine": {"spot": True, "ephemeral_disk": "NvmeDisk"},
    }
    return made(
        FLATCAR,
        controllers=3,
        api_port=8443,
        zones=["1", "2"],
        workers=0,
        worker_pools=[pool],
        ipv6_load_balancing=True,
        http_load_balancing=True,
        encryption_at_host=True,
        disk_encryption_set_id=ENCRYPTION,
        azure_authorized_key=RSA_KEY,
        controller_machine={"identity_ids": [IDENTITY]},
    )


@pytest.fixture(scope="module", name="hidden")
def fixture_hidden() -> Recording:
    """Private nodes and an internal API in a network of the user's own."""
    changes = {"private_nodes": True, "internal_api": True, "virtual_network_id": NETWORK}
    return record(lambda: Cluster("azure", {**ARGS, **changes}), made=MADE)


def names(recording: Recording, kind: str) -> list[str]:
    return sorted(each.name for each in recording.of_type(f"{AZURE}:{kind}"))


def ids(parts: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in parts]


def test_every_resource_of_azure_is_the_components_in_one_region_and_group(plain: Recording) -> None:
    component = plain.component("tradewind:azure:Cluster")
    own = [each for each in plain.resources if each.type.startswith(AZURE)]
    assert {each.parent for each in own if each.type != RULE} == {component.urn}
    for each in own:
        if each.type not in (f"{AZURE}:resources:ResourceGroup", f"{AZURE}:dns:RecordSet"):
            assert each.inputs["resourceGroupName"] == "test-group", each.name
        if each.type not in (f"{AZURE}:dns:RecordSet", f"{AZURE}:network:Subnet", RULE):
            assert each.inputs["location"] == "westeurope", each.name


def test_what_may_be_replaced_is_named_by_the_engine(plain: Recording) -> None:
    """Only machines, whose names are nodes', and records have names that are fixed; they go before they come again."""
    fixed = {
        each.name: each.request.deleteBeforeReplace
        for each in plain.resources
        if each.type.startswith(AZURE)
        and {key for key in each.inputs if key.lower().endswith("name")}
        - {"resourceGroupName", "virtualNetworkName", "networkSecurityGroupName", "zoneName"}
    }
    assert fixed == dict.fromkeys(["test-controller-0", "test-apiserver-ipv4", "test-etcd0-ipv4"], True)


def test_a_new_network_has_the_ranges_of_machines_of_both_versions_of_ip(plain: Recording) -> None:
    assert plain["test-network"].inputs["addressSpace"] == {"addressPrefixes": ["10.0.0.0/16", IPV6]}
    for role, ranges in (
        ("controller", ["10.0.0.0/17", "fd12:3456:789a::/64"]),
        ("worker", ["10.0.128.0/17", "fd12:3456:789a:1::/64"]),
    ):
        subnet = plain[f"test-{role}-subnet"]
        assert subnet.inputs["addressPrefixes"] == ranges
        assert subnet.inputs["virtualNetworkName"] == "test-network"
        assert subnet.inputs["networkSecurityGroup"] == {"id": f"test-{role}-firewall-id"}
        assert subnet.inputs["defaultOutboundAccess"] is False
        assert "natGateway" not in subnet.inputs
    assert plain["test-controller-subnet"].urn in plain["test-worker-subnet"].depends_on


def camel(rule: Any) -> dict[str, Any]:
    return {
        "".join(part.title() if place else part for place, part in enumerate(key.split("_"))): rule[key] for key in rule
    }


@pytest.mark.parametrize("role", Role)
def test_firewalls_have_the_rules_of_the_matrix_with_the_addresses_of_nodes(plain: Recording, role: Role) -> None:
    public = {
        family: [f"address of test-{who}-{family.value.lower()}" for who in ("load-balancer", "controller-0")]
        for family in spec().families
    }
    rules = security_rules(role, spec(ipv6_cidr=IPV6), public)
    group = plain[f"test-{role.value}-firewall"]
    made = {each.name: each.inputs for each in plain.children(group)}
    places = {"resourceGroupName": "test-group", "networkSecurityGroupName": group.name}
    assert made == {f"test-{role.value}-{name}": {**camel(rule), **places} for name, rule in rules.items()}


@pytest.mark.parametrize("role", Role)
def test_a_firewall_leaves_rules_of_others_alone_and_its_own_go_with_it(plain: Recording, role: Role) -> None:
    """A list of its own would be all rules that a group may have."""
    group = plain[f"test-{role.value}-firewall"]
    assert "securityRules" not in group.inputs
    assert {each.request.deletedWith for each in plain.children(group)} == {group.urn}


@pytest.mark.parametrize("role", Role)
def test_a_subnet_waits_for_a_firewall_whose_rules_come_one_after_another(plain: Recording, role: Role) -> None:
    before = plain[f"test-{role.value}-firewall"]
    for rule in plain.children(before):
        assert before.urn in rule.depends_on, rule.name
        before = rule
    assert before.name == f"test-{role.value}-deny"
    assert before.urn in plain[f"test-{role.value}-subnet"].depends_on


def test_public_addresses_are_static_and_of_the_standard_kind(plain: Recording) -> None:
    assert names(plain, "network:PublicIPAddress") == [
        f"test-{who}-{family}" for who in ("controller-0", "load-balancer") for family in ("ipv4", "ipv6")
    ]
    for each in plain.of_type(f"{AZURE}:network:PublicIPAddress"):
        assert each.inputs["publicIPAllocationMethod"] == "Static"
        assert each.inputs["sku"] == {"name": "Standard"}
        assert each.inputs["publicIPAddressVersion"] == ("IPv6" if each.name.endswith("6") else "IPv4")


def rules_of(balancer: Registered) -> dict[str, tuple[Any, ...]]:
    return {
        rule["name"]: (
            rule["frontendPort"],
            rule["backendPort"],
            rule["frontendIPConfiguration"]["id"],
            rule["backendAddressPool"]["id"],
            rule["probe"]["id"],
        )
        for rule in balancer.inputs["loadBalancingRules"]
    }


def rule(ports: tuple[int, int], family: str, role: str, probe: str) -> tuple[Any, ...]:
    pool = f"$self/backendAddressPools/{role}-{family}"
    return *ports, f"$self/frontendIPConfigurations/{family}", pool, f"$self/probes/{probe}"


def test_the_load_balancer_takes_https_and_the_api_over_ipv4_by_default(plain: Recording) -> None:
    balancer = plain["test-load-balancer"]
    assert balancer.inputs["sku"] == {"name": "Standard"}
    assert rules_of(balancer) == {
        "https-ipv4": rule((443, 443), "ipv4", "worker", "ingress"),
        "apiserver-ipv4": rule((6443, 6443), "ipv4", "controller", "apiserver"),
    }
    for each in balancer.inputs["loadBalancingRules"]:
        assert (each["protocol"], each["disableOutboundSnat"], each["enableTcpReset"]) == ("Tcp", True, True)


def test_http_and_ipv6_are_for_those_who_pay_for_them(flatcar: Recording) -> None:
    assert rules_of(flatcar["test-load-balancer"]) == {
        f"{name}-{family}": rule(ports, family, role, probe)
        for family in ("ipv4", "ipv6")
        for name, ports, role, probe in (
            ("https", (443, 443), "worker", "ingress"),
            ("http", (80, 80), "worker", "ingress"),
            ("apiserver", (8443, 6443), "controller", "apiserver"),
        )
    }


@pytest.mark.parametrize("changes", [{}, {"ipv6_load_balancing": True}, {"internal_api": True, "owned_objects": False}])
def test_pools_stay_when_nothing_leads_to_them_any_more(changes: dict[str, Any]) -> None:
    """Azure removes no pool that a machine is still in."""
    pools = made(ARGS, **changes)["test-load-balancer"].inputs["backendAddressPools"]
    families = ("ipv4", "ipv6")
    assert pools == [{"name": f"{role}-{family}"} for role in ("worker", "controller") for family in families]


def test_what_is_asked_of_machines_behind_the_load_balancer(plain: Recording) -> None:
    often = {"intervalInSeconds": 5, "probeThreshold": 3}
    assert plain["test-load-balancer"].inputs["probes"] == [
        {"name": "ingress", "protocol": "Http", "port": 10254, "requestPath": "/healthz", **often},
        {"name": "apiserver", "protocol": "Tcp", "port": 6443, **often},
    ]


def test_workers_go_out_by_the_load_balancers_addresses(plain: Recording) -> None:
    balancer = plain["test-load-balancer"].inputs
    assert balancer["frontendIPConfigurations"] == [
        {"name": family, "publicIPAddress": {"id": f"test-load-balancer-{family}-id"}} for family in ("ipv4", "ipv6")
    ]
    assert balancer["outboundRules"] == [
        {
            "name": f"worker-{family}",
            "protocol": "All",
            "frontendIPConfigurations": [{"id": f"$self/frontendIPConfigurations/{family}"}],
            "backendAddressPool": {"id": f"$self/backendAddressPools/worker-{family}"},
        }
        for family in ("ipv4", "ipv6")
    ]


def test_names_are_records_of_the_users_zone(plain: Recording) -> None:
    for name, relative, address in (
        ("test-apiserver-ipv4", "test", "address of test-load-balancer-ipv4"),
        ("test-etcd0-ipv4", "test-etcd0", "private test-controller-0-nic"),
    ):
        assert plain[name].inputs == {
            "resourceGroupName": "names",
            "zoneName": "example.com",
            "relativeRecordSetName": relative,
            "recordType": "A",
            "ttl": 300,
            "aRecords": [{"ipv4Address": address}],
        }
    assert names(plain, "dns:RecordSet") == ["test-apiserver-ipv4", "test-etcd0-ipv4"]


def test_the_api_has_a_name_for_ipv6_only_where_the_load_balancer_takes_it(flatcar: Recording) -> None:
    record = flatcar["test-apiserver-ipv6"].inputs
    assert (record["recordType"], record["relativeRecordSetName"]) == ("AAAA", "test")
    assert record["aaaaRecords"] == [{"ipv6Address": "address of test-load-balancer-ipv6"}]


def test_deliveries_wait_for_the_names(plain: Recording) -> None:
    assert {plain[name].urn for name in names(plain, "dns:RecordSet")} <= plain["test-controller-0-files"].depends_on


def test_a_controller_has_addresses_of_both_versions_and_is_behind_the_api(plain: Recording) -> None:
    v4, v6 = plain["test-controller-0-nic"].inputs["ipConfigurations"]
    assert v4 == {
        "name": "ipv4",
        "primary": True,
        "privateIPAddressVersion": "IPv4",
        "privateIPAllocationMethod": "Dynamic",
        "subnet": {"id": "test-controller-subnet-id"},
        "publicIPAddress": {"id": "test-controller-0-ipv4-id"},
        "loadBalancerBackendAddressPools": [{"id": "test-load-balancer-id/backendAddressPools/controller-ipv4"}],
    }
    assert (v6["primary"], v6["privateIPAddressVersion"]) == (False, "IPv6")
    assert v6["publicIPAddress"] == {"id": "test-controller-0-ipv6-id"}
    # The load balancer takes no IPv6.
    assert "loadBalancerBackendAddressPools" not in v6


def test_a_controller_boots_its_config_once(plain: Recording) -> None:
    machine = plain["test-controller-0"]
    profile = machine.inputs["osProfile"]
    config = json.loads(b64decode(profile["customData"]))
    assert config["passwd"]["users"] == [{"name": "core", "sshAuthorizedKeys": [DELIVERY_KEY.strip()]}]
    hostname = next(file for file in config["storage"]["files"] if file["path"] == "/etc/hostname")
    assert "test-controller-0" in hostname["contents"]["source"]
    assert machine.secrets == set()
    assert list(machine.request.ignoreChanges) == FIRST_BOOT
    assert list(machine.request.replaceOnChanges) == []
    assert machine.request.deleteBeforeReplace is True


def test_a_controllers_machine(plain: Recording) -> None:
    inputs = plain["test-controller-0"].inputs
    assert inputs["vmName"] == inputs["osProfile"]["computerName"] == "test-controller-0"
    assert inputs["hardwareProfile"] == {"vmSize": "Standard_B2s"}
    assert inputs["storageProfile"] == {
        "imageReference": {"id": IMAGE},
        "osDisk": {
            "createOption": "FromImage",
            "deleteOption": "Delete",
            "caching": "None",
            "diskSizeGB": 30,
            "managedDisk": {"storageAccountType": "Premium_LRS"},
        },
    }
    assert inputs["networkProfile"] == {"networkInterfaces": [{"id": "test-controller-0-nic-id", "primary": True}]}
    assert inputs["diagnosticsProfile"] == {"bootDiagnostics": {"enabled": True}}
    assert inputs["availabilitySet"] == {"id": "test-controllers-id"}
    assert not {"plan", "identity", "securityProfile", "tags", "zones"} & set(inputs)


@pytest.mark.parametrize(("cluster", "zones"), [("plain", "none"), ("flatcar", "some")])
def test_the_state_keeps_whether_controllers_are_in_zones(
    request: pytest.FixtureRequest, cluster: str, zones: str
) -> None:
    recording: Recording = request.getfixturevalue(cluster)
    kept = recording.component("tradewind:azure:Cluster").inputs
    assert (kept["controller_zones"], kept["controller_architecture"]) == (zones, "amd64")


def test_controllers_without_zones_are_in_an_availability_set(plain: Recording) -> None:
    placed = plain["test-controllers"].inputs
    assert (placed["platformFaultDomainCount"], placed["sku"]) == (2, {"name": "Aligned"})


def test_controllers_are_placed_in_one_zone_after_the_other(flatcar: Recording) -> None:
    machines = [flatcar[f"test-controller-{index}"].inputs for index in range(3)]
    assert [each["zones"] for each in machines] == [["1"], ["2"], ["1"]]
    assert names(flatcar, "compute:AvailabilitySet") == []


def test_encryption_identities_and_keys_reach_controllers(flatcar: Recording) -> None:
    inputs = flatcar["test-controller-0"].inputs
    assert inputs["securityProfile"] == {"encryptionAtHost": True}
    assert inputs["storageProfile"]["osDisk"]["managedDisk"]["diskEncryptionSet"] == {"id": ENCRYPTION}
    assert inputs["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    assert inputs["plan"] == {
        "publisher": "kinvolk",
        "product": "flatcar-container-linux-free",
        "name": "stable-gen2",
    }
    assert inputs["osProfile"]["linuxConfiguration"]["ssh"]["publicKeys"] == [
        {"path": "/home/core/.ssh/authorized_keys", "keyData": RSA_KEY}
    ]


@pytest.mark.parametrize(("cluster", "agent"), [("plain", False), ("flatcar", True)])
def test_only_flatcar_has_azures_agent(request: pytest.FixtureRequest, cluster: str, agent: bool) -> None:
    recording: Recording = request.getfixturevalue(cluster)
    group = recording.of_type(f"{AZURE}:compute:VirtualMachineScaleSet")[0].inputs
    for profile in (recording["test-controller-0"].inputs["osProfile"], group["virtualMachineProfile"]["osProfile"]):
        assert profile["adminUsername"] == "core"
        assert profile["allowExtensionOperations"] is agent
        assert profile["linuxConfiguration"]["provisionVMAgent"] is agent
        assert profile["linuxConfiguration"]["disablePasswordAuthentication"] is True


def test_another_first_boot_is_taken_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_REPLACE", "test-controller-0")
    machine = made(ARGS)["test-controller-0"]
    assert list(machine.request.ignoreChanges) == []
    assert list(machine.request.replaceOnChanges) == FIRST_BOOT


def test_the_state_keeps_a_digest_of_a_controllers_snippets() -> None:
    snippet = {"config": '{"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/own"}]}}'}
    tags = made(ARGS, controller_snippets=[snippet])["test-controller-0"].inputs["tags"]
    assert list(tags) == ["snippets"]
    assert len(tags["snippets"]) == 64


def test_controllers_are_reached_at_their_public_addresses(plain: Recording) -> None:
    files = plain["test-controller-0-files"]
    assert files.inputs["connection"]["host"] == "address of test-controller-0-ipv4"
    assert files.inputs["triggers"] == ["id of test-controller-0"]


def test_workers_are_a_scale_set_behind_the_load_balancer(plain: Recording) -> None:
    group = plain["test-worker"]
    inputs = group.inputs
    assert group.type == f"{AZURE}:compute:VirtualMachineScaleSet"
    assert inputs["orchestrationMode"] == "Flexible"
    assert inputs["platformFaultDomainCount"] == 1
    assert inputs["sku"] == {"name": "Standard_D2as_v5", "tier": "Standard", "capacity": 1}
    assert inputs["upgradePolicy"] == {"mode": "Manual"}
    machine = inputs["virtualMachineProfile"]
    assert machine["priority"] == "Regular"
    assert machine["osProfile"]["computerNamePrefix"] == "test-worker"
    assert machine["storageProfile"] == {
        "imageReference": {"id": IMAGE},
        "osDisk": {
            "createOption": "FromImage",
            "deleteOption": "Delete",
            "caching": "ReadOnly",
            "diskSizeGB": 30,
            "managedDisk": {"storageAccountType": "StandardSSD_LRS"},
        },
    }
    assert machine["networkProfile"]["networkApiVersion"] == "2020-11-01"
    (nic,) = machine["networkProfile"]["networkInterfaceConfigurations"]
    assert (nic["name"], nic["primary"], nic["deleteOption"]) == ("nic0", True, "Delete")
    assert nic["ipConfigurations"] == [
        {
            "name": family.lower(),
            "primary": family == "IPv4",
            "privateIPAddressVersion": family,
            "subnet": {"id": "test-worker-subnet-id"},
            "loadBalancerBackendAddressPools": [
                {"id": f"test-load-balancer-id/backendAddressPools/worker-{family.lower()}"}
            ],
        }
        for family in ("IPv4", "IPv6")
    ]
    assert plain["azure-bootstrap"].urn in group.depends_on


def test_user_data_of_workers_is_secret_and_lets_them_join(plain: Recording) -> None:
    group = plain["test-worker"]
    assert group.secrets == {"virtualMachineProfile"}
    config = json.loads(b64decode(group.inputs["virtualMachineProfile"]["userData"]))
    paths = {file["path"] for file in config["storage"]["files"]}
    assert {"/etc/kubernetes/kubeconfig", "/etc/kubernetes/pki/ca.crt"} <= paths
    assert "/etc/hostname" not in paths


def test_a_setting_makes_up_for_machines_that_are_taken_back(flatcar: Recording) -> None:
    setting = flatcar["test-gpu-maintain-desired"]
    assert setting.inputs["targetResourceUri"] == "test-gpu-id"
    assert setting.inputs["enabled"] is True
    assert setting.inputs["profiles"] == [
        {"name": "default", "capacity": {"minimum": "2", "default": "2", "maximum": "2"}, "rules": []}
    ]
    assert list(setting.request.replaceOnChanges) == ["targetResourceUri"]


def test_a_pool_without_workers_is_no_scale_set(flatcar: Recording) -> None:
    assert names(flatcar, "compute:VirtualMachineScaleSet") == ["test-gpu"]


def test_spot_machines_of_arm64_with_disks_of_the_host(flatcar: Recording) -> None:
    inputs = flatcar["test-gpu"].inputs
    machine = inputs["virtualMachineProfile"]
    assert (machine["priority"], machine["evictionPolicy"]) == ("Spot", "Delete")
    assert machine["billingProfile"] == {"maxPrice": -1}
    disk = machine["storageProfile"]["osDisk"]
    assert disk["diffDiskSettings"] == {"option": "Local", "placement": "NvmeDisk"}
    assert disk["managedDisk"]["storageAccountType"] == "Standard_LRS"
    assert machine["storageProfile"]["imageReference"]["offer"] == "flatcar-container-linux-corevm"
    assert machine["securityProfile"] == {"encryptionAtHost": True}
    assert inputs["sku"]["name"] == "Standard_D2ps_v5"
    assert inputs["zones"] == ["1", "2"]
    assert "plan" not in inputs


HEALTH = {
    "name": "health",
    "publisher": "Microsoft.ManagedServices",
    "type": "ApplicationHealthLinux",
    "typeHandlerVersion": "1.0",
    "autoUpgradeMinorVersion": True,
    "settings": {"protocol": "http", "port": 10256, "requestPath": "/healthz"},
}


def test_machines_are_repaired_where_kube_proxy_tells_how_they_are(flatcar: Recording) -> None:
    inputs = flatcar["test-gpu"].inputs
    assert inputs["automaticRepairsPolicy"] == {"enabled": True, "gracePeriod": "PT15M", "repairAction": "Replace"}
    assert inputs["virtualMachineProfile"]["extensionProfile"] == {"extensions": [HEALTH]}


@pytest.mark.parametrize(
    ("given", "changes"), [(ARGS, {}), (FLATCAR, {"kube_proxy": False}), (FLATCAR, {"networking": "none"})]
)
def test_machines_are_not_repaired_where_nobody_can_tell(given: dict[str, Any], changes: dict[str, Any]) -> None:
    inputs = made(given, **changes)["test-worker"].inputs
    assert "automaticRepairsPolicy" not in inputs
    assert "extensionProfile" not in inputs["virtualMachineProfile"]


def revision(given: dict[str, Any] = ARGS, **changes: Any) -> str:
    found = made(given, **changes)["test-worker"]
    assert list(found.request.replaceOnChanges) == ["tags.revision"]
    return str(found.inputs["tags"]["revision"])


def test_what_running_machines_have_makes_a_new_scale_set_and_nothing_else_does() -> None:
    first = revision()
    other_image = IMAGE.replace("fedora-coreos", "newer")
    for same in ({"workers": 3}, {"image_id": other_image}, {"controller_machine": {"type": "Standard_D2as_v5"}}):
        assert revision(**same) == first
    others = [
        {"worker_machine": {"type": "Standard_D4as_v5"}},
        {"worker_machine": {"disk_size": 60}},
        {"worker_machine": {"spot": True}},
        {"worker_machine": {"identity_ids": [IDENTITY]}},
        {"disk_encryption_set_id": ENCRYPTION},
        {"encryption_at_host": True},
        {"zones": ["1"]},
        {"worker_labels": {"tier": "gold"}},
    ]
    assert len({first, *(revision(**each) for each in others)}) == 1 + len(others)


def test_what_azure_keeps_of_an_image_makes_a_new_scale_set() -> None:
    """Another SKU or plan, or an image of one's own in the place of the marketplace's, and back."""
    streams = [revision(FLATCAR, os_stream=stream) for stream in ("stable", "beta", "alpha")]
    own = revision(FLATCAR, image_id=IMAGE)
    assert revision(FLATCAR) == streams[0]
    assert len({*streams, own}) == 4
    # No SKU of the marketplace's.
    assert revision(FLATCAR, image_id=IMAGE, os_stream="beta") == own


def test_private_nodes_go_out_by_a_nat_and_have_no_public_address(hidden: Recording) -> None:
    assert names(hidden, "network:PublicIPAddress") == ["test-load-balancer-ipv4", "test-nat-ipv4"]
    nat = hidden["test-nat"].inputs
    assert (nat["sku"], nat["publicIpAddresses"]) == ({"name": "Standard"}, [{"id": "test-nat-ipv4-id"}])
    for role in ("controller", "worker"):
        assert hidden[f"test-{role}-subnet"].inputs["natGateway"] == {"id": "test-nat-id"}
    (v4,) = hidden["test-controller-0-nic"].inputs["ipConfigurations"]
    assert "publicIPAddress" not in v4
    assert hidden["test-load-balancer"].inputs["outboundRules"] == []
    assert hidden["test-controller-0-files"].inputs["connection"]["host"] == "private test-controller-0-nic"


def test_the_api_lets_the_nat_in(hidden: Recording) -> None:
    sources = hidden["test-controller-apiserver-nodes-ipv4"].inputs["sourceAddressPrefixes"]
    assert "address of test-nat-ipv4" in sources


def test_a_network_of_the_users_own_gets_two_subnets(hidden: Recording) -> None:
    assert names(hidden, "network:VirtualNetwork") == []
    for role, place in (("controller", "10.0.0.0/17"), ("worker", "10.0.128.0/17")):
        inputs = hidden[f"test-{role}-subnet"].inputs
        assert (inputs["resourceGroupName"], inputs["virtualNetworkName"]) == ("shared", "office")
        assert inputs["addressPrefixes"] == [place]


def test_an_internal_api_has_a_load_balancer_within_the_network(hidden: Recording) -> None:
    balancer = hidden["test-internal-load-balancer"]
    assert balancer.inputs["frontendIPConfigurations"] == [
        {
            "name": "ipv4",
            "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": "test-controller-subnet-id"},
        }
    ]
    assert rules_of(balancer) == {"apiserver-ipv4": rule((6443, 6443), "ipv4", "controller", "apiserver")}
    assert rules_of(hidden["test-load-balancer"]) == {"https-ipv4": rule((443, 443), "ipv4", "worker", "ingress")}
    (v4,) = hidden["test-controller-0-nic"].inputs["ipConfigurations"]
    assert ids(v4["loadBalancerBackendAddressPools"]) == [
        "test-internal-load-balancer-id/backendAddressPools/controller-ipv4"
    ]
    assert hidden["test-apiserver-ipv4"].inputs["aRecords"] == [{"ipv4Address": "private test-internal-load-balancer"}]


def test_an_internal_api_of_a_cluster_in_zones_outlives_each_of_them() -> None:
    balancer = made(ARGS, zones=["1"], internal_api=True, owned_objects=False)["test-internal-load-balancer"]
    (frontend,) = balancer.inputs["frontendIPConfigurations"]
    assert frontend["zones"] == ["1", "2", "3"]


def test_a_controller_reaches_an_internal_api_at_its_own_address(hidden: Recording) -> None:
    """Azure's internal load balancers do not lead a machine back to itself."""
    config = json.loads(b64decode(hidden["test-controller-0"].inputs["osProfile"]["customData"]))
    hosts = next(file for file in config["storage"]["files"] if file["path"] == "/etc/hosts")
    assert "127.0.0.1%20localhost%20test.example.com" in hosts["contents"]["source"]
    workers = json.loads(b64decode(hidden["test-worker"].inputs["virtualMachineProfile"]["userData"]))
    assert "/etc/hosts" not in {file["path"] for file in workers["storage"]["files"]}


def test_outputs_and_which_of_them_are_secret(plain: Recording) -> None:
    outputs = plain.outputs[plain.component("tradewind:azure:Cluster").urn]
    secret = {name for name, value in outputs.items() if isinstance(value, Secret)}
    assert secret == {"kubeconfig", "ssh_private_key", "worker_access"}
    shown = {name: outputs[name] for name in Cluster.__annotations__ if name not in secret}
    assert shown == {
        "location": "westeurope",
        "resource_group_name": "test-group",
        "virtual_network_id": "test-network-id",
        "subnet_ids": {role: f"test-{role}-subnet-id" for role in ("controller", "worker")},
        "security_group_ids": {role: f"test-{role}-firewall-id" for role in ("controller", "worker")},
        "load_balancer_id": "test-load-balancer-id",
        "ingress_addresses": {"ipv4": "address of test-load-balancer-ipv4"},
    }
    assert outputs["addresses"] == {"test-controller-0": "address of test-controller-0-ipv4"}


def test_a_pool_beside_the_cluster_is_a_scale_set_like_those_of_the_cluster() -> None:
    cluster = {**ARGS, "ipv6_cidr": IPV6}
    both = {"name": "gpu", "workers": 2, "labels": {"tier": "gold"}}

    def program() -> None:
        made = Cluster("azure", cluster)  # type: ignore[arg-type]
        args = {"cluster": cluster, "pool": both, "worker_access": made.worker_access}
        WorkerPool("beside", args)  # type: ignore[arg-type]

    beside = record(program, made=MADE)
    own = made(ARGS, worker_pools=[both])
    group = beside["test-gpu"]
    pool = beside.component("tradewind:azure:WorkerPool")
    assert group.parent == pool.urn
    assert group.secrets == {"virtualMachineProfile"}
    assert group.inputs == own["test-gpu"].inputs
    assert beside["test-gpu-maintain-desired"].inputs == own["test-gpu-maintain-desired"].inputs
    assert beside.outputs[pool.urn] == {"scale_set_id": "test-gpu-id"}


def test_ids_that_other_resources_make_are_taken() -> None:
    def program() -> None:
        late = pulumi.Output.from_input(NETWORK)
        Cluster("azure", {**ARGS, "virtual_network_id": late, "image_id": pulumi.Output.from_input(IMAGE)})  # type: ignore[typeddict-unknown-key]

    recording = record(program, made=MADE)
    assert recording["test-controller-subnet"].inputs["virtualNetworkName"] == "office"
    assert recording["test-controller-0"].inputs["storageProfile"]["imageReference"] == {"id": IMAGE}
