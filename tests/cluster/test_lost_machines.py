"""Machines that are gone without the engine's knowing: what refresh, up, replace and down do about it.

One cluster in a copy of the checkout, worked on by the commands of docs/operations.md.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.conftest import SLOT, host_cidr
from tests.cluster.leftovers import left_of
from tests.support.checkout import Checkout, documented
from tests.support.waiting import until
from tools.machines import images, rootfs
from tools.machines.store import Machine
from tools.paths import bin_dir

NAME = f"lost{SLOT}"
CONTROLLER, WORKER = f"{NAME}-controller-0", f"{NAME}-worker-0"
CLUSTER = ("python3", "-m", "tools.cluster")
PULUMI = ("python3", "-m", "tools.run", "pulumi")
MACHINES = ("python3", "-m", "tools.machines")
STACK = ("--stack", "local")
REFRESH = (*PULUMI, "refresh", "--yes", "--skip-preview", *STACK)


@dataclass(frozen=True)
class Local:
    """The cluster."""

    checkout: Checkout

    def ready(self) -> dict[str, str]:
        """Whether each node is Ready."""
        nodes = json.loads(self.kubectl("get", "nodes", "-ojson"))["items"]
        return {
            node["metadata"]["name"]: each["status"]
            for node in nodes
            for each in node["status"]["conditions"]
            if each["type"] == "Ready"
        }

    def machines(self) -> dict[str, str]:
        """Id of every machine, as the state has it."""
        text = self.checkout.run(*PULUMI, "stack", "export", *STACK)
        found = {each["urn"].rpartition("::")[2]: each for each in json.loads(text)["deployment"]["resources"]}
        return {name: json.loads(found[name]["outputs"]["stdout"])["id"] for name in (CONTROLLER, WORKER)}

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl as the administrator and return what it printed."""
        kubeconfig = f"--kubeconfig={self.checkout.folder}/.state/local.kubeconfig"
        command = [bin_dir() / "kubectl", kubeconfig, *arguments]
        return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout

    def follow_on(self, machine: str, block: str) -> None:
        """Run commands of a page of docs/ on a machine as root."""
        self.checkout.run(*MACHINES, "exec", machine, "--", "sh", "-euc", block)

    def inside(self, machine: str, path: str) -> Path:
        """A file of a machine that runs."""
        return Path(f"/proc/{Machine(NAME, machine).noted()['parent']}/root/{path}")

    def lose(self, machine: str) -> None:
        """Remove a machine behind the engine's back."""
        identity = {
            "cluster": NAME,
            "name": machine,
            "network": host_cidr(2),
            "address": host_cidr(2).replace(".0/24", ".10"),
        }
        self.checkout.run(*MACHINES, "delete", TRADEWIND_MACHINE=json.dumps(identity))


@pytest.fixture(scope="module", name="local")
def fixture_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    rootfs.setup()
    images.setup()
    checkout = Checkout.copy(tmp_path_factory.mktemp("lost") / "checkout")
    checkout.configure("local", platform="local", cluster={"name": NAME, "host_cidr": host_cidr(2), "workers": 1})
    try:
        checkout.run(*CLUSTER, "up", "local")
        yield Local(checkout)
    finally:
        checkout.run(*MACHINES, "purge", NAME)


def test_a_lost_worker_is_made_again(local: Local) -> None:
    before = local.machines()
    local.lose(WORKER)
    # The engine does not see it.
    local.checkout.run(*REFRESH)
    local.checkout.run(*PULUMI, "preview", "--expect-no-changes", *STACK)
    message = local.checkout.fails(*CLUSTER, "up", "local")
    assert f"not on this host any more: {WORKER}." in message
    assert f"`python3 -m tools.cluster replace local {WORKER}` makes them anew" in message
    local.checkout.follow("A machine is gone", 0, {"local-worker-0": WORKER})
    assert local.ready() == {CONTROLLER: "True", WORKER: "True"}
    after = local.machines()
    assert after[CONTROLLER] == before[CONTROLLER]
    assert after[WORKER] != before[WORKER]
    local.checkout.run(*PULUMI, "preview", "--expect-no-changes", *STACK)


def test_replace_says_which_machines_there_are(local: Local) -> None:
    for wrong in ([], ["elsewhere"], [WORKER, "elsewhere"]):
        message = local.checkout.fails(*CLUSTER, "replace", "local", *wrong)
        assert f"say which machines; stack local has {CONTROLLER}, {WORKER}" in message


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a snapshot of etcd is kept."""
    return tmp_path_factory.mktemp("snapshot") / "snapshot.db"


def test_a_snapshot_of_etcd_is_taken(local: Local, snapshot: Path) -> None:
    local.kubectl("create", "configmap", "kept", "--from-literal=since=the-snapshot")
    local.follow_on(CONTROLLER, documented("hosts")["Snapshots of etcd", 0])
    shutil.copyfile(local.inside(CONTROLLER, "root/snapshot.db"), snapshot)
    local.kubectl("create", "configmap", "too-late")


def test_without_its_controller_refresh_fails_clearly_and_keeps_the_state(local: Local) -> None:
    local.lose(CONTROLLER)
    before = json.loads(local.checkout.state("local"))["checkpoint"]["latest"]["resources"]
    message = local.checkout.fails(*REFRESH)
    assert "unreachable" in message
    after = json.loads(local.checkout.state("local"))["checkpoint"]["latest"]["resources"]
    assert {each["urn"] for each in after} == {each["urn"] for each in before}


def test_with_its_only_controller_the_whole_cluster_is_made_again(local: Local) -> None:
    before = local.machines()
    local.checkout.follow("A machine is gone", 1, {"local-controller-0": CONTROLLER, "local-worker-0": WORKER})
    assert local.ready() == {CONTROLLER: "True", WORKER: "True"}
    after = local.machines()
    assert not set(before.values()) & set(after.values())
    local.checkout.run(*REFRESH)
    local.checkout.run(*CLUSTER, "up", "local")
    local.checkout.run(*PULUMI, "preview", "--expect-no-changes", *STACK)


def test_a_snapshot_brings_back_what_was_lost(local: Local, snapshot: Path) -> None:
    """Onto the controller that was made anew: the objects are those of the snapshot, and everything goes on."""
    found = local.kubectl("get", "configmaps", "--output=name").split()
    assert not {"configmap/kept", "configmap/too-late"} & set(found)
    shutil.copyfile(snapshot, local.inside(CONTROLLER, "root/snapshot.db"))
    local.follow_on(CONTROLLER, documented("hosts")["Snapshots of etcd", 1])

    def objects() -> set[str]:
        with suppress(subprocess.CalledProcessError):
            return set(local.kubectl("get", "configmaps", "--output=name").split())
        return set()

    until(lambda: "configmap/kept" in objects())
    assert "configmap/too-late" not in objects()
    # Watchers went over to it: nodes report, and controllers act.
    local.kubectl("create", "deployment", "new", "--image=docker.io/tradewind/probe:v1", "--", "sleep", "infinity")
    local.kubectl("rollout", "status", "deployment/new", "--timeout=50s")
    until(lambda: local.ready() == {CONTROLLER: "True", WORKER: "True"})
    local.checkout.run(*CLUSTER, "up", "local")
    local.checkout.run(*PULUMI, "preview", "--expect-no-changes", *STACK)


def test_down_without_the_controller_leaves_nothing(local: Local, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    local.checkout.run(*PULUMI, "stack", "export", "--file", str(state), *STACK)
    local.lose(CONTROLLER)
    local.checkout.fails(*REFRESH)
    local.checkout.follow("A cluster is gone", 0, {})
    assert left_of(NAME) == []
    # The same cluster once more, now without any machine.
    local.checkout.run(*PULUMI, "stack", "init", "local")
    local.checkout.run(*PULUMI, "stack", "import", "--file", str(state), *STACK)
    local.checkout.run(*CLUSTER, "down", "local")
    assert left_of(NAME) == []
    assert list((local.checkout.folder / ".state/backend/.pulumi/stacks").rglob("local.json")) == []
