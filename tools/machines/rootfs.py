"""The root file system that all machines of this host share, in two read-only layers.

Reads: Debian's archive (TRADEWIND_DEBIAN_MIRROR, else deb.debian.org), image/, finish.sh and the toolchain.
Makes: <cache>/machine-root/debian-<key> (packages) and system-<key> (settings, containerd, runc, CNI, Ignition).

A machine mounts both under its own writable layer. The keys are digests of everything that goes in.
"""

import hashlib
import os
import shutil
from pathlib import Path

from tools import paths
from tools.machines import debian
from tools.machines.build import Build, hermetic, once
from tools.machines.errors import MachineError

SUITE = "bookworm"
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "sudo"),
    *("podman", "crun", "netavark", "iproute2", "nftables", "iptables", "conntrack", "ethtool", "socat"),
    *("iputils-ping", "procps", "kmod", "curl", "ca-certificates", "busybox-static", "less"),
    # Starts on the machine that is a load balancer only.
    "haproxy",
)

_HERE = Path(__file__).parent
_USR_BIN = ("containerd", "containerd-shim-runc-v2", "ctr", "runc", "ignition")
CNI = ("bridge", "loopback", "host-local", "portmap")
"""Fedora CoreOS has them where no runtime looks."""


def layers() -> tuple[Path, ...]:
    """The finished layers, topmost first.

    Raises:
        MachineError: they were not made yet.
    """
    found = (_system_layer(), _debian_layer())
    if not all(layer.is_dir() for layer in found):
        raise MachineError("the root file system of local machines is not made yet: run `make setup`")
    return found


def setup() -> tuple[Path, ...]:
    """Make what is missing, and say so; a second run, or one at the same time, changes nothing."""
    once(_debian_layer(), _make_debian)
    once(_system_layer(), _make_system)
    return layers()


def _debian_layer() -> Path:
    return paths.machine_root_dir() / f"debian-{debian.key(SUITE, PACKAGES)}"


def _system_layer() -> Path:
    digest = hashlib.sha256(f"{_debian_layer().name} {paths.bin_dir().name}".encode())
    for path in (Path(__file__), _HERE / "finish.sh", *sorted((_HERE / "image").rglob("*"))):
        if path.is_file():
            digest.update(f"{path.relative_to(_HERE)} {path.stat().st_mode & 0o111}\0".encode() + path.read_bytes())
    return paths.machine_root_dir() / f"system-{digest.hexdigest()[:12]}"


def _make_debian(build: Build) -> Path:
    return debian.tree(build, SUITE, PACKAGES, "the root file system of local machines")


_FINISH = """
set -eu
mount -t overlay tradewind -o "lowerdir=$2,upperdir=$1/tree,workdir=$1/work" "$1/mount"
mount -t proc proc "$1/mount/proc"
mount -t tmpfs tmpfs "$1/mount/run"
mount --bind /dev "$1/mount/dev"
exec chroot "$1/mount" sh -c "$3"
"""


def _make_system(build: Build) -> Path:
    work = build.folder
    for name in ("work", "mount"):
        (work / name).mkdir()
    tree = work / "tree"
    shutil.copytree(_HERE / "image", tree)
    for path in (tree, *tree.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    script = (_HERE / "finish.sh").read_text()
    clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    build.run(hermetic("sh", "-c", _FINISH, "finish", str(work), str(_debian_layer()), script), env=clean)
    tools = paths.bin_dir()
    for name in _USR_BIN:
        _place(tools / name, tree / "usr/bin" / name)
    for name in CNI:
        _place(tools / name, tree / "usr/libexec/cni" / name)
    return tree


def _place(source: Path, target: Path) -> None:
    """One more name for a program of the toolchain, or a copy on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    program = source.resolve()
    if not program.is_file():
        raise MachineError(f"{source.name} is missing in the toolchain: run `make setup`")
    try:
        os.link(program, target)
    except OSError:
        shutil.copy2(program, target)
