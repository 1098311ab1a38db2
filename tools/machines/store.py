"""What is known about machines: their folders, records and locks.

Reads and makes: /var/lib/tradewind/<cluster>/<machine>/ (lasting) and /run/tradewind/ (until this host restarts).
Both folders are for root only.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.machines.errors import MachineError
from tools.machines.locks import locked, try_lock
from tools.machines.spec import MachineSpec, is_label

STATE = Path("/var/lib/tradewind")
RUN = Path("/run/tradewind")


@dataclass(frozen=True, kw_only=True)
class Record:
    """A machine that was made, whether it runs or not."""

    spec: MachineSpec
    id: str
    """32 hexadecimal digits, new for every machine that is made; its machine-id as well."""
    ignition: str
    """SHA-256 of the Ignition config that it was provisioned with."""
    host_key: str
    """Its SSH host key's public half, as in a known_hosts line without the address."""
    layers: tuple[str, ...]
    """Read-only layers of its root file system, topmost first."""
    images: str
    """This host's folder of container images that it sees as /opt/images."""

    def public(self) -> dict[str, str]:
        """What `create` answers."""
        return {"name": self.spec.name, "address": self.spec.address, "hostKey": self.host_key, "id": self.id}


@dataclass(frozen=True, order=True)
class Machine:
    """A machine's name and its places on this host; says nothing about whether it exists."""

    cluster: str
    name: str

    @property
    def folder(self) -> Path:
        """Everything of the machine that lasts."""
        return STATE / self.cluster / self.name

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"{self.cluster}/{self.name}"

    @property
    def group(self) -> str:
        """Its control group's name."""
        return f"tradewind.{self.cluster}.{self.name}"

    @property
    def _run_file(self) -> Path:
        return RUN / self.cluster / f"{self.name}.run"

    def operation(self) -> AbstractContextManager[int]:
        """Hold this around any change of the machine."""
        return locked(RUN / self.cluster / f"{self.name}.lock", remove=True)

    def take(self) -> int | None:
        """Become the machine's supervisor: a lock for as long as it runs; None if there is one already."""
        return try_lock(self._run_file)

    def release(self, descriptor: int) -> None:
        """Stop being the supervisor."""
        self._run_file.unlink(missing_ok=True)
        os.close(descriptor)

    def runs(self) -> bool:
        """Whether a supervisor holds the machine. Call it with the host's lock held: it takes the lock for a moment."""
        if not self._run_file.exists():
            return False
        descriptor = try_lock(self._run_file)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def note(self, facts: dict[str, object]) -> None:
        """Write what others must know to stop the machine; only the supervisor may."""
        self._run_file.write_text(json.dumps(facts))

    def noted(self) -> dict[str, object]:
        """The supervisor's last note, also when it is gone."""
        try:
            value = json.loads(self._run_file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def load(self) -> Record | None:
        """The record, or None for a machine that does not exist or was left half-made."""
        try:
            value = json.loads((self.folder / "machine.json").read_text())
        except FileNotFoundError:
            return None
        spec = MachineSpec(**value.pop("spec"))
        return Record(spec=spec, **{**value, "layers": tuple(value["layers"])})

    def save(self, record: Record) -> None:
        """Declare the machine complete."""
        value = {**vars(record), "spec": record.spec.to_dict()}
        partial = self.folder / "machine.json.partial"
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(value, indent=1) + "\n")
        partial.rename(self.folder / "machine.json")

    def claim(self, spec: MachineSpec) -> None:
        """Make the machine's folder, for root only, and let others see what it is going to be."""
        for folder in (STATE, self.folder.parent, self.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "claim.json").write_text(json.dumps(spec.to_dict()))

    def claimed(self) -> MachineSpec | None:
        """What the machine is or is going to be."""
        try:
            return MachineSpec(**json.loads((self.folder / "claim.json").read_text()))
        except (FileNotFoundError, ValueError):
            return None

    def forget(self) -> None:
        """Remove all files, and the parents that become empty."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self._run_file.unlink(missing_ok=True)
        remove_empty(self.folder.parent, STATE)


def host_lock() -> AbstractContextManager[int]:
    """Hold this around changes of what machines share on this host: bridges, sysctls, who runs."""
    return locked(RUN / "lock")


def machines(cluster: str | None = None) -> Iterator[Machine]:
    """Every machine, half-made and half-removed ones included, in order."""
    folders = STATE.glob(f"{cluster or '*'}/*")
    notes = RUN.glob(f"{cluster or '*'}/*.run")
    yield from sorted({Machine(path.parent.name, path.name.removesuffix(".run")) for path in (*folders, *notes)})


def find(text: str) -> Machine:
    """The machine that a user means by `name` or `cluster/name`.

    Raises:
        MachineError: there is none, or there are several.
    """
    cluster, _, name = text.rpartition("/")
    found = [machine for machine in machines(cluster or None) if machine.name == name and is_label(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise MachineError(f"{name} exists in several clusters: say {' or '.join(item.title for item in found)}")
    raise MachineError(f"there is no machine {text}")


def remove_empty(*folders: Path) -> None:
    """Remove the folders that are empty, in the order given."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
