"""Runs of the CLI that are killed: all at once, as by a power cut, or the engine alone, as by the kernel when short of
memory.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.pulumi_stack import Stack
from tools.paths import CHECKOUT, bin_dir

PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.005
OUTLIVES = "tools.machines supervise"
"""A machine is no part of the run that started it."""


@dataclass(frozen=True)
class Checkpoint:
    """A stack's state as it is on disk in the middle of a run."""

    resources: list[dict[str, Any]] = field(default_factory=list)
    pending: list[tuple[str, str]] = field(default_factory=list)
    """Operation (creating, updating, deleting) and name of each resource that is being worked on."""

    @classmethod
    def of(cls, stack: Stack) -> "Checkpoint":
        """The checkpoint, empty where there is none yet."""
        for file in stack.backend.glob(".pulumi/stacks/*/test.json"):
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
            pending = latest.get("pending_operations") or []
            return cls(
                latest.get("resources") or [],
                [(each["type"], each["resource"]["urn"].rpartition("::")[2]) for each in pending],
            )
        return cls()

    @property
    def names(self) -> set[str]:
        """Names of the resources that are made and not about to be deleted."""
        return {each["urn"].rpartition("::")[2] for each in self.resources if not each.get("delete")}

    @property
    def condemned(self) -> set[str]:
        """Names of the resources that have a successor and are still to be deleted."""
        return {each["urn"].rpartition("::")[2] for each in self.resources if each.get("delete")}

    def count(self, prefix: str) -> int:
        """How many resources have a type that begins so."""
        return len([each for each in self.resources if each["type"].startswith(prefix) and each.get("custom")])


def start(stack: Stack, *arguments: str) -> "subprocess.Popen[str]":
    """Start the CLI with a verb, such as up, on the stack."""
    command = [bin_dir() / "pulumi", *arguments, "--stack", "test", "--yes", "--skip-preview", "--non-interactive"]
    return subprocess.Popen(
        command,
        cwd=stack.folder,
        env=stack.environment | {"PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill_when(
    stack: Stack,
    verb: str,
    reached: Callable[[], bool],
    *,
    engine_alone: bool = False,
    first: Callable[[], None] = lambda: None,
) -> None:
    """Start a run and kill it as soon as a point is reached that was not reached before; `first` cuts what is far."""
    assert not reached(), "the point was there before the run"
    process = start(stack, verb)
    try:
        _wait(process, reached)
        first()
    finally:
        if engine_alone:
            process.kill()
        else:
            _kill_tree(process.pid)
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def _wait(process: "subprocess.Popen[str]", reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if process.poll() is not None:
            raise AssertionError(f"the run ended before it could be killed:\n{process.stdout.read()}")  # type: ignore[union-attr]
        assert time.monotonic() < end, "the point was not reached"
        time.sleep(LOOK_SECONDS)


def _kill_tree(pid: int) -> None:
    """Kill a process and all that it started, in sessions of their own too, machines aside."""
    found = {pid}
    new = {pid}
    while new:
        for each in new:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGSTOP)  # starts nothing more
        new = {
            child for child, parent in _parents().items() if parent in found and OUTLIVES not in _command(child)
        } - found
        found |= new
    for each in found:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _parents() -> dict[int, int]:
    """The parent of every process."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    return found


def _command(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def processes_of(stack: Stack) -> list[str]:
    """Command lines of the processes that runs of this stack, or of its neighbours, have left.

    Pulumi's language host is not among them: it looks every five minutes whether its engine is still there, and ends.
    """
    marker = f"PULUMI_HOME={stack.environment['PULUMI_HOME']}"
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if marker in environment.read_text(errors="replace").split("\0"):
                found.append(_command(int(environment.parent.name)))
    return [each for each in found if each and "/pulumi-language-" not in each.split()[0]]
