"""Making a machine's root file system: a claim on its name and address, keys, and the image's Ignition.

Reads: the machine asked for, its Ignition config, the layers and images of this host.
Makes: the machine's folder, complete once it has a record.
"""

import hashlib
import secrets
import shutil
import subprocess
from ipaddress import IPv4Network
from pathlib import Path

from tools.machines import flatcar, host, images, rootfs
from tools.machines.build import environment, hermetic
from tools.machines.errors import MachineError
from tools.machines.spec import FLATCAR, MachineSpec
from tools.machines.store import Machine, Record, host_lock, machines

_SCRIPT = Path(__file__).parent / "provision.sh"
_FOLDERS = ("upper", "work", "root", "var", "initramfs", "keys")


def digest(ignition: bytes) -> str:
    """What a record keeps of an Ignition config, which holds secrets."""
    return hashlib.sha256(ignition).hexdigest()


def provision(machine: Machine, spec: MachineSpec, ignition: bytes) -> Record:
    """Make the machine's files. The config itself is never on this host's disk.

    Raises:
        MachineError: something else has its address or network, or Ignition failed.
    """
    layers = flatcar.layers() if spec.system == FLATCAR else rootfs.layers()
    image_folder = images.folder()
    with host_lock():
        _refuse_conflicts(machine, spec)
        machine.claim(spec)
    for name in _FOLDERS:
        (machine.folder / name).mkdir()
        (machine.folder / name).chmod(0o755)
    host_key = _make_host_key(machine.folder / "keys", spec.name)
    _run_ignition(machine, spec, layers, image_folder, ignition)
    shutil.rmtree(machine.folder / "keys")
    record = Record(
        spec=spec,
        id=secrets.token_hex(16),
        ignition=digest(ignition),
        host_key=host_key,
        layers=tuple(map(str, layers)),
        images=str(image_folder),
    )
    machine.save(record)
    return record


def _make_host_key(folder: Path, comment: str) -> str:
    """Make the SSH host key before first boot, so that nobody has to trust the first answer; gives its public half."""
    key = folder / "ssh_host_ed25519_key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(key)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        raise MachineError(f"ssh-keygen failed: {result.stderr.strip()}")
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def _run_ignition(
    machine: Machine, spec: MachineSpec, layers: tuple[Path, ...], image_folder: Path, ignition: bytes
) -> None:
    variables = environment(
        folder=str(machine.folder),
        layers=":".join(map(str, layers)),
        images=str(image_folder),
        stores=" ".join(images.STORES[spec.system]),
        keys=str(machine.folder / "keys"),
        name=spec.name,
        address=spec.address,
        gateway=spec.gateway,
    )
    log_path = machine.folder / "ignition.log"
    log_path.touch(mode=0o600)
    with log_path.open("ab") as log:
        command = hermetic("sh", "-c", _SCRIPT.read_text(), "provision")
        result = subprocess.run(command, check=False, input=ignition, stdout=log, stderr=log, env=variables)
    if result.returncode:
        raise MachineError(f"Ignition could not provision {machine.title}")


def _refuse_conflicts(machine: Machine, spec: MachineSpec) -> None:
    """Two machines with one address, or two links of this host with one network, can't be told apart."""
    network = IPv4Network(spec.network)
    for other in machines():
        claim = other.claimed() if other != machine else None
        if claim is None:
            continue
        if other.cluster == spec.cluster and claim.address == spec.address:
            raise MachineError(f"address {spec.address} belongs to {other.title}")
        if (claim.bridge == spec.bridge) != (claim.network == spec.network):
            raise MachineError(f"{other.title} has bridge {claim.bridge} and network {claim.network}")
        if other.cluster != spec.cluster and network.overlaps(IPv4Network(claim.network)):
            raise MachineError(f"network {spec.network} overlaps with {claim.network} of {other.title}")
    for link, used in host.networks():
        if link != spec.bridge and network.overlaps(used):
            raise MachineError(f"network {spec.network} overlaps with {used} of this host's link {link}")
