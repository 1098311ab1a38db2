"""Values of single objects that come from the spec, and what each add-on relies on."""

import json

import pytest
import yaml

from tests.unit.manifests.reading import find, pod_of
from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE, SHARED_KERNEL


@pytest.mark.parametrize(("spec", "address"), [(DEFAULT, "10.3.0.10"), (HIGHLY_AVAILABLE, "10.96.0.10")])
def test_cluster_dns_has_the_tenth_service_address(spec, address):
    assert find("coredns/service.yaml", spec)["spec"]["clusterIP"] == address


def test_the_dns_service_reaches_the_ports_of_coredns():
    ports = {
        (each["name"], each["protocol"]) for each in pod_of(find("coredns/deployment.yaml"))["containers"][0]["ports"]
    }
    for each in find("coredns/service.yaml")["spec"]["ports"]:
        assert (each["targetPort"], each["protocol"]) in ports


@pytest.mark.parametrize(("spec", "replicas"), [(DEFAULT, 2), (HIGHLY_AVAILABLE, 3)])
def test_coredns_replicas(spec, replicas):
    assert find("coredns/deployment.yaml", spec)["spec"]["replicas"] == replicas


def test_the_in_cluster_kubeconfig_names_files_and_holds_no_credential():
    config = yaml.safe_load(find("kubeconfig-in-cluster.yaml", HIGHLY_AVAILABLE)["data"]["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://api.example.com:443"
    assert list(config["users"][0]["user"]) == ["tokenFile"]
    assert find("in-cluster.yaml", HIGHLY_AVAILABLE)["data"] == {
        "apiserver-host": "api.example.com",
        "apiserver-port": "443",
    }


def proxy_config(spec=DEFAULT):
    return yaml.safe_load(find("kube-proxy/config.yaml", spec)["data"]["config.yaml"])


def test_kube_proxy_configuration():
    config = proxy_config()
    assert config["mode"] == "nftables"
    assert config["metricsBindAddress"] == "127.0.0.1:10249"
    assert config["clusterCIDR"] == "10.20.0.0/14"
    assert "conntrack" not in config


def test_a_shared_kernels_connection_tracking_is_left_alone():
    assert set(proxy_config(SHARED_KERNEL)["conntrack"].values()) == {0, "0s"}


def test_flannel_network():
    data = find("network/config.yaml", HIGHLY_AVAILABLE)["data"]
    network, plugins = json.loads(data["net-conf.json"]), json.loads(data["cni-conf.json"])
    assert network == {"Network": "10.128.0.0/16", "EnableNFTables": True, "Backend": {"Type": "vxlan"}}
    assert [each["type"] for each in plugins["plugins"]] == ["flannel", "portmap"]
