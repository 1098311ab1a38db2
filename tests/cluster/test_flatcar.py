"""A cluster whose machines have the form of Flatcar: docker runs the kubelet and etcd, and systemd follows both."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.cluster.conftest import NAME, Cluster, host_cidr, running_cluster
from tests.support.waiting import until
from tools.machines.images import PROBE
from tools.paths import CHECKOUT

CLUSTER = f"{NAME}-flatcar"
CONTROLLER, WORKER = f"{CLUSTER}-controller-0", f"{CLUSTER}-worker-0"
ARGS = {"name": CLUSTER, "host_cidr": host_cidr(6), "operating_system": "flatcar"}
BOTH = pytest.mark.parametrize("machine", [CONTROLLER, WORKER])
UNITS = {CONTROLLER: ("etcd", "kubelet"), WORKER: ("kubelet",)}
SERVICE = {"etcd": "etcd-member.service", "kubelet": "kubelet.service"}
ALTERNATIVE = "docker.io/psdn/kubelet:v1.36.2"
USUAL = "quay.io/poseidon/kubelet:v1.36.2"


@pytest.fixture(scope="module")
def flatcar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One controller and one worker. Its tests follow one another."""
    with running_cluster(tmp_path_factory.mktemp("flatcar"), ARGS, CONTROLLER, WORKER) as made:
        yield made


def wait_for_nodes(cluster: Cluster) -> None:
    cluster.kubectl("wait", "--for=condition=Ready", "node", CONTROLLER, WORKER, "--timeout=120s")


def shell(cluster: Cluster, machine: str, script: str) -> str:
    return cluster.on(machine, "sh", "-c", script).strip()


def container(cluster: Cluster, machine: str, name: str) -> dict:
    """The container as docker shows it; empty if there is none."""
    return next(iter(json.loads(shell(cluster, machine, f"docker inspect {name} 2> /dev/null || true"))), {})


def running(cluster: Cluster, machine: str, name: str) -> str:
    """Id of the running container; empty if it does not run."""
    found = container(cluster, machine, name)
    return str(found["Id"]) if found and found["State"]["Running"] else ""


def state(cluster: Cluster, machine: str, unit: str) -> str:
    return shell(cluster, machine, f"systemctl show --property=ActiveState --value {unit}")


def everything_runs(cluster: Cluster, machine: str) -> bool:
    return all(
        running(cluster, machine, name) and state(cluster, machine, SERVICE[name]) == "active"
        for name in UNITS[machine]
    )


@BOTH
def test_machines_have_the_form_of_flatcar(flatcar: Cluster, machine: str) -> None:
    assert (
        shell(flatcar, machine, "grep ^ID= /usr/lib/os-release; command -v podman || echo none") == "ID=flatcar\nnone"
    )
    node = flatcar.get("node", machine)
    assert "Flatcar" in node["status"]["nodeInfo"]["osImage"]
    assert everything_runs(flatcar, machine)


def test_the_first_apply_left_no_container(flatcar: Cluster) -> None:
    names = shell(flatcar, CONTROLLER, "docker ps --all --format '{{.Names}}' | sort").split()
    assert names == ["etcd", "kubelet"]
    assert state(flatcar, CONTROLLER, "bootstrap.service") == "active"


@BOTH
def test_network_plugins_come_with_the_network(flatcar: Cluster, machine: str) -> None:
    names = shell(flatcar, machine, "ls -A /opt/cni/bin").split()
    assert sorted(names) == ["bridge", "flannel", "host-local", "loopback", "portmap"]


def test_docker_leaves_the_network_to_pods(flatcar: Cluster) -> None:
    assert shell(flatcar, WORKER, "ip link show docker0 2> /dev/null || echo none") == "none"
    assert shell(flatcar, WORKER, "nft list ruleset | grep -ci docker || true") == "0"


def test_pods_run(flatcar: Cluster) -> None:
    flatcar.kubectl("run", "probe", f"--image={PROBE}", "--image-pull-policy=Never", "--command", "--", "sleep", "3600")
    flatcar.kubectl("wait", "--for=condition=Ready", "pod/probe", "--timeout=60s")
    assert flatcar.kubectl("exec", "probe", "--", "nslookup", "kubernetes.default.svc.cluster.local")


@pytest.mark.parametrize("name", UNITS[CONTROLLER])
def test_the_container_ends_with_its_unit_and_the_unit_with_its_container(flatcar: Cluster, name: str) -> None:
    unit = SERVICE[name]
    # kubelet.path would start it again at once.
    shell(flatcar, CONTROLLER, f"systemctl stop kubelet.path {unit}")
    # Machines give a unit five seconds, and etcd takes as long where clients watch.
    until(lambda: not running(flatcar, CONTROLLER, name))
    # Stopped in good order, not killed.
    assert container(flatcar, CONTROLLER, name)["State"]["ExitCode"] == 0
    shell(flatcar, CONTROLLER, f"systemctl start {unit} kubelet.path")
    until(lambda: everything_runs(flatcar, CONTROLLER))
    before = running(flatcar, CONTROLLER, name)
    # A container that dies by itself is a unit that ended, with the same status, and starts again.
    shell(flatcar, CONTROLLER, f"docker kill {name}")
    until(lambda: running(flatcar, CONTROLLER, name) not in ("", before))
    assert "status=137" in shell(flatcar, CONTROLLER, f"journalctl --quiet --unit={unit} --grep=status=137 --lines=1")
    wait_for_nodes(flatcar)


@pytest.mark.parametrize("how", ["systemctl restart docker.service", "systemctl stop docker.service docker.socket"])
def test_the_kubelet_and_etcd_come_back_after_docker(flatcar: Cluster, how: str) -> None:
    """Also when nobody starts docker again: the units want it."""
    before = {name: running(flatcar, CONTROLLER, name) for name in UNITS[CONTROLLER]}
    pods = shell(flatcar, CONTROLLER, "pgrep -o -x kube-apiserver")
    shell(flatcar, CONTROLLER, how)
    for name, old in before.items():
        until(lambda name=name, old=old: running(flatcar, CONTROLLER, name) not in ("", old))
    until(lambda: everything_runs(flatcar, CONTROLLER))
    until(lambda: flatcar.kubectl("get", "--raw=/readyz", check=False) == "ok")
    wait_for_nodes(flatcar)
    # Pods are containerd's.
    assert shell(flatcar, CONTROLLER, "pgrep -o -x kube-apiserver") == pods


def test_a_drop_in_overrides_the_kubelet_image(flatcar: Cluster) -> None:
    drop_in = "/etc/systemd/system/kubelet.service.d/10-image-override.conf"
    restart = "systemctl daemon-reload && systemctl restart kubelet.service"

    def image() -> str:
        return str(container(flatcar, WORKER, "kubelet").get("Config", {}).get("Image", ""))

    assert image() == USUAL
    line = f"[Service]\\nEnvironment=KUBELET_IMAGE={ALTERNATIVE}\\n"
    shell(flatcar, WORKER, f"docker tag {USUAL} {ALTERNATIVE} && printf '{line}' > {drop_in} && {restart}")
    until(lambda: image() == ALTERNATIVE)
    shell(flatcar, WORKER, f"rm {drop_in} && {restart}")
    until(lambda: image() == USUAL)
    wait_for_nodes(flatcar)


@BOTH
def test_a_reboot_brings_everything_back(flatcar: Cluster, machine: str) -> None:
    before = {name: running(flatcar, machine, name) for name in UNITS[machine]}
    program = ["python3", "-m", "tools.machines", "reboot", f"{CLUSTER}/{machine}"]
    subprocess.run(program, check=True, cwd=CHECKOUT, timeout=120)
    for name, old in before.items():
        until(lambda name=name, old=old: running(flatcar, machine, name) not in ("", old))
    until(lambda: flatcar.kubectl("get", "--raw=/readyz", check=False) == "ok")
    wait_for_nodes(flatcar)


def test_another_up_changes_nothing(flatcar: Cluster) -> None:
    assert flatcar.stack.changes() == []
