"""What a killed run leaves in a stack, and taking it away."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.recovery import recover
from tools.toolchain.errors import ToolchainError

STACK = "urn:pulumi:test::tradewind::pulumi:pulumi:Stack::tradewind-test"
# Keeps the state of the only stack in a file.
PULUMI = """#!/bin/sh
case "$1 $2" in
  "stack export") cat state.json ;;
  "stack import") cat > state.json ;;
  *) echo "$@" >&2; exit 2 ;;
esac
"""


class Project:
    """A stack without an engine: a state, and locks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.locks = folder / "a backend/.pulumi/locks/organization/tradewind/test"
        self.stacks = folder / "a backend/.pulumi/stacks/tradewind"
        for each in (self.locks, self.stacks, folder / "bin"):
            each.mkdir(parents=True)
        (folder / "bin/pulumi").write_text(PULUMI)
        (folder / "bin/pulumi").chmod(0o755)
        self.environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{str(folder).replace(' ', '%20')}/a%20backend?metadata=skip",
        }
        self.save()

    def save(self, resources: tuple[str, ...] = (), pending: tuple[dict[str, Any], ...] = ()) -> None:
        deployment = {"resources": [{"urn": urn} for urn in (STACK, *resources)], "pending_operations": list(pending)}
        (self.folder / "state.json").write_text(json.dumps({"version": 3, "deployment": deployment}))

    @property
    def pending(self) -> list[str]:
        document = json.loads((self.folder / "state.json").read_text())
        return [each["type"] for each in document["deployment"]["pending_operations"]]

    def lock(self, content: Any) -> Path:
        file = self.locks / f"{len(list(self.locks.iterdir()))}.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def recover(self) -> None:
        recover("test", self.environment, self.folder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def holder(pid: int, host: str = "") -> dict[str, Any]:
    return {
        "pid": pid,
        "username": "root",
        "hostname": host or socket.gethostname(),
        "timestamp": "2026-11-24T12:00:00Z",
    }


def creating(name: str, delete: str | None = None, **inputs: Any) -> dict[str, Any]:
    given = {**inputs, **({"delete": delete} if delete else {})}
    kind = "command:local:Command"
    return {
        "type": "creating",
        "resource": {"urn": f"urn:pulumi:test::p::{kind}::{name}", "type": kind, "inputs": given},
    }


@pytest.fixture
def ended() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def engine(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that the kernel knows as pulumi."""
    (tmp_path / "pulumi").symlink_to("/bin/sleep")
    with subprocess.Popen([tmp_path / "pulumi", "60"]) as process:
        yield process
        process.kill()


def test_the_lock_and_the_half_written_state_of_a_killed_run_go(project, ended, capsys) -> None:
    lock = project.lock(holder(ended))
    state, partial = project.stacks / "test.json", project.stacks / "test.json.18eb1a16f2305416.tmp"
    others = project.stacks / "test2.json.18eb1a16f2305417.tmp"
    for file in (state, partial, others):
        file.write_text("{}")
    project.recover()
    assert not lock.exists()
    assert {file.name for file in project.stacks.iterdir()} == {"test.json", others.name}
    assert "earlier run on stack test was killed" in capsys.readouterr().out


def test_another_process_that_has_got_the_number_holds_no_lock(project) -> None:
    lock = project.lock(holder(os.getpid()))
    project.recover()
    assert not lock.exists()


def test_a_run_that_has_ended_and_is_not_yet_forgotten_holds_no_lock(project, engine) -> None:
    lock = project.lock(holder(engine.pid))
    engine.kill()
    os.waitid(os.P_PID, engine.pid, os.WEXITED | os.WNOWAIT)
    project.recover()
    assert not lock.exists()


@pytest.mark.parametrize(
    "content",
    [holder(4_000_000, "elsewhere"), {"hostname": socket.gethostname()}, {}, [], "", '{"pid":'],
    ids=["another host", "no process", "nothing", "not an object", "empty", "half written"],
)
def test_a_lock_that_may_be_held_stays_and_so_does_all_else(project, ended, content) -> None:
    project.save(pending=(creating("machine", "touch removed"),))
    stale, lock = project.lock(holder(ended)), project.lock(content)
    project.recover()
    assert lock.exists() and stale.exists()
    assert project.pending == ["creating"]
    assert not (project.folder / "removed").exists()


def test_a_run_that_goes_on_is_left_alone(project, engine) -> None:
    project.save(pending=(creating("machine", "touch removed"),))
    lock = project.lock(holder(engine.pid))
    project.recover()
    assert lock.exists()
    assert project.pending == ["creating"]
    assert not (project.folder / "removed").exists()


def test_what_was_being_made_is_removed_by_its_own_command(project, ended) -> None:
    lock = project.lock(holder(ended))
    command = 'test -e "$LOCK" && printf %s "$MACHINE" > removed'
    machine = creating("machine", command, environment={"MACHINE": "m0", "LOCK": str(lock)})
    key = {
        "type": "creating",
        "resource": {"urn": "urn:pulumi:test::p::tls:index/privateKey:PrivateKey::key", "type": "tls"},
    }
    project.save(pending=(machine, creating("no delete"), key, {**machine, "type": "updating"}))
    project.recover()
    # The killed run's lock kept others out meanwhile.
    assert (project.folder / "removed").read_text() == "m0"
    assert project.pending == []
    assert not lock.exists()


def test_a_delivery_that_was_being_changed_is_repeated_and_nothing_else_is(project) -> None:
    def updating(kind: str, name: str) -> dict[str, Any]:
        return {"type": "updating", "resource": {"urn": f"urn:pulumi:test::p::{kind}::{name}", "type": kind}}

    pending = (updating("command:remote:Command", "files"), updating("command:local:Command", "machine"))
    project.save(resources=tuple(each["resource"]["urn"] for each in pending), pending=pending)
    project.recover()
    document = json.loads((project.folder / "state.json").read_text())["deployment"]
    tainted = [each["urn"] for each in document["resources"] if each.get("taint")]
    assert tainted == ["urn:pulumi:test::p::command:remote:Command::files"]
    assert project.pending == []


def test_what_a_later_run_has_made_is_kept(project) -> None:
    machine = creating("machine", "touch removed")
    project.save(resources=(machine["resource"]["urn"],), pending=(machine,))
    project.recover()
    assert not (project.folder / "removed").exists()
    assert project.pending == []


def test_what_cannot_be_removed_is_told_and_tried_again(project, ended) -> None:
    lock = project.lock(holder(ended))
    project.save(pending=(creating("machine", "echo it is stuck >&2; exit 3"),))
    with pytest.raises(ToolchainError, match="machine was being made and can't be removed: it is stuck"):
        project.recover()
    assert lock.exists()
    assert project.pending == ["creating"]


def test_with_a_backend_elsewhere_nothing_happens(project) -> None:
    project.environment["PULUMI_BACKEND_URL"] = "s3://bucket"
    project.save(pending=(creating("machine", "touch removed"),))
    project.recover()
    assert project.pending == ["creating"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_recoveries_at_once_remove_once(project, ended) -> None:
    project.lock(holder(ended))
    project.save(pending=(creating("machine", "sleep 0.3; echo removed >> removals"),))
    program = "from tools.recovery import recover; import json, sys; from pathlib import Path; "
    program += "recover('test', json.loads(sys.argv[1]), Path(sys.argv[2]))"
    command = [sys.executable, "-c", program, json.dumps(project.environment), str(project.folder)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert (project.folder / "removals").read_text().splitlines() == ["removed"]
