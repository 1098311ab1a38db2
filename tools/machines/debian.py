"""Trees of Debian packages, as debootstrap makes them.

Reads: Debian's archive (TRADEWIND_DEBIAN_MIRROR, else deb.debian.org).
Makes: a tree in the folder of a build.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.machines.build import Build, hermetic
from tools.machines.errors import MachineError
from tools.toolchain.pins import architecture

_FORMAT = "1"  # Raise it when the same packages start to give another tree.
_NOT_NEEDED = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "var/cache/apt")


def mirror() -> str:
    """Where Debian's packages come from."""
    return os.environ.get("TRADEWIND_DEBIAN_MIRROR", "http://deb.debian.org/debian")


def key(suite: str, packages: Sequence[str]) -> str:
    """Twelve hex digits that change when another tree would be made."""
    recipe = " ".join((_FORMAT, suite, architecture(), *packages, *_NOT_NEEDED))
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


_DEBOOTSTRAP = """
set -eu
# An overlay with `volatile` takes no syncs, which is most of the time that dpkg needs.
mount -t overlay tradewind -o "lowerdir=$1/empty,upperdir=$1/tree,workdir=$1/work,volatile" "$1/mount"
exec "$2" --variant=minbase --merged-usr --force-check-gpg --keyring="$3" \
  --cache-dir="$4" --include="$5" "$6" "$1/mount" "$7"
"""


def tree(build: Build, suite: str, packages: Sequence[str], purpose: str) -> Path:
    """A minimal system with `packages`; `purpose` completes "making".

    Raises:
        MachineError: debootstrap can't be had, or it failed.
    """
    # Beside the build: what was downloaded before an interruption is there for the next run.
    work, debs = build.folder, build.folder.with_name(f"debs-{key(suite, packages)}")
    for name in ("empty", "tree", "work", "mount"):
        (work / name).mkdir()
    debs.mkdir(exist_ok=True)
    program, keyring, environment = _debootstrap(build)
    build.say(f"making {purpose}: {len(packages)} packages of Debian {suite}, 1-3 minutes")
    arguments = (work, program, keyring, debs, ",".join(packages), suite, mirror())
    build.run(hermetic("sh", "-c", _DEBOOTSTRAP, "debootstrap", *map(str, arguments)), env=environment, phases=_phase)
    made = work / "tree"
    for unneeded in _NOT_NEEDED:
        shutil.rmtree(made / unneeded, ignore_errors=True)
    shutil.rmtree(debs)
    return made


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
