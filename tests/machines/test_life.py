"""One machine from its creation to its end."""

from pathlib import Path

import pytest

from tests.machines.conftest import Machines, config, wait_until

CONTAINERD = """[Unit]
Description=containerd
[Service]
Type=notify
ExecStart=/usr/bin/containerd
Delegate=yes
KillMode=process
[Install]
WantedBy=multi-user.target
"""
CONFIG = "/etc/containerd/config.toml"
BOOT = "cut -d' ' -f22 /proc/1/stat"  # When process 1 started.


def first_config(machines: Machines) -> dict:
    units = [{"name": "containerd.service", "enabled": True, "contents": CONTAINERD}]
    return config(machines.key, units=units, files={CONFIG: "version = 3\n"})


@pytest.fixture(scope="module", autouse=True)
def machine(machines: Machines) -> dict:
    return machines.create("one", 10, first_config(machines))


def test_answer(machines: Machines, machine: dict) -> None:
    assert {**machine, "hostKey": "", "id": ""} == {
        "name": "one",
        "address": str(machines.network[10]),
        "hostKey": "",
        "id": "",
    }
    assert machine["hostKey"].startswith("ssh-ed25519 ")
    assert machines.ssh("one", "cat /etc/machine-id") == machine["id"]


def test_ignition_and_systemd(machines: Machines) -> None:
    assert machines.ssh("one", "systemctl is-system-running --wait") == "running"
    assert machines.ssh("one", "hostname; ps -o comm= -p 1; cat /run/greeting") == "one\nsystemd\ndropin"
    assert machines.ssh("one", "sudo cat /etc/hello; stat -c %a /etc/hello") == "hello\n600"


def test_the_config_is_nowhere_on_this_host_but_in_the_machine(machines: Machines) -> None:
    folder = Path("/var/lib/tradewind", machines.cluster, "one")
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        if path.is_file():
            assert machines.key not in path.read_text(), path


def test_podman_has_its_images_without_a_pull(machines: Machines) -> None:
    command = (
        "sudo podman run --rm --pull=never --network=host --privileged --pid=host quay.io/poseidon/kubelet:v1.36.2"
    )
    assert machines.ssh("one", f"{command} --version") == "Kubernetes v1.36.2"
    assert machines.ssh("one", "sudo podman images --format '{{.Repository}} {{.ReadOnly}}' | sort") == (
        "quay.io/coreos/etcd true\nquay.io/poseidon/kubelet true"
    )


def test_containerd_has_its_images_unpacked(machines: Machines) -> None:
    names = machines.ssh("one", "sudo ctr -n k8s.io images list -q").splitlines()
    assert "registry.k8s.io/pause:3.10.1" in names
    run = "sudo ctr -n k8s.io run --rm docker.io/tradewind/probe:v1 probe /bin/sh -c 'echo in $(hostname)'"
    assert machines.ssh("one", run) == "in one"


def test_overlay_places_that_pods_use(machines: Machines) -> None:
    # Empty: networks bring their plugins.
    tried = "sudo touch /opt/cni/bin/flannel && sudo rm /opt/cni/bin/flannel && ls -A /opt/cni/bin"
    assert machines.ssh("one", tried) == ""
    assert machines.ssh("one", "getent passwd etcd").startswith("etcd:x:232:232:")


def test_exec_is_root_and_passes_status_and_streams(machines: Machines) -> None:
    assert machines.run("exec", f"{machines.cluster}/one", "--", "sh", "-c", "id -u; hostname") == "0\none\n"
    with pytest.raises(AssertionError, match="to stderr"):
        machines.run("exec", f"{machines.cluster}/one", "--", "sh", "-c", "echo to stderr >&2; exit 3")


def test_create_again_keeps_it(machines: Machines, machine: dict) -> None:
    before = machines.supervisor("one")
    again = machines.create("one", 10, first_config(machines))
    assert (again, machines.supervisor("one")) == (machine, before)


def test_update_ignores_another_config(machines: Machines, machine: dict) -> None:
    answer = machines.finish(machines.start("update", machines.spec("one", 10), config(machines.key, text="new\n")))
    assert answer == machine
    assert machines.ssh("one", "sudo cat /etc/hello") == "hello"


def test_update_refuses_what_makes_another_machine(machines: Machines) -> None:
    message = machines.refusal("update", machines.spec("one", 11))
    assert f"address from {machines.network[10]} to {machines.network[11]}" in message


def test_update_of_none(machines: Machines) -> None:
    assert "there is no machine" in machines.refusal("update", machines.spec("none", 12))


def test_reboot_brings_it_back(machines: Machines, machine: dict) -> None:
    machines.ssh("one", "sudo touch /etc/mine /var/mine")
    # A pod that runs, and groups such as a kubelet leaves.
    machines.ssh("one", "sudo ctr -n k8s.io run --detach docker.io/tradewind/probe:v1 pod sleep 3600")
    machines.ssh("one", "sudo mkdir -p /sys/fs/cgroup/pids/kubepods/pod1")
    before, supervisor = machines.ssh("one", BOOT), machines.supervisor("one")
    machines.run("reboot", f"{machines.cluster}/one")
    assert machines.supervisor("one") == supervisor
    assert machines.ssh("one", BOOT) != before
    assert (
        machines.ssh("one", "ls /etc/mine /var/mine; cat /etc/machine-id") == f"/etc/mine\n/var/mine\n{machine['id']}"
    )
    assert machines.ssh("one", "systemctl is-system-running --wait") == "running"
    assert machines.ssh("one", "systemctl is-active containerd") == "active"
    assert machines.ssh("one", "ls -d /sys/fs/cgroup/*/kubepods 2>/dev/null || true") == ""


def test_a_reboot_from_inside(machines: Machines) -> None:
    before = machines.ssh("one", BOOT)
    # A second later, so that the login ends before its machine does.
    machines.ssh("one", "sudo systemd-run --quiet --on-active=1s systemctl reboot")

    def restarted() -> bool:
        try:
            return machines.ssh("one", BOOT) != before
        except AssertionError:
            return False

    wait_until(restarted)


def test_stop_and_start(machines: Machines, machine: dict) -> None:
    machines.run("stop", f"{machines.cluster}/one")
    assert machines.state("one") == "off"
    machines.run("start", f"{machines.cluster}/one")
    assert machines.ssh("one", "cat /etc/machine-id") == machine["id"]


def test_update_starts_a_machine_that_is_off(machines: Machines, machine: dict) -> None:
    machines.run("stop", f"{machines.cluster}/one")
    assert machines.finish(machines.start("update", machines.spec("one", 10))) == machine
    assert machines.state("one") == "running"


def test_another_config_makes_another_machine(machines: Machines, machine: dict) -> None:
    answer = machines.create("one", 10, config(machines.key, text="other\n"))
    assert answer["id"] != machine["id"]
    assert answer["hostKey"] != machine["hostKey"]
    assert machines.ssh("one", "sudo cat /etc/hello; ls /etc/mine 2>/dev/null || true") == "other"


def test_conflicts_are_refused(machines: Machines) -> None:
    assert f"belongs to {machines.cluster}/one" in machines.refusal("create", machines.spec("two", 10))
    other = {**machines.spec("two", 11), "cluster": f"{machines.cluster}-x"}
    assert "overlaps with" in machines.refusal("create", {**other, "network": str(machines.network.supernet())})
    loopback = {**machines.spec("two", 11), "cluster": f"{machines.cluster}-x"}
    message = machines.refusal("create", {**loopback, "address": "127.0.0.5", "network": "127.0.0.0/24"})
    assert "overlaps with 127.0.0.0/8 of this host's link lo" in message


def test_a_config_that_ignition_refuses(machines: Machines) -> None:
    bad = {"ignition": {"version": "9.9.9"}, "secret": "hunter2"}
    message = machines.refusal("create", machines.spec("bad", 13), bad)
    assert "Ignition could not provision" in message
    assert "unsupported config version" in message
    assert "hunter2" not in message
    assert machines.state("bad") == ""
    assert not Path("/var/lib/tradewind", machines.cluster, "bad").exists()


def test_spec_problems_come_before_anything(machines: Machines) -> None:
    message = machines.refusal("create", {"name": "x"})
    assert "cluster: missing" in message


def test_delete_twice_leaves_nothing(machines: Machines) -> None:
    machines.delete("one", 10)
    machines.delete("one", 10)
    assert machines.state("one") == ""
    assert machines.traces() == {}
