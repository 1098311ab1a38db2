"""The virtual machine's disk: Debian with SELinux, every file labelled before the first boot.

Reads: Debian's archive (TRADEWIND_DEBIAN_MIRROR, else deb.debian.org), guest/ and the toolchain's Ignition.
Makes: <cache>/selinux/debian-<key> (packages) and disk-<key> (disk, kernel and initramfs).

Debian and not Fedora CoreOS: its packages are what can be had without a registry of its own and without a login. Its
policy has the same container types and categories; which label a path has by default differs (docs/selinux.md).
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools import paths
from tools.machines import debian
from tools.machines.build import Build, environment, hermetic, once
from tools.machines.errors import MachineError
from tools.toolchain.pins import architecture

SUITE = "trixie"
PACKAGES = (
    *("linux-image-cloud-amd64", "initramfs-tools", "kmod", "udev", "systemd", "systemd-sysv", "dbus"),
    *("selinux-policy-default", "policycoreutils", "selinux-utils"),
    # catatonit is what holds a pod of podman together.
    *("podman", "crun", "netavark", "aardvark-dns", "passt", "catatonit"),
    *("sudo", "curl", "iproute2", "nftables", "iptables", "busybox-static", "ca-certificates"),
)

_HERE = Path(__file__).parent
_GUEST = _HERE / "guest"
_FREE = 512 * 1024 * 1024
"""Bytes of the disk that the machine may fill."""


@dataclass(frozen=True)
class Disk:
    """A finished disk; whoever boots from it boots a copy."""

    image: Path
    """ext4 without partitions."""
    kernel: Path
    initramfs: Path


def setup() -> Disk:
    """Make the disk if it is missing, and say so; a second run, or one at the same time, changes nothing.

    Raises:
        MachineError: it could not be made.
    """
    if architecture() != "amd64":
        raise MachineError("the machine with SELinux is emulated on x86-64 only; CI has one")
    once(_debian(), _make_debian)
    once(_folder(), _make_disk)
    return Disk(*(_folder() / name for name in ("disk.img", "vmlinuz", "initrd.img")))


def _debian() -> Path:
    return paths.cache_root() / "selinux" / f"debian-{debian.key(SUITE, PACKAGES)}"


def _folder() -> Path:
    digest = hashlib.sha256(f"{_debian().name} {paths.relabelling_ignition().parent.name}".encode())
    for path in (Path(__file__), *sorted(_GUEST.rglob("*"))):
        if path.is_file():
            digest.update(f"{path.relative_to(_HERE)} {path.stat().st_mode & 0o111}\0".encode() + path.read_bytes())
    return _debian().with_name(f"disk-{digest.hexdigest()[:12]}")


def _make_debian(build: Build) -> Path:
    made = debian.tree(build, SUITE, PACKAGES, "a virtual machine with SELinux")
    # Once here, so that a disk has few labels left to write.
    _in_chroot(build, f'{_ENTER}\nchroot "$1" {_SETFILES}', str(made))
    return made


_ENTER = """
set -eu
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mount --bind /dev "$1/dev"
"""
_SETFILES = "setfiles -m -F -e /proc -e /run -e /dev /etc/selinux/default/contexts/files/file_contexts /"

_DISK = f"""
set -eu
mount -t overlay tradewind -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/mount"
root=$1/mount
set -- "$root" "$@"
{_ENTER}
chroot "$root" sh -c "$4"
chroot "$root" {_SETFILES}
for place in proc run dev; do umount "$root/$place"; done
for name in vmlinuz initrd.img; do cp "$root/$name" "$2/done/$name"; done
mke2fs -q -t ext4 -L root -O ^has_journal -m 0 -d "$root" "$2/done/disk.img" "$5"
"""


def _make_disk(build: Build) -> Path:
    work = build.folder
    for name in ("work", "mount", "done"):
        (work / name).mkdir()
    build.say("making the disk of a virtual machine with SELinux: settings, labels, file system, about a minute")
    shutil.copytree(_GUEST / "root", work / "upper")
    ignition = work / "upper/usr/bin/ignition"
    ignition.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(_ignition(), ignition)
    for path in (work / "upper", *(work / "upper").rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    blocks = f"{(_size(_debian()) + _FREE) // 1024}k"
    _in_chroot(build, _DISK, str(work), str(_debian()), (_GUEST / "finish.sh").read_text(), blocks)
    return work / "done"


def _ignition() -> Path:
    program = paths.relabelling_ignition()
    if not program.is_file():
        raise MachineError("the Ignition of the machine with SELinux is missing: run `make test-selinux`")
    return program.resolve()


def _in_chroot(build: Build, script: str, *arguments: str) -> None:
    variables = environment(DEBIAN_FRONTEND="noninteractive")
    build.run(hermetic("sh", "-c", script, "selinux", *arguments), env=variables)


def _size(tree: Path) -> int:
    """Bytes that the files of a tree take, with a block for each name."""
    entries = [path.lstat() for path in tree.rglob("*")]
    return sum(entry.st_size + os.sysconf("SC_PAGE_SIZE") for entry in entries)
