"""A run that is killed can be run again, wherever it was: the next one converges and nothing is orphaned.

One cluster's life is cut 24 times: while it is made, changed, renewed and removed. Each point is seen on this host, in
the machines' files or in the checkpoint before the run is killed.
"""

import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cluster.conftest import PROGRAM, SLOT, host_cidr
from tests.cluster.leftovers import left_of
from tests.support.killed_run import Checkpoint, kill_when, processes_of
from tests.support.pulumi_stack import Stack, StackRunner
from tests.support.waiting import until
from tools.machines import images, rootfs
from tools.machines.store import RUN, STATE, Machine
from tools.paths import CHECKOUT, bin_dir, cache_root
from tools.recovery import recover

NAME = f"broken{SLOT}"
CONTROLLER, WORKER = f"{NAME}-controller-0", f"{NAME}-worker-0"
ARGS = {"name": NAME, "host_cidr": host_cidr(1), "workers": 1}
FILES, BOOTSTRAP, TOKEN = f"{CONTROLLER}-files", f"{NAME}-bootstrap", f"{NAME}-objects-bootstrap-token"
SCHEDULER = f"{NAME}-pki-scheduler-cert"
PODS = "etc/kubernetes/manifests"
MACHINE = "TRADEWIND_MACHINE"
TOKEN_TYPE = "bootstrap.kubernetes.io/token"
OWN_MANAGERS = ("tradewind", "pulumi-kubernetes")
"""Field managers of bootstrap.service, which applies everything once, and of the engine."""


@dataclass
class Life:
    """The cluster whose runs are killed."""

    stack: Stack
    earlier: set[Path] = field(default_factory=set)
    """Folders of deliveries that were there before the present run."""

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.of(self.stack)

    def inside(self, machine: str, path: str) -> Path:
        """A file of a machine's root file system as this host sees it."""
        return STATE / NAME / machine / "upper" / path

    def memory(self, machine: str) -> Path:
        """The folder in memory of a machine's deliveries, as this host sees it while the machine runs."""
        parent = Machine(NAME, machine).noted().get("parent", "no-process")
        return Path(f"/proc/{parent}/root/run/tradewind")

    def deliveries(self, machine: str = CONTROLLER) -> set[Path]:
        """The folders of deliveries on a machine, under way or cut."""
        return set(self.memory(machine).glob("delivery.d.*"))

    def has(self, name: str) -> bool:
        return name in self.checkpoint.names

    def works_on(self, operation: str, name: str) -> bool:
        return (operation, name) in self.checkpoint.pending

    def kill(self, verb: str, reached: Callable[[], bool], killed: str = "all") -> None:
        """Kill a run at a point: all of it, the engine alone, or all with the delivery on the machine."""
        self.earlier = self.deliveries()
        cut = (lambda: self.cut(b"delivery.d.")) if killed == "delivery too" else (lambda: None)
        kill_when(self.stack, verb, reached, engine_alone=killed == "engine", first=cut)
        recover("test", self.stack.environment | {"PYTHONPATH": str(CHECKOUT)}, self.stack.folder)
        assert "creating" not in {kind for kind, _ in self.checkpoint.pending}

    def cut(self, words: bytes) -> None:
        """Kill the processes on the cluster's machines that have these words in their command."""
        for pid in on_machines(words):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def configure(self, **changes: object) -> None:
        self.stack.config("tradewind:cluster", json.dumps(ARGS | changes))

    def age(self, name: str, **left: int) -> None:
        """Move the end of a certificate, in the state, as time would move now towards it."""
        document = json.loads(self.stack.state_text())
        (resource,) = [each for each in document["deployment"]["resources"] if each["urn"].endswith(f"::{name}")]
        resource["outputs"]["validityEndTime"] = (datetime.now(UTC) + timedelta(**left)).isoformat(timespec="seconds")
        self.stack.run("stack", "import", "--stack", "test", stdin=json.dumps(document))


@pytest.fixture(scope="module", name="life")
def fixture_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A stack of one controller and one worker, not up yet."""
    rootfs.setup()
    images.setup()
    runner = StackRunner(tmp_path_factory.mktemp("interruption"), ("random", "tls", "kubernetes", "command"))
    runner.environment["TRADEWIND_CACHE"] = str(cache_root())
    life = Life(runner.stack("tradewind", PROGRAM))
    life.configure()
    try:
        yield life
    finally:
        subprocess.run(["python3", "-m", "tools.machines", "purge", NAME], check=True, cwd=CHECKOUT)


def claimed(life: Life) -> bool:
    folder = STATE / NAME / CONTROLLER
    return (folder / "claim.json").exists() and not (folder / "machine.json").exists()


def provisioned(life: Life) -> bool:
    return (STATE / NAME / CONTROLLER / "machine.json").exists() and not started(life)


def started(life: Life) -> bool:
    return (RUN / NAME / f"{CONTROLLER}.run").exists()


def unpacked(life: Life) -> bool:
    return any((folder / "delivery/FILES").exists() for folder in life.deliveries() - life.earlier)


def half_installed(life: Life) -> bool:
    return unpacked(life) and life.inside(CONTROLLER, "opt/bootstrap/pending").exists()


def static_pods(life: Life) -> bool:
    return unpacked(life) and life.inside(CONTROLLER, f"{PODS}/kube-apiserver.yaml").exists()


def on_machines(words: bytes) -> list[int]:
    """Processes on the cluster's machines, as this host sees them, with these words in their command."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if words in command.read_bytes() and f"tradewind.{NAME}." in command.with_name("cgroup").read_text():
                found.append(int(command.parent.name))
    return found


def applying(life: Life) -> bool:
    """Whether the container of bootstrap.service runs."""
    return bool(on_machines(b"/apply\0"))


def objects(life: Life) -> int:
    return life.checkpoint.count("kubernetes:")


# In the order in which a run comes by, each with what is killed.
MAKING: list[tuple[str, str, Callable[[Life], bool]]] = [
    ("the first resources", "all", lambda life: len(life.checkpoint.resources) >= 5),
    ("half of the keys and certificates", "all", lambda life: life.checkpoint.count("tls:") >= 15),
    ("a machine claimed", "all", claimed),
    ("a machine provisioned", "engine", provisioned),
    ("a machine started", "all", started),
    ("a machine in the state", "all", lambda life: life.has(CONTROLLER)),
    ("the lock of a delivery", "all", lambda life: (life.memory(CONTROLLER) / "delivery.lock").exists()),
    ("a delivery unpacked", "delivery too", unpacked),
    ("a delivery half installed", "delivery too", half_installed),
    ("static pods there", "engine", static_pods),
    ("a delivery in the state", "all", lambda life: life.has(FILES)),
    ("bootstrap.service running", "all", applying),
    ("the first object owned", "all", lambda life: objects(life) >= 1),
    ("ten objects owned", "engine", lambda life: objects(life) >= 10),
    ("twenty objects owned", "all", lambda life: objects(life) >= 20),
]


@pytest.mark.parametrize(("killed", "reached"), [point[1:] for point in MAKING], ids=[point[0] for point in MAKING])
def test_killed_while_it_is_made(life: Life, killed: str, reached: Callable[[Life], bool]) -> None:
    life.kill("up", lambda: reached(life), killed)


def test_the_next_up_converges(life: Life) -> None:
    life.stack.up()
    assert_converged(life)


def test_a_flag_killed_while_it_is_delivered(life: Life) -> None:
    life.configure(aggregation=False)
    life.kill("up", lambda: life.works_on("updating", FILES))
    life.stack.up()
    assert_converged(life)
    assert "proxy-client" not in life.inside(CONTROLLER, f"{PODS}/kube-apiserver.yaml").read_text()


def test_a_flag_killed_while_its_pod_is_replaced(life: Life) -> None:
    life.configure()
    manifest = life.inside(CONTROLLER, f"{PODS}/kube-apiserver.yaml")
    life.kill("up", lambda: "proxy-client" in manifest.read_text(), "engine")
    life.stack.up()
    assert_converged(life)


def test_a_renewal_killed_with_two_certificates_in_the_state(life: Life) -> None:
    life.age(SCHEDULER, hours=1)
    life.kill("up", lambda: SCHEDULER in life.checkpoint.condemned)
    life.stack.up()
    assert_converged(life)
    assert SCHEDULER not in life.checkpoint.condemned


def test_a_renewal_killed_while_it_is_delivered(life: Life) -> None:
    life.age(SCHEDULER, hours=1)
    manifest = life.inside(CONTROLLER, f"{PODS}/kube-scheduler.yaml")
    before = manifest.read_text()
    life.kill("up", lambda: manifest.read_text() != before)
    life.stack.up()
    assert_converged(life)


def test_a_next_token_killed_while_both_are_in_the_cluster(life: Life) -> None:
    (before,) = tokens(life)
    life.age(f"{NAME}-bootstrap-token-validity-cert", hours=1)
    # The old one is removed when everything else is done: the worker's delivery waits for this one to end.
    with (life.memory(WORKER) / "delivery.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        life.kill("up", lambda: TOKEN in life.checkpoint.condemned)
        assert len(tokens(life)) == 2
    life.stack.up()
    assert_converged(life)
    assert tokens(life) != [before]


def test_a_worker_killed_on_its_way(life: Life) -> None:
    life.configure(workers=2)
    life.kill("up", (RUN / NAME / f"{NAME}-worker-1.run").exists)
    # It was begun, is not wanted any more, and is gone.
    life.configure()
    life.stack.up()
    assert_converged(life)


REMOVING: list[tuple[str, Callable[[Life], bool]]] = [
    ("half of the objects", lambda life: objects(life) <= 15),
    ("a machine", lambda life: not (STATE / NAME / WORKER).exists() or not (STATE / NAME / CONTROLLER).exists()),
    ("both machines", lambda life: not {WORKER, CONTROLLER} & life.checkpoint.names),
]


@pytest.mark.parametrize("gone", [point[1] for point in REMOVING], ids=[point[0] for point in REMOVING])
def test_killed_while_it_is_removed(life: Life, gone: Callable[[Life], bool]) -> None:
    life.kill("destroy", lambda: gone(life))


def test_the_next_destroy_leaves_nothing(life: Life) -> None:
    life.stack.destroy()
    assert life.checkpoint == Checkpoint()
    assert left_of(NAME) == []
    assert leftover_files(life) == []
    # The last run's own helpers end a moment after it.
    until(lambda: not processes_of(life.stack))


def assert_converged(life: Life) -> None:
    """Nothing to change, nothing pending, and what there is equals what is in the state."""
    assert life.stack.changes() == []
    checkpoint = life.checkpoint
    assert (checkpoint.pending, checkpoint.condemned) == ([], set())
    assert leftover_files(life) == []
    machines = [
        each["urn"].rpartition("::")[2]
        for each in checkpoint.resources
        if MACHINE in each.get("inputs", {}).get("environment", {})
    ]
    assert sorted(machines) == [CONTROLLER, WORKER]
    assert listed() == [f"{NAME}/{name}" for name in sorted(machines)]
    until_answered(life)
    kubectl(life, "wait", "--for=condition=Ready", *(f"node/{name}" for name in machines), "--timeout=90s")
    owned = {
        (each["type"].rpartition(":")[2], each["id"])
        for each in checkpoint.resources
        if each["type"].startswith("kubernetes:")
    }
    assert len(owned) > 20
    assert in_cluster(life) == owned
    assert len(tokens(life)) == 1


def in_cluster(life: Life) -> set[tuple[str, str]]:
    """Kind and id of every object in the cluster that was applied from here."""
    kinds = kubectl(life, "api-resources", "--verbs=list", "--output=name").split()
    found = json.loads(kubectl(life, "get", ",".join(kinds), "-A", "-o=json", "--show-managed-fields"))["items"]
    return {
        (each["kind"], "/".join(filter(None, (each["metadata"].get("namespace"), each["metadata"]["name"]))))
        for each in found
        if any(entry["manager"].startswith(OWN_MANAGERS) for entry in each["metadata"].get("managedFields", []))
    }


def tokens(life: Life) -> list[str]:
    """The bootstrap tokens' Secrets."""
    found = kubectl(life, "get", "secrets", "-nkube-system", f"--field-selector=type={TOKEN_TYPE}", "-oname")
    return found.split()


def until_answered(life: Life) -> None:
    """A changed static pod takes a moment to start again."""
    until(lambda: kubectl(life, "get", "--raw=/readyz"))


def kubectl(life: Life, *arguments: str) -> str:
    file = life.stack.folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(life.stack.run("stack", "output", "--stack", "test", "--show-secrets", "kubeconfig"))
    command = [bin_dir() / "kubectl", f"--kubeconfig={file}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def listed() -> list[str]:
    """The machines of this host that run."""
    command = ["python3", "-m", "tools.machines", "list", NAME]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT).stdout.splitlines()
    return [line.split("\t")[0] for line in lines if line.endswith("running")]


def leftover_files(life: Life) -> list[Path]:
    """What deliveries and the engine leave when they are cut, and nobody tidies up."""
    deliveries = [found for machine in (CONTROLLER, WORKER) for found in life.deliveries(machine)]
    pending = [*(STATE / NAME).glob("*/upper/opt/bootstrap/pending")]
    halves = [*(STATE / NAME).glob("*/upper/**/.delivery")]
    return [
        *deliveries,
        *pending,
        *halves,
        *life.stack.backend.rglob("*.tmp"),
        *life.stack.backend.glob(".pulumi/locks/**/*.json"),
    ]
