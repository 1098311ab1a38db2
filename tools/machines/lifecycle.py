"""Creating, starting, stopping and deleting machines; each ends in the state it names, whatever it began with.

Reads: the machine asked for, its Ignition config, the layers and images of this host.
Makes: machines.
"""

import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path

from tools.machines import host, images, rootfs, supervisor
from tools.machines.build import environment, hermetic
from tools.machines.errors import MachineError
from tools.machines.spec import MachineSpec
from tools.machines.store import Machine, Record, host_lock, machines

_BOOT_SECONDS = 60.0
_POWEROFF_SECONDS = 60.0
_POWEROFF, _REBOOT = signal.SIGRTMIN + 4, signal.SIGRTMIN + 5  # What systemd takes as process 1.
_TAIL = 20


def create(spec: MachineSpec, ignition: bytes) -> Record:
    """Make the machine and wait until its sshd answers. One that exists with the same config is kept and started.

    Raises:
        MachineError: it can't be made, provisioned or reached; what was half-made is removed.
    """
    machine = Machine(spec.cluster, spec.name)
    digest = hashlib.sha256(ignition).hexdigest()
    with machine.operation():
        record = machine.load()
        if record and record.spec == spec and record.ignition == digest:
            _start(machine, record)
            return record
        _remove(machine)
        try:
            record = _provision(machine, spec, ignition, digest)
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
    """Remove the machine with all its data; nothing happens where there is none."""
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
        if _running(machine):
            _signal(machine, _POWEROFF)
            if not _wait(lambda: not _running(machine), _POWEROFF_SECONDS):
                _kill(machine)
        supervisor.tidy(machine)


def reboot(machine: Machine) -> None:
    """Restart the machine in good order and wait until its sshd answers again."""
    with machine.operation():
        record = _record(machine)
        before, _ = supervisor.processes(machine)
        if _running(machine) and before:
            _signal(machine, _REBOOT)
            if not _wait(lambda: supervisor.processes(machine)[0] not in (before, None), _POWEROFF_SECONDS):
                raise MachineError(f"{machine.title} did not restart\n{log_tails(machine)}")
        _start(machine, record)


def exists(machine: Machine) -> bool:
    """Whether anything of the machine is left, half-made or not."""
    return machine.folder.exists() or bool(machine.noted())


def is_running(machine: Machine) -> bool:
    """Whether the machine is on."""
    return _running(machine)


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


def _provision(machine: Machine, spec: MachineSpec, ignition: bytes, digest: str) -> Record:
    """Write the machine's root file system. The config, which holds secrets, is never on this host's disk."""
    layers, image_folder = rootfs.layers(), images.folder()
    _refuse_conflicts(machine, spec)
    machine.make_folder()
    for name in ("upper", "work", "root", "var", "initramfs", "keys"):
        (machine.folder / name).mkdir()
    for name in ("upper", "root", "var"):
        (machine.folder / name).chmod(0o755)
    keys = machine.folder / "keys"
    key = keys / "ssh_host_ed25519_key"
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", spec.name, "-f", str(key)])
    host_key = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    variables = environment(
        folder=str(machine.folder),
        layers=":".join(map(str, layers)),
        keys=str(keys),
        name=spec.name,
        address=spec.address,
        gateway=spec.gateway,
    )
    script = (Path(__file__).parent / "provision.sh").read_text()
    log_path = machine.folder / "ignition.log"
    log_path.touch(mode=0o600)
    with log_path.open("ab") as log:
        command = hermetic("sh", "-c", script, "provision")
        result = subprocess.run(command, check=False, input=ignition, stdout=log, stderr=log, env=variables)
    if result.returncode:
        raise MachineError(f"Ignition could not provision {machine.title}")
    shutil.rmtree(keys)
    record = Record(
        spec=spec,
        id=secrets.token_hex(16),
        ignition=digest,
        host_key=host_key,
        layers=tuple(map(str, layers)),
        images=str(image_folder),
    )
    machine.save(record)
    return record


def _refuse_conflicts(machine: Machine, spec: MachineSpec) -> None:
    """Two machines with one address, or two links of this host with one network, can't be told apart."""
    network = IPv4Network(spec.network)
    for other in machines():
        record = other.load() if other != machine else None
        if record is None:
            continue
        if other.cluster == spec.cluster and record.spec.address == spec.address:
            raise MachineError(f"address {spec.address} belongs to {other.title}")
        if (record.spec.bridge == spec.bridge) != (record.spec.network == spec.network):
            raise MachineError(f"{other.title} has bridge {record.spec.bridge} and network {record.spec.network}")
        if other.cluster != spec.cluster and network.overlaps(IPv4Network(record.spec.network)):
            raise MachineError(f"network {spec.network} overlaps with {record.spec.network} of {other.title}")
    for link, used in host.networks():
        if link != spec.bridge and network.overlaps(used):
            raise MachineError(f"network {spec.network} overlaps with {used} of this host's link {link}")


def _start(machine: Machine, record: Record) -> None:
    missing = [layer for layer in (*record.layers, record.images) if not Path(layer).is_dir()]
    if missing:
        raise MachineError(
            f"{machine.title} can't start: {', '.join(missing)} was removed; delete it and create it again"
        )
    if not _running(machine):
        supervisor.tidy(machine)
        (machine.folder / "supervisor.log").write_text("")
        process = supervisor.spawn(machine)
        if not _wait(lambda: _running(machine) or process.poll() is not None, _BOOT_SECONDS):
            raise MachineError(f"the supervisor of {machine.title} did not start")
    deadline = time.monotonic() + _BOOT_SECONDS
    while not _ssh_answers(record.spec.address):
        if not _running(machine):
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


def _running(machine: Machine) -> bool:
    with host_lock():
        return machine.runs()


def _signal(machine: Machine, number: int) -> None:
    init, _ = supervisor.processes(machine)
    if init:
        with suppress(ProcessLookupError):
            os.kill(init, number)


def _kill(machine: Machine) -> None:
    """Pull the plug: the supervisor sees its machine end, tidies up and ends too."""
    _, parent = supervisor.processes(machine)
    noted = machine.noted().get("supervisor")
    for pid in (parent, noted):
        if isinstance(pid, int) and _running(machine):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            if _wait(lambda: not _running(machine), 10):
                return
    if _running(machine):
        raise MachineError(f"{machine.title} can't be ended; its supervisor is process {noted}")


def _remove(machine: Machine) -> None:
    if _running(machine):
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


def _run(command: list[str]) -> None:
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        raise MachineError(f"{command[0]} failed: {result.stderr.strip()}")
