"""Machines of this host: how long they need from their start to a Ready node, phase by phase.

Reads: the `local` stack's program, and what the machines' journals say afterwards.
Makes: rows; a cluster that is removed again. Where several checkouts work on one host, TRADEWIND_TEST_SLOT gives it a
name and a network of its own.
"""

import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tools import paths
from tools.bench.measure import Time, row, timed
from tools.bench.stack import Pulumi, stack

_SLOT = int(os.environ.get("TRADEWIND_TEST_SLOT", "0"))
_NAME = f"bench{_SLOT}"
_NETWORK = f"10.99.{_SLOT}"
_CONTROLLER, _WORKER = f"{_NAME}-controller-0", f"{_NAME}-worker-0"
_READY_SECONDS = 180.0
_STARTED = re.compile(r"Started (ssh|kubelet)\.service")
_NODE_READY = "as it just became ready"
_POD_RUNS = re.compile(
    r'"Observed pod startup duration" pod="kube-system/kube-(?:apiserver|controller-manager|scheduler)'
)
_STATIC_PODS = 3


def measure() -> None:
    """Print one cluster's phases, and those of a worker that joins it once it runs."""
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        pulumi = stack(Path(folder) / "local", "from stacks import local\nlocal.run()\n")
        try:
            with _ApiWatch() as api:
                up = _up(pulumi, workers=0)
            _until_ready(_CONTROLLER)
            join = _up(pulumi, workers=1)
            _until_ready(_WORKER)
            _print(Boot.of(_CONTROLLER), Boot.of(_WORKER), api.ready)
        finally:
            down = timed(lambda: pulumi("destroy", "--yes", "--skip-preview"))
        row("local cluster: `up` with one controller", [_wall(up)])
        row("local cluster: `up` with one worker more", [_wall(join)])
        row("local cluster: `destroy`", [_wall(down)])


def _up(pulumi: Pulumi, workers: int) -> Time:
    settings = {"name": _NAME, "host_cidr": f"{_NETWORK}.0/24", "workers": workers}
    pulumi("config", "set", "tradewind:cluster", json.dumps(settings))
    return timed(lambda: pulumi("up", "--yes", "--skip-preview"))


def _print(controller: "Boot", worker: "Boot", api_ready: float) -> None:
    first, ready = controller.kubelets[0], controller.node_ready
    row("controller: machine start to ssh", [Time(controller.ssh - controller.start)])
    row("controller: machine start to kubelet", [Time(first - controller.start)])
    row("controller: machine start to API ready", [Time(api_ready - controller.start)])
    row("controller: machine start to node Ready", [Time(ready - controller.start)])
    row("controller: machine start to mirror pods Running", [Time(controller.mirror_pods - controller.start)])
    row("controller, phase: ssh to kubelet (files delivered)", [Time(first - controller.ssh)])
    row("controller, phase: kubelet to API ready", [Time(api_ready - first)])
    row("controller, phase: API ready to node Ready", [Time(ready - api_ready)])
    row("worker: machine start to node Ready", [Time(worker.node_ready - worker.start)])
    row("worker: kubelet to node Ready (join)", [Time(worker.join)])


@dataclass(frozen=True)
class Boot:
    """When a machine reached what, in seconds of this host's clock."""

    start: float
    ssh: float
    kubelets: list[float]
    """Each start of kubelet.service."""
    node_ready: float
    pods: list[float]
    """When the kubelet saw a static pod of the control plane run, in the API."""

    @property
    def mirror_pods(self) -> float:
        """When all of them ran for the first time."""
        return sorted(self.pods)[_STATIC_PODS - 1]

    @property
    def join(self) -> float:
        """From the kubelet's last start before the node is Ready until then."""
        return self.node_ready - max(each for each in self.kubelets if each < self.node_ready)

    @classmethod
    def of(cls, machine: str) -> "Boot":
        """What the journal says, whose clock is the host's."""
        return cls.read(_on(machine, "journalctl", "--output=short-unix", "--no-pager"), _first_process(machine))

    @classmethod
    def read(cls, journal: str, start: float) -> "Boot":
        """The journal of a machine whose node is Ready."""
        lines = journal.splitlines()
        started: dict[str, list[float]] = {"ssh": [], "kubelet": []}
        for line in lines:
            if found := _STARTED.search(line):
                started[found[1]].append(_seconds(line))
        return cls(
            start=start,
            ssh=started["ssh"][0],
            kubelets=started["kubelet"],
            node_ready=next(_seconds(line) for line in lines if _NODE_READY in line),
            pods=[_seconds(line) for line in lines if _POD_RUNS.search(line)],
        )


def _seconds(line: str) -> float:
    return float(line.split(maxsplit=1)[0])


def _first_process(machine: str) -> float:
    """When the machine's first process began: its age is counted from the start of the host's kernel."""
    after_kernel = int(_on(machine, "cat", "/proc/1/stat").rpartition(") ")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + after_kernel


def _until_ready(machine: str) -> None:
    end = time.monotonic() + _READY_SECONDS
    while _NODE_READY not in _on(machine, "journalctl", "--unit=kubelet.service", "--no-pager"):
        if time.monotonic() > end:
            sys.exit(f"{machine} is not Ready after {_READY_SECONDS:.0f} s")
        time.sleep(1)  # between two looks, bounded by the end


def _on(machine: str, *command: str) -> str:
    program = [sys.executable, "-m", "tools.machines", "exec", f"{_NAME}/{machine}", "--", *command]
    return subprocess.run(program, cwd=paths.CHECKOUT, check=True, capture_output=True, text=True).stdout


def _wall(times: Time) -> Time:
    """Without CPU time: machines are not this process's children."""
    return Time(times.wall)


class _ApiWatch:
    """Asks the API server whether it is ready, until it is."""

    def __init__(self) -> None:
        self.ready = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        # The certificate is not known yet, and nothing is sent that is worth anything.
        self._tls = ssl._create_unverified_context()  # noqa: S323

    def __enter__(self) -> "_ApiWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self.ready and not self._done.wait(0.05):
            try:
                with urllib.request.urlopen(f"https://{_NETWORK}.10:6443/readyz", timeout=1, context=self._tls):
                    self.ready = time.time()
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                continue
