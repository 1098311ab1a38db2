"""What Calico is told, and that it may read and write what it needs and no more."""

import json
import re
from dataclasses import replace

import pytest
import yaml

from tests.unit.arguments import arguments
from tests.unit.manifests.reading import containers_of, find, pod_of
from tests.unit.manifests.specs import CALICO, DEFAULT, HIGHLY_AVAILABLE
from tools.paths import CHECKOUT
from tradewind.choices import Networking
from tradewind.host import roles
from tradewind.host.options import HostOptions
from tradewind.manifests import calico
from tradewind.spec import cluster_spec
from tradewind.versions import DEFAULT_VERSION, RELEASES

OTHER = replace(HIGHLY_AVAILABLE, network=replace(HIGHLY_AVAILABLE.network, networking=Networking.CALICO))
OF_OLD_RELEASES = {"globalbgpconfigs", "globalfelixconfigs"}


def container(name, spec=CALICO):
    (found,) = [each for each in containers_of(pod_of(find("network/daemonset.yaml", spec))) if each["name"] == name]
    return found


def settings(name, spec=CALICO):
    return {each["name"]: each.get("value") for each in container(name, spec)["env"]}


@pytest.mark.parametrize(("spec", "pods"), [(CALICO, "10.20.0.0/14"), (OTHER, "10.128.0.0/16")])
def test_the_first_node_makes_a_pool_of_the_pods_range(spec, pods):
    env = settings("calico-node", spec)
    assert env["CALICO_IPV4POOL_CIDR"] == pods
    assert (env["CALICO_IPV4POOL_VXLAN"], env["CALICO_IPV4POOL_IPIP"]) == ("Always", "Never")
    assert env["CALICO_NETWORKING_BACKEND"] == "vxlan"


def test_its_tunnel_has_the_port_of_flannels():
    """Linux's own default, which flannel takes; clouds open one port for every network."""
    assert settings("calico-node")["FELIX_VXLANPORT"] == "8472"
    network = json.loads(find("network/config.yaml", DEFAULT)["data"]["net-conf.json"])
    assert "Port" not in network["Backend"]


def test_its_rules_are_of_the_kind_of_kube_proxys():
    mode = yaml.safe_load(find("kube-proxy/config.yaml", CALICO)["data"]["config.yaml"])["mode"]
    assert (mode, settings("calico-node")["FELIX_NFTABLESMODE"]) == ("nftables", "Enabled")


@pytest.mark.parametrize("name", ["install-cni", "calico-node"])
def test_both_containers_know_the_api_server_by_its_external_name(name):
    env = settings(name, OTHER)
    assert (env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]) == ("api.example.com", "443")


def plugins(spec=CALICO):
    return json.loads(find("network/config.yaml", spec)["data"]["cni-conf.json"])["plugins"]


@pytest.mark.parametrize(
    ("spec", "url"),
    [
        (CALICO, "https://test.example.com:6443"),
        (OTHER, "https://api.example.com:443"),
        (replace(OTHER, api_servers=("fd00::1",)), "https://[fd00::1]:443"),
    ],
)
def test_the_plugin_knows_the_api_server_by_a_url_of_ours(spec, url):
    plugin, portmap = plugins(spec)
    assert plugin["kubernetes"] == {"kubeconfig": "__KUBECONFIG_FILEPATH__", "k8s_api_root": url}
    assert portmap["type"] == "portmap"


def test_the_plugins_configuration_is_the_key_that_install_cni_reads():
    (reference,) = [
        each["valueFrom"] for each in container("install-cni")["env"] if each["name"] == "CNI_NETWORK_CONFIG"
    ]
    config = find("network/config.yaml", CALICO)
    key = reference["configMapKeyRef"]
    assert key["name"] == config["metadata"]["name"]
    assert key["key"] in config["data"]


def test_pods_restart_when_the_plugins_configuration_changes():
    one, other = (
        find("network/daemonset.yaml", spec)["spec"]["template"]["metadata"]["annotations"] for spec in (CALICO, OTHER)
    )
    assert one != other


def rules(part, group="crd.projectcalico.org"):
    return [each for each in find(f"network/cluster-role-{part}.yaml", CALICO)["rules"] if each["apiGroups"] == [group]]


def allowed(part, group="crd.projectcalico.org"):
    """Verbs by resource; those on named objects only are left out."""
    found = {}
    for rule in rules(part, group):
        for resource in rule["resources"] if "resourceNames" not in rule else ():
            found.setdefault(resource, set()).update(rule["verbs"])
    return found


DEFINED = {
    each["spec"]["names"]["plural"]
    for path, each in calico.entries(CALICO).items()
    if each["kind"] == "CustomResourceDefinition"
}


def test_what_an_account_may_touch_is_defined():
    used = {resource.partition("/")[0] for part in ("node", "cni-plugin", "controllers") for resource in allowed(part)}
    assert used - DEFINED == OF_OLD_RELEASES
    assert DEFINED - used == {"clusternetworkpolicies"}
    assert allowed("node", "policy.networking.k8s.io") == {"clusternetworkpolicies": {"list", "watch"}}


def test_a_node_deletes_addresses_only_and_no_policy():
    changes = {resource for resource, verbs in allowed("node").items() if verbs & {"delete", "patch"}}
    assert changes == {"blockaffinities", "ipamblocks", "ipamhandles"}
    policies = [resource for resource in allowed("node") if "polic" in resource]
    assert len(policies) == 5
    assert all(allowed("node")[each] == {"get", "list", "watch"} for each in policies)


def test_no_account_reads_secrets_or_every_config_map():
    for part in ("node", "cni-plugin", "controllers"):
        assert not {"secrets", "configmaps", "serviceaccounts/token", "*"} & set(allowed(part, ""))


def test_a_node_asks_for_a_token_of_the_plugins_account_only():
    (rule,) = [each for each in rules("node", "") if each["resources"] == ["serviceaccounts/token"]]
    assert rule["resourceNames"] == ["calico-cni-plugin"]
    assert find("network/service-account-cni-plugin.yaml", CALICO)["metadata"]["name"] == "calico-cni-plugin"


PAGE = (CHECKOUT / "docs/networking.md").read_text()


def test_the_page_shows_arguments_that_are_taken():
    (block,) = [each for each in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if each.startswith("networking:")]
    spec = cluster_spec(arguments(**yaml.safe_load(block)))
    assert spec.network.networking is Networking.CALICO


def test_the_page_names_the_networks_ports_and_numbers():
    (row,) = re.findall(r"^\| \| (.*) \|$", PAGE, re.MULTILINE)[:1]
    assert re.findall(r"`(\w+)`", row) == [each.value for each in Networking]
    assert (
        f"{sum(each['kind'] == 'CustomResourceDefinition' for each in calico.entries(CALICO).values())} resource"
        in PAGE
    )
    assert re.findall(r"^\| (\d+)/udp", PAGE, re.MULTILINE) == [settings("calico-node")["FELIX_VXLANPORT"]]
    probes = [
        pod_of(find("network/daemonset.yaml", spec))["containers"][0]["livenessProbe"]["httpGet"]["port"]
        for spec in (DEFAULT, CALICO)
    ]
    assert f"{probes[0]} (flannel), {probes[1]} (Calico)" in PAGE
    assert RELEASES[DEFAULT_VERSION].images.calico_node.rpartition(":")[2].rpartition(".")[0] in PAGE


FILES = {
    "/etc/NetworkManager/conf.d/calico.conf": (
        "[keyfile]\nunmanaged-devices=interface-name:cali*;interface-name:vxlan.calico\n"
    ),
    "/etc/systemd/network/10-calico.network": "[Match]\nName=cali* vxlan.calico\n\n[Link]\nUnmanaged=yes\n",
}


@pytest.mark.parametrize(("spec", "expected"), [(CALICO, FILES), (DEFAULT, {})])
def test_hosts_leave_the_interfaces_of_calico_alone(spec, expected):
    for config in (roles.controller(spec, spec.controllers[0], HostOptions()), roles.worker(spec, HostOptions())):
        assert {file.path: file.content for file in config.files if "calico" in file.path} == expected
