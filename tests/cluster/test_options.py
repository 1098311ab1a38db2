"""Options that come to a running cluster: a preview of the very lines; kubelet, flag, mirror and proxy at work."""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

import pytest

from tests.cluster.conftest import ARGS, CONTROLLER, WORKER, Cluster, host_cidr
from tests.support.certificates import make_ca, make_leaf
from tests.support.mirror import Recorder, connect_proxy, tls_mirror
from tests.support.pulumi_stack import Step
from tests.support.registries import registry
from tools.crane import push_image
from tools.paths import bin_dir

HOST = str(IPv4Network(host_cidr(0))[1])
NAMESPACE = "options"
REPOSITORY = "team/pause:v1"


@dataclass(frozen=True)
class Changed:
    """The cluster with options, what the preview said of them, and what came to the mirror and the proxy."""

    cluster: Cluster
    preview: list[Step]
    mirror: Recorder
    proxy: Recorder


def variables(step: Step) -> set[str]:
    """Files of a delivery that differ, as the variables that stand for them."""
    old, new = (each["inputs"]["environment"] for each in (step.old, step.new))
    return {name.removeprefix("TRADEWIND_") for name in {*old, *new} if old.get(name) != new.get(name)}


def configure(cluster: Cluster, **options: object) -> None:
    cluster.stack.config("tradewind:cluster", json.dumps({**ARGS, **options}))


@pytest.fixture(scope="module")
def changed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    folder = tmp_path_factory.mktemp("mirror")
    ca = make_ca("mirror-ca")
    leaf = make_leaf(ca, "mirror", addresses=(HOST, "proxied.example"))
    layer = folder / "layer.tar"
    with tarfile.open(layer, "w") as archive:
        archive.add(bin_dir() / "pause", "pause")
    with registry() as port, tls_mirror(port, leaf, folder) as mirror, connect_proxy(mirror.port) as proxy:
        push_image(f"127.0.0.1:{port}/{REPOSITORY}", [layer], "amd64", "/pause")
        endpoints = {"mirrored.example": f"https://{HOST}:{mirror.port}", "proxied.example": "https://proxied.example"}
        configure(
            cluster,
            kubelet={"max_pods": 60, "logging_verbosity": 1},
            control_plane_flags={"kube_apiserver": {"flags": {"event-ttl": "2h"}}},
            registry_mirrors=[
                {"registry": name, "endpoints": [{"url": url, "ca_pem": ca.certificate_pem}]}
                for name, url in endpoints.items()
            ],
            proxy={"https_proxy": f"http://{HOST}:{proxy.port}"},
        )
        try:
            preview = cluster.stack.changes()
            cluster.stack.up()
            with cluster.namespace(NAMESPACE):
                yield Changed(cluster, preview, mirror, proxy)
        finally:
            configure(cluster)
            cluster.stack.up()


def run(cluster: Cluster, host: str) -> None:
    """Run a pod of an image of `host` on the worker."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": host, "namespace": NAMESPACE},
        "spec": {
            "nodeName": WORKER,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "pause", "image": f"{host}/{REPOSITORY}"}],
        },
    }
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(pod))
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{host}", f"-n{NAMESPACE}", "--timeout=90s")


def test_the_preview_shows_the_files_that_change_and_no_others(changed: Changed) -> None:
    files = {
        "etc_containerd_config_toml",
        "etc_containerd_certs_d_mirrored_example_hosts_toml",
        "etc_containerd_certs_d_mirrored_example_mirror_0_crt",
        "etc_containerd_certs_d_proxied_example_hosts_toml",
        "etc_containerd_certs_d_proxied_example_mirror_0_crt",
        "etc_containers_registries_conf_d_50_tradewind_conf",
        "etc_containers_certs_d_proxied_example_ca_crt",
        f"etc_containers_certs_d_{HOST.replace('.', '_')}_{changed.mirror.port}_ca_crt",
        "etc_systemd_system_containerd_service_d_20_proxy_conf",
        "etc_systemd_system_kubelet_service_d_20_proxy_conf",
        "var_lib_kubelet_config_yaml",
    }
    of_controllers = {
        "etc_kubernetes_manifests_kube_apiserver_yaml",
        "etc_systemd_system_bootstrap_service_d_20_proxy_conf",
        "etc_systemd_system_etcd_member_service_d_20_proxy_conf",
    }
    assert {step.name: (step.op, variables(step)) for step in changed.preview} == {
        f"{CONTROLLER}-files": ("update", files | of_controllers),
        f"{WORKER}-files": ("update", files),
    }


def test_kubelets_and_the_api_server_run_with_them(changed: Changed) -> None:
    nodes = changed.cluster.get("nodes")["items"]
    assert {node["status"]["capacity"]["pods"] for node in nodes} == {"60"}
    pod = changed.cluster.get("pod", f"kube-apiserver-{CONTROLLER}", "-nkube-system")
    assert "--event-ttl=2h" in pod["spec"]["containers"][0]["command"]


def test_a_pod_gets_its_image_from_the_mirror(changed: Changed) -> None:
    before = list(changed.proxy.asked)
    run(changed.cluster, "mirrored.example")
    assert any(path.startswith("/v2/team/pause/manifests/v1") for path in changed.mirror.asked)
    assert changed.proxy.asked == before


def test_a_pod_gets_its_image_through_the_proxy(changed: Changed) -> None:
    run(changed.cluster, "proxied.example")
    assert "proxied.example:443" in changed.proxy.asked


def test_system_containers_get_their_images_from_the_mirror(changed: Changed) -> None:
    asked = len(changed.mirror.asked)
    image = f"mirrored.example/{REPOSITORY}"
    try:
        changed.cluster.on(WORKER, "podman", "pull", image)
        assert any(path.startswith("/v2/team/pause/blobs/") for path in changed.mirror.asked[asked:])
    finally:
        changed.cluster.on(WORKER, "podman", "rmi", "--ignore", image)


@pytest.mark.parametrize("unit", ["containerd.service", "kubelet.service"])
def test_what_pulls_images_knows_the_proxy(changed: Changed, unit: str) -> None:
    shown = changed.cluster.on(WORKER, "systemctl", "show", "--property=Environment", unit)
    assert f"HTTPS_PROXY=http://{HOST}:{changed.proxy.port}" in shown
    assert "NO_PROXY=localhost,127.0.0.1,::1,0.0.0.0,10." in shown
