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
from tools.machines.build import Build, hermetic, once
from tools.machines.errors import MachineError
from tools.toolchain.pins import architecture

SUITE = "bookworm"
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "sudo"),
    *("podman", "crun", "netavark", "iproute2", "nftables", "iptables", "conntrack", "ethtool", "socat"),
    *("iputils-ping", "procps", "kmod", "curl", "ca-certificates", "busybox-static", "less"),
)

_HERE = Path(__file__).parent
_DEBOOTSTRAP_FORMAT = "1"  # Raise it when the same packages start to give another tree.
_NOT_NEEDED = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "var/cache/apt")

_USR_BIN = ("containerd", "containerd-shim-runc-v2", "ctr", "runc", "ignition")
_CNI = ("bridge", "loopback", "host-local", "portmap")
_CNI_FOLDERS = ("usr/libexec/cni", "opt/cni/bin")


def mirror() -> str:
    """Where Debian's packages come from."""
    return os.environ.get("TRADEWIND_DEBIAN_MIRROR", "http://deb.debian.org/debian")


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
    recipe = " ".join((_DEBOOTSTRAP_FORMAT, SUITE, architecture(), *PACKAGES, *_NOT_NEEDED))
    return paths.machine_root_dir() / f"debian-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def _system_layer() -> Path:
    digest = hashlib.sha256(f"{_debian_layer().name} {paths.bin_dir().name}".encode())
    for path in (Path(__file__), _HERE / "finish.sh", *sorted((_HERE / "image").rglob("*"))):
        if path.is_file():
            digest.update(f"{path.relative_to(_HERE)} {path.stat().st_mode & 0o111}\0".encode() + path.read_bytes())
    return paths.machine_root_dir() / f"system-{digest.hexdigest()[:12]}"


_DEBOOTSTRAP = """
set -eu
# An overlay with `volatile` takes no syncs, which is most of the time that dpkg needs.
mount -t overlay tradewind -o "lowerdir=$1/empty,upperdir=$1/tree,workdir=$1/work,volatile" "$1/mount"
exec "$2" --variant=minbase --merged-usr --force-check-gpg --keyring="$3" \
  --cache-dir="$4" --include="$5" "$6" "$1/mount" "$7"
"""


def _make_debian(build: Build) -> Path:
    work, debs = build.folder, paths.machine_root_dir() / "debs"
    for name in ("empty", "tree", "work", "mount"):
        (work / name).mkdir()
    debs.mkdir(exist_ok=True)
    program, keyring, environment = _debootstrap(build)
    build.say(f"making the root file system of local machines: {len(PACKAGES)} packages of Debian {SUITE}, 1-3 minutes")
    arguments = (work, program, keyring, debs, ",".join(PACKAGES), SUITE, mirror())
    build.run(hermetic("sh", "-c", _DEBOOTSTRAP, "debootstrap", *map(str, arguments)), env=environment, phases=_phase)
    tree = work / "tree"
    for unneeded in _NOT_NEEDED:
        shutil.rmtree(tree / unneeded, ignore_errors=True)
    shutil.rmtree(debs)
    return tree


def _phase(line: str) -> str:
    """What debootstrap is doing, by a line of its output such as `I: Unpacking bash...`."""
    word = line.removeprefix("I: ").partition(" ")[0]
    return {
        "Retrieving": "downloading",
        "Extracting": "extracting",
        "Unpacking": "unpacking",
        "Configuring": "configuring",
    }.get(word, "")


def _debootstrap(build: Build) -> tuple[Path, Path, dict[str, str]]:
    """The program, its keyring and its environment: the host's own, or taken from its packages without installing."""
    environment = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    program = shutil.which("debootstrap", path=environment["PATH"])
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if program and keyring.exists():
        return Path(program), keyring, environment
    unpacked = build.folder / "debootstrap"
    for package in ("debootstrap", "debian-archive-keyring"):
        _unpack_package(build, package, unpacked)
    environment["DEBOOTSTRAP_DIR"] = str(unpacked / "usr/share/debootstrap")
    return unpacked / "usr/sbin/debootstrap", unpacked / "usr/share/keyrings/debian-archive-keyring.gpg", environment


def _unpack_package(build: Build, package: str, target: Path) -> None:
    """Fetch a package with this host's apt, checked against its keys, into a folder; the host stays as it is."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise MachineError(f"{package} is missing: install the packages debootstrap and debian-archive-keyring")
    folder = build.folder / "packages"
    folder.mkdir(exist_ok=True)
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    apt = [
        "apt-get",
        "-q",
        "-o",
        f"Dir::State::Lists={lists}",
        "-o",
        f"Dir::Cache={folder}",
        "-o",
        "APT::Sandbox::User=root",
    ]
    if not any(lists.glob("*Release")):
        build.run([*apt, "update"], cwd=folder)
    build.run([*apt, "download", package], cwd=folder)
    for archive in folder.glob(f"{package}_*.deb"):
        build.run(["dpkg-deb", "--extract", str(archive), str(target)])


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
    for folder in _CNI_FOLDERS:
        for name in _CNI:
            _place(tools / name, tree / folder / name)
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
