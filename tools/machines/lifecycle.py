"""Creating, starting, stopping and deleting machines; each ends in the state it names, whatever it began with.

Reads: the machine asked for, and what is there of it.
Makes: machines.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tools.machines import supervisor
from tools.machines.errors import MachineError
from tools.machines.provision import digest, provision
from tools.machines.spec import MachineSpec
from tools.machines.store import Machine, Record, host_lock

_BOOT_SECONDS = 60.0
_POWEROFF_SECONDS = 60.0
_SIGNAL_SECONDS = 1.0
_LEAVE_UNIT = "delete-node.service"
_LEAVE_SECONDS = 10.0
_POWEROFF, _REBOOT = signal.SIGRTMIN + 4, signal.SIGRTMIN + 5  # What systemd takes as process 1.
_TAIL = 20


def create(spec: MachineSpec, ignition: bytes) -> Record:
    """Make the machine and wait until its sshd answers. One that exists with the same config is kept and started.

    Raises:
        MachineError: it can't be made, provisioned or reached; what was half-made is removed.
    """
    machine = Machine(spec.cluster, spec.name)
    with machine.operation():
        record = machine.load()
        if record and record.spec == spec and record.ignition == digest(ignition):
            _start(machine, record)
            return record
        _remove(machine)
        try:
            record = provision(machine, spec, ignition)
            _start(machine, record)
        except BaseException as error:
            logs = log_tails(machine)
            _remove(machine)
            if isinstance(error, MachineError) and logs:
                raise MachineError(f"{error}\n{logs}") from error
            raise
        return record


def update(spec: MachineSpec) -> Record:
    """Start the machine if it is off. A changed Ignition config means nothing: it is for the first boot only.

    Raises:
        MachineError: there is no such machine, or it would have to become another one.
    """
    machine = Machine(spec.cluster, spec.name)
    with machine.operation():
        record = machine.load()
        if record is None:
            raise MachineError(f"there is no machine {machine.title} to update: replace the resource to make it again")
        old, new = record.spec.to_dict(), spec.to_dict()
        changed = ", ".join(f"{key} from {old[key]} to {new[key]}" for key in new if old[key] != new[key])
        if changed:
            raise MachineError(f"a machine can't change {changed}: replace the resource to make another machine")
        _start(machine, record)
        return record


def delete(machine: Machine) -> None:
    """Let the machine leave its cluster, then remove it; nothing happens where there is none."""
    with machine.operation():
        _leave(machine)
        _remove(machine)


def purge(machine: Machine) -> None:
    """Remove the machine with all its data at once; nothing happens where there is none."""
    with machine.operation():
        _remove(machine)


def start(machine: Machine) -> None:
    """Start the machine and wait until its sshd answers.

    Raises:
        MachineError: it does not exist or does not answer.
    """
    with machine.operation():
        _start(machine, _record(machine))


def stop(machine: Machine) -> None:
    """Power the machine off in good order, or pull its plug when that takes too long."""
    with machine.operation():
        deadline = time.monotonic() + _POWEROFF_SECONDS
        while is_running(machine):
            if time.monotonic() > deadline:
                _kill(machine)
                break
            # Again and again: a machine that is starting or restarting does not hear it.
            _signal(machine, _POWEROFF)
            _wait(lambda: not is_running(machine), _SIGNAL_SECONDS)
        supervisor.tidy(machine)


def reboot(machine: Machine) -> None:
    """Restart the machine in good order and wait until its sshd answers again."""
    with machine.operation():
        record = _record(machine)
        before, _ = supervisor.processes(machine)
        if is_running(machine) and before:
            _signal(machine, _REBOOT)
            if not _wait(lambda: supervisor.processes(machine)[0] not in (before, None), _POWEROFF_SECONDS):
                raise MachineError(f"{machine.title} did not restart\n{log_tails(machine)}")
        _start(machine, record)


def is_running(machine: Machine) -> bool:
    """Whether the machine is on."""
    with host_lock():
        return machine.runs()


def log_tails(machine: Machine) -> str:
    """The last lines of each log of a machine that this host keeps."""
    parts = []
    for name in ("ignition.log", "supervisor.log", "console.log"):
        with suppress(FileNotFoundError):
            lines = (machine.folder / name).read_text(errors="replace").splitlines()[-_TAIL:]
            parts += [f"--- {machine.folder / name}", *lines] if lines else []
    return "\n".join(parts)


def _record(machine: Machine) -> Record:
    record = machine.load()
    if record is None:
        raise MachineError(f"there is no machine {machine.title}, or it was never finished: create it again")
    return record


def _start(machine: Machine, record: Record) -> None:
    missing = [layer for layer in (*record.layers, record.images) if not Path(layer).is_dir()]
    if missing:
        raise MachineError(
            f"{machine.title} can't start: {', '.join(missing)} was removed; delete it and create it again"
        )
    if not is_running(machine):
        supervisor.tidy(machine)
        (machine.folder / "supervisor.log").write_text("")
        process = supervisor.spawn(machine)
        if not _wait(lambda: is_running(machine) or process.poll() is not None, _BOOT_SECONDS):
            raise MachineError(f"the supervisor of {machine.title} did not start")
    deadline = time.monotonic() + _BOOT_SECONDS
    while not _ssh_answers(record.spec.address):
        if not is_running(machine):
            raise MachineError(f"{machine.title} ended while it was starting")
        if time.monotonic() > deadline:
            raise MachineError(
                f"sshd of {machine.title} did not answer on {record.spec.address} in {_BOOT_SECONDS:.0f} s"
            )
        time.sleep(0.05)


def _ssh_answers(address: str) -> bool:
    with suppress(OSError), socket.create_connection((address, 22), timeout=1) as connection:
        connection.settimeout(1)
        return connection.recv(4) == b"SSH-"
    return False


def _signal(machine: Machine, number: int) -> None:
    init, _ = supervisor.processes(machine)
    if init:
        with suppress(ProcessLookupError):
            os.kill(init, number)


def _kill(machine: Machine) -> None:
    """Pull the plug: the supervisor sees its machine end, tidies up and ends too."""
    # Process 1 first: its parent waits for it, so that nothing is left to this host's init.
    noted = machine.noted().get("supervisor")
    for pid in (*supervisor.processes(machine), noted):
        if isinstance(pid, int) and is_running(machine):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            if _wait(lambda: not is_running(machine), 10):
                return
    if is_running(machine):
        raise MachineError(f"{machine.title} can't be ended; its supervisor is process {noted}")


def _leave(machine: Machine) -> None:
    """Start the unit by which a node takes itself out of its cluster, on a machine that has it; it may fail."""
    init, _ = supervisor.processes(machine) if is_running(machine) else (None, None)
    if init:
        command = [*supervisor.inside(init), "systemctl", "start", _LEAVE_UNIT]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, check=False, capture_output=True, timeout=_LEAVE_SECONDS, cwd="/")


def _remove(machine: Machine) -> None:
    if is_running(machine):
        _kill(machine)
    supervisor.tidy(machine)
    machine.forget()


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
