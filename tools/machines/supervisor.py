"""The one process of a machine outside of it: starts it, restarts it when it reboots, tidies up when it ends.

Reads: the machine's record.
Makes: its control groups, link and processes; console.log. All of it is gone when the supervisor ends; when the
supervisor is killed, the machine dies with it and `tidy` does the rest later.
"""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from tools import paths
from tools.machines import cgroups, host
from tools.machines.build import environment
from tools.machines.errors import MachineError
from tools.machines.store import Machine, Record, host_lock

# Read at once: the machine may outlive the checkout.
_LAUNCH, _INIT = ((Path(__file__).parent / name).read_text() for name in ("launch.sh", "init.sh"))
# How the kernel ends process 1 of a namespace that asks for a reboot: SIGHUP, seen directly or as a shell's status.
_REBOOT = (-1, 129)


def spawn(machine: Machine) -> subprocess.Popen[bytes]:
    """Start a supervisor that outlives the caller: its own session, no inherited descriptor, output to a log."""
    with (machine.folder / "supervisor.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tools.machines", "supervise", machine.title],
            cwd=paths.CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def supervise(machine: Machine) -> None:
    """Run the machine until it is powered off or killed.

    Raises:
        MachineError: it has no record, or this host can't be prepared for it.
    """
    record = machine.load()
    if record is None:
        raise MachineError(f"there is no machine {machine.title}")
    with host_lock():
        descriptor = machine.take()
        if descriptor is None:
            return
        try:
            host.enter(record.spec)
        except BaseException:
            _release(machine, record, descriptor)
            raise
    try:
        while _boot(machine, record) in _REBOOT:
            _clean(machine, record)
    finally:
        _clean(machine, record)
        with host_lock():
            _release(machine, record, descriptor)


def tidy(machine: Machine) -> bool:
    """Do what a killed supervisor could not. False while a supervisor lives."""
    with host_lock():
        descriptor = machine.take()
        if descriptor is None:
            return False
        record = machine.load()
        _clean(machine, record)
        _release(machine, record, descriptor)
    return True


def _release(machine: Machine, record: Record | None, descriptor: int) -> None:
    machine.release(descriptor)
    host.leave(machine, record.spec.bridge if record else None)


def _boot(machine: Machine, record: Record) -> int:
    """One run from start to power-off; gives the exit code of process 1 as its parent sees it."""
    trees = cgroups.current()
    groups = cgroups.make(trees, machine.group)
    note: dict[str, object] = {"supervisor": os.getpid(), "groups": [str(group) for group in groups]}
    machine.note(note)
    console, terminal = os.openpty()
    variables = environment(
        groups=" ".join(map(str, groups)),
        folder=str(machine.folder),
        layers=":".join(record.layers),
        images=record.images,
        controllers=" ".join(tree.controllers for tree in trees),
        console=os.ttyname(terminal),
        name=record.spec.name,
        address=f"{record.spec.address}/{record.spec.prefix}",
        gateway=record.spec.gateway,
        id=record.id,
    )
    with (machine.folder / "console.log").open("ab", buffering=0) as log:
        reader = threading.Thread(target=_copy, args=(console, log.fileno()))
        reader.start()
        process = subprocess.Popen(
            ["sh", "-c", _LAUNCH, "launch", _INIT],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            _let_go(process, record)
            machine.note({**note, "parent": process.pid})
            return process.wait()
        finally:
            process.kill()
            process.wait()
            os.close(terminal)
            reader.join()


def _let_go(process: subprocess.Popen[bytes], record: Record) -> None:
    """Plug the network in once the machine's namespaces exist, and let its process 1 go on."""
    assert process.stdin and process.stdout  # noqa: S101
    with process.stdin, process.stdout:
        if process.stdout.readline() != b"ready\n":
            return
        host.plug_in(record.spec, process.pid)
        process.stdin.write(b"go\n")


def _copy(source: int, target: int) -> None:
    """Copy a terminal's output until its last user is gone."""
    with suppress(OSError):
        while data := os.read(source, 65536):
            os.write(target, data)
    os.close(source)


def _clean(machine: Machine, record: Record | None) -> None:
    """Remove what a run leaves on this host."""
    groups = machine.noted().get("groups", [])
    if isinstance(groups, list):
        cgroups.remove([Path(group) for group in groups])
    if record:
        host.delete_link(record.spec.link)


def inside(init: int) -> tuple[str, ...]:
    """Words before a command that run it in the namespaces of the machine with that process 1."""
    return ("nsenter", "--target", str(init), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")


def processes(machine: Machine) -> tuple[int | None, int | None]:
    """The machine's process 1 and its parent, as this host sees them; None for what is not there."""
    parent = machine.noted().get("parent")
    if not isinstance(parent, int):
        return None, None
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if f"\nPPid:\t{parent}\n" in status.read_text():
                return int(status.parent.name), parent
    return None, parent
