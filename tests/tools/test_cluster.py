"""`make up` and `down` on a stack that is locked, half made or moved: the real CLI in a copy of the checkout."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.stacks.program import CLUSTER
from tests.support.checkout import Checkout

UP, DOWN = ("python3", "-m", "tools.cluster", "up", "assets"), ("python3", "-m", "tools.cluster", "down", "assets")
PULUMI = ("python3", "-m", "tools.run", "pulumi")
UNCHANGED = (*PULUMI, "preview", "--expect-no-changes", "--stack", "assets")
ASSETS = {"--stack local": "--stack assets"}
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout whose assets stack is up."""
    checkout = Checkout.copy(tmp_path_factory.mktemp("cluster") / "checkout")
    configure(checkout)
    checkout.run(*UP)
    yield checkout
    checkout.run(*DOWN)
    assert not files(checkout).exists()


def configure(checkout: Checkout, **changes: object) -> None:
    checkout.configure("assets", platform="assets", folder=str(files(checkout)), cluster={**CLUSTER, **changes})


def files(checkout: Checkout) -> Path:
    return checkout.folder / "files"


def until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < end, "the point was not reached"
        time.sleep(0.005)


@pytest.fixture
def running(checkout: Checkout) -> Iterator[int]:
    """An `up` in the middle, stopped there: the process id of its engine."""
    configure(checkout, kubernetes_version="v1.36.1")
    with checkout.start(*UP) as process:
        until(lambda: checkout.locks)
        (lock,) = checkout.locks
        until(lock.read_text)
        engine = int(json.loads(lock.read_text())["pid"])
        os.kill(engine, signal.SIGSTOP)
        try:
            yield engine
        finally:
            os.kill(engine, signal.SIGCONT)
            output, _ = process.communicate()
            assert process.returncode == 0, output
            configure(checkout)
            checkout.run(*UP)


@pytest.mark.parametrize("command", [UP, DOWN], ids=["up", "down"])
def test_a_second_run_is_refused_and_changes_nothing(
    checkout: Checkout, running: int, command: tuple[str, ...]
) -> None:
    before, written = checkout.state("assets"), files(checkout).stat().st_mtime_ns
    message = checkout.fails(*command)
    assert "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end" in message
    assert f"@{socket.gethostname()} (pid {running})" in message
    assert "Traceback" not in message
    assert len(checkout.locks) == 1
    assert checkout.state("assets") == before
    assert files(checkout).stat().st_mtime_ns == written


def test_a_lock_of_another_host_is_respected(checkout: Checkout) -> None:
    folder = checkout.folder / ".state/backend/.pulumi/locks/organization/tradewind/assets"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "1.json"
    content = {"pid": 1, "username": "me", "hostname": "elsewhere", "timestamp": "2026-11-24T12:00:00Z"}
    lock.write_text(json.dumps(content))
    assert "created by me@elsewhere (pid 1)" in checkout.fails(*UP)
    assert lock.exists()
    checkout.follow("The stack is locked", 0, ASSETS)
    checkout.run(*UP)


@pytest.fixture
def killed(checkout: Checkout) -> None:
    """An `up` was killed, with its engine."""
    configure(checkout, aggregation=False)
    with checkout.start(*UP) as process:
        until(lambda: checkout.locks)
        (lock,) = checkout.locks
        until(lock.read_text)
        os.killpg(process.pid, signal.SIGKILL)
        os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
    configure(checkout)


@pytest.mark.usefixtures("killed")
def test_a_killed_run_is_gone_on_with(checkout: Checkout) -> None:
    output = checkout.follow("A run was killed", 0, {"make up": "make up STACK=assets"})
    assert "an earlier run on stack assets was killed" in output
    assert checkout.locks == []


@pytest.mark.usefixtures("killed")
def test_a_killed_run_is_gone_on_with_by_hand(checkout: Checkout) -> None:
    checkout.follow("A run was killed", 1, ASSETS)
    assert "was killed" not in checkout.run(*UP)


def test_an_interrupted_run_ends_in_good_order(checkout: Checkout) -> None:
    configure(checkout, aggregation=False)
    # As from a terminal: what runs in the background ignores it.
    with checkout.start("env", "--default-signal=INT", *UP) as process:
        until(lambda: checkout.locks)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, output
    assert "stopped; run it again to go on" in output
    assert checkout.locks == []
    configure(checkout)
    assert "was killed" not in checkout.run(*UP)


def test_refresh_changes_nothing(checkout: Checkout) -> None:
    checkout.follow("Refresh", 0, ASSETS)
    checkout.run(*UNCHANGED)


def test_a_plan_is_what_is_done(checkout: Checkout) -> None:
    configure(checkout, kubernetes_version="v1.36.1")
    scheduler = files(checkout) / "controllers/example-controller-0/static-manifests/kube-scheduler.yaml"
    try:
        checkout.follow("One thing at a time", 0, {**ASSETS, "local-worker-0-files": "example-files"})
        assert "PRIVATE KEY" not in (checkout.folder / "plan.json").read_text()
        assert "v1.36.1" in scheduler.read_text()
        configure(checkout, aggregation=False)
        message = checkout.fails(*PULUMI, "up", "--plan", "plan.json", "--yes", "--stack", "assets")
        assert "violates plan" in message
    finally:
        configure(checkout)
        checkout.run(*UP)


def test_the_state_moves_to_another_backend(checkout: Checkout, tmp_path: Path) -> None:
    before = contents(checkout)
    checkout.follow(
        "Moving the state", 0, {"stack init local": "stack init assets", **ASSETS, "/elsewhere": str(tmp_path)}
    )
    assert not (checkout.folder / "state.json").exists()
    (state,) = tmp_path.glob(".pulumi/stacks/*/assets.json")
    assert "tls:index/privateKey:PrivateKey" in state.read_text()
    assert "PRIVATE KEY" not in state.read_text()
    assert contents(checkout) == before


def test_another_passphrase(checkout: Checkout) -> None:
    passphrase = checkout.folder / ".state/passphrase"
    before, old = contents(checkout), passphrase.read_text()
    checkout.follow("Another passphrase", 0, ASSETS)
    assert passphrase.read_text() != old
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    assert contents(checkout) == before
    checkout.run(*UNCHANGED)
    message = checkout.fails(*UNCHANGED, PULUMI_CONFIG_PASSPHRASE=old)
    assert "incorrect passphrase" in message


def contents(checkout: Checkout) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in files(checkout).rglob("*") if path.is_file()}
