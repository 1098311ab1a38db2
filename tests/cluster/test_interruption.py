"""An `up` that is killed can be run again: the engine, its plugins and what they started all end at once."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import PROGRAM
from tests.cluster.leftovers import Host
from tests.support.pulumi_stack import Stack, StackRunner
from tools.machines import images, rootfs
from tools.paths import CHECKOUT, bin_dir, cache_root

NAME = "broken"
MACHINE = f"{NAME}-controller-0"
PATIENCE_SECONDS = 60


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack of one controller, not up yet."""
    rootfs.setup()
    images.setup()
    runner = StackRunner(tmp_path, ("random", "tls", "kubernetes", "command"))
    runner.environment["TRADEWIND_CACHE"] = str(cache_root())
    made = runner.stack("tradewind", PROGRAM)
    made.config("tradewind:cluster", json.dumps({"name": NAME, "host_cidr": "10.80.0.0/24", "workers": 0}))
    try:
        yield made
    finally:
        made.run("cancel", "--yes", "--stack", "test")
        made.destroy()


def test_an_up_killed_at_two_points_converges_and_leaves_nothing(stack: Stack) -> None:
    before = Host.now()
    kill_up_when(stack, lambda: Path("/var/lib/tradewind", NAME, MACHINE).exists())
    stack.run("cancel", "--yes", "--stack", "test")
    kill_up_when(stack, lambda: delivered(stack))
    stack.run("cancel", "--yes", "--stack", "test")
    stack.up()
    assert stack.changes() == []
    listed = machines()
    assert [line.split("\t")[0] for line in listed] == [f"{NAME}/{MACHINE}"]
    kubeconfig = stack.folder / "kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(stack.run("stack", "output", "--stack", "test", "--show-secrets", "kubeconfig"))
    wait = ["wait", "--for=condition=Ready", f"node/{MACHINE}", "--timeout=60s"]
    subprocess.run([bin_dir() / "kubectl", f"--kubeconfig={kubeconfig}", *wait], check=True, capture_output=True)
    stack.destroy()
    assert Host.now().left_since(before) == {}


def kill_up_when(stack: Stack, reached: Callable[[], bool]) -> None:
    """Start an `up` and kill it, with all that it started, as soon as a point is reached."""
    command = [bin_dir() / "pulumi", "up", "--stack", "test", "--yes", "--skip-preview", "--non-interactive"]
    environment = stack.environment | {"PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(
        command,
        cwd=stack.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert process.poll() is None, "the update ended before it could be killed"
        assert time.monotonic() < end, "the point was not reached"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def delivered(stack: Stack) -> bool:
    """Whether the controller has its files: from then on bootstrap.service runs."""
    found = list(Path(stack.environment["PULUMI_BACKEND_URL"].removeprefix("file://")).rglob("stacks/**/test.json"))
    return any(f"::{MACHINE}-files" in file.read_text() for file in found)


def machines() -> list[str]:
    listed = subprocess.run(
        ["python3", "-m", "tools.machines", "list", NAME], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    return listed.stdout.splitlines()
