"""How hosts get images: every mirror is for pods and for system containers, and the cluster is reached directly."""

import json
import re
import tomllib
from dataclasses import replace

import pytest

from tests.unit.arguments import arguments
from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE, OPTIONS
from tradewind.host import registries
from tradewind.host.options import FEDORA_COREOS, FLATCAR
from tradewind.kubelet import Role
from tradewind.spec import cluster_spec
from tradewind.spec.proxy import proxy

PODMAN = "/etc/containers/registries.conf.d/50-tradewind.conf"


def files(*mirrors: dict) -> dict[str, str]:
    spec = cluster_spec(arguments(registry_mirrors=list(mirrors)))
    return {file.path: file.content for file in registries.mirrors(spec, FEDORA_COREOS)}


def hosts(registry: str, *endpoints: dict) -> dict:
    found = files({"registry": registry, "endpoints": list(endpoints)})
    return tomllib.loads(found[f"/etc/containerd/certs.d/{registry}/hosts.toml"])


def test_mirrors_come_before_the_registry_in_their_order():
    found = hosts("quay.io", {"url": "https://b.example"}, {"url": "https://a.example:8443/"})
    assert found["server"] == "https://quay.io"
    assert list(found["host"]) == ["https://b.example", "https://a.example:8443"]
    assert found["host"]["https://b.example"] == {"capabilities": ["pull", "resolve"]}


def test_docker_hub_is_not_where_its_name_says():
    assert hosts("docker.io", {"url": "https://a.example"})["server"] == "https://registry-1.docker.io"


def test_a_path_is_before_the_names_of_repositories():
    found = files({"registry": "quay.io", "endpoints": [{"url": "https://a.example/proxy/quay"}]})
    host = tomllib.loads(found["/etc/containerd/certs.d/quay.io/hosts.toml"])["host"]
    assert host == {"https://a.example/v2/proxy/quay": {"capabilities": ["pull", "resolve"], "override_path": True}}
    ((registry,),) = tomllib.loads(found[PODMAN]).values()
    assert registry == {
        "prefix": "quay.io",
        "location": "quay.io",
        "mirror": [{"location": "a.example/proxy/quay"}],
    }


def test_authorities_of_mirrors_are_for_both_runtimes():
    spec = OPTIONS
    (pem,) = {each.ca_pem for mirror in spec.registry_mirrors for each in mirror.endpoints if each.ca_pem}
    found = {file.path: file.content for file in registries.mirrors(spec, FEDORA_COREOS)}
    folder = "/etc/containerd/certs.d/docker.io"
    host = tomllib.loads(found[f"{folder}/hosts.toml"])["host"]["https://mirror.example.com"]
    assert found[host["ca"]] == found["/etc/containers/certs.d/mirror.example.com/ca.crt"] == pem


def test_only_what_need_not_prove_who_it_is_is_not_asked_to():
    found = {file.path: file.content for file in registries.mirrors(OPTIONS, FEDORA_COREOS)}
    host = tomllib.loads(found["/etc/containerd/certs.d/docker.io/hosts.toml"])["host"]
    assert {url for url, each in host.items() if each.get("skip_verify")} == {"http://10.0.0.5:5000"}
    mirrors = [each for registry in tomllib.loads(found[PODMAN])["registry"] for each in registry["mirror"]]
    assert [each["location"] for each in mirrors if each.get("insecure")] == ["10.0.0.5:5000"]


def test_without_mirrors_there_is_no_file():
    assert registries.mirrors(DEFAULT, FEDORA_COREOS) == ()
    assert registries.proxies(DEFAULT, Role.CONTROLLER, FEDORA_COREOS) == ()


@pytest.mark.parametrize(
    ("role", "units"),
    [
        (Role.CONTROLLER, {"containerd", "kubelet", "etcd-member", "bootstrap"}),
        (Role.WORKER, {"containerd", "kubelet"}),
    ],
)
def test_every_unit_that_pulls_knows_the_proxy(role, units):
    found = {file.path: file.content for file in registries.proxies(OPTIONS, role, FEDORA_COREOS)}
    assert set(found) == {f"/etc/systemd/system/{unit}.service.d/20-proxy.conf" for unit in units}
    (text,) = set(found.values())
    assert "Environment=HTTP_PROXY=http://proxy.example.com:3128\n" in text
    assert "Environment=HTTPS_PROXY=http://proxy.example.com:3128\n" in text


def test_the_cluster_itself_is_reached_directly():
    spec = replace(HIGHLY_AVAILABLE, proxy=proxy({"https_proxy": "http://p.example", "no_proxy": [".example.org"]}))
    text = registries.proxies(spec, Role.WORKER, FEDORA_COREOS)[0].content
    assert "HTTP_PROXY" not in text
    direct = re.search(r"NO_PROXY=([^\n]+)", text)[1].split(",")
    assert len(set(direct)) == len(direct)
    assert {"localhost", "127.0.0.1", "::1", "10.128.0.0/16", "10.96.0.0/16", ".svc"} <= set(direct)
    assert {".cluster.example.com", "api.example.com", "10.1.0.10", ".example.org"} <= set(direct)
    assert {name for each in spec.controllers for name in (each.name, each.etcd_name)} <= set(direct)


def test_the_range_of_the_machines_is_direct_where_it_is_known():
    args = arguments(proxy={"http_proxy": "http://p.example"}, host_cidr="192.0.2.0/24")
    assert ",192.0.2.0/24," in registries.proxies(cluster_spec(args), Role.WORKER, FEDORA_COREOS)[0].content


def test_docker_gets_mirrors_of_docker_hub_beside_its_settings():
    found = {file.path: file.content for file in registries.mirrors(OPTIONS, FLATCAR)}
    (pem,) = {each.ca_pem for mirror in OPTIONS.registry_mirrors for each in mirror.endpoints if each.ca_pem}
    assert json.loads(found["/etc/docker/daemon.json"]) == {
        **FLATCAR.docker_daemon,
        "registry-mirrors": ["https://mirror.example.com", "http://10.0.0.5:5000"],
        "insecure-registries": ["10.0.0.5:5000"],
    }
    assert found["/etc/docker/certs.d/mirror.example.com/ca.crt"] == pem
    assert "/etc/containerd/certs.d/quay.io/hosts.toml" in found
    assert PODMAN not in found
    (plain,) = registries.mirrors(DEFAULT, FLATCAR)
    assert json.loads(plain.content) == FLATCAR.docker_daemon


def test_dockers_daemon_pulls_for_every_system_container():
    paths = [file.path for file in registries.proxies(OPTIONS, Role.CONTROLLER, FLATCAR)]
    assert paths == [f"/etc/systemd/system/{unit}.service.d/20-proxy.conf" for unit in ("containerd", "docker")]
