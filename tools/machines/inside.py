"""Scripts that run with a machine's root file system, for making what machines and images are of.

Reads: the layers of machines.
Makes: a folder, by the system's own programs.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.machines import rootfs
from tools.machines.build import Build, environment, hermetic

_MOUNT = """
set -eu
mount -t overlay tradewind -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --bind /dev "$1/root/dev"
for place in run tmp; do mount -t tmpfs tmpfs "$1/root/$place"; done
mount --bind "$1" "$1/root/mnt"
"""
"""A machine's root file system at $1/root, whose /mnt is the folder $1; $2 are its layers."""


def folder(build: Build, name: str) -> Path:
    """A new folder for `run`, with an empty folder `made` for what the script makes."""
    work = build.folder / name
    for each in ("root", "upper", "work", "made", "tmp"):
        (work / each).mkdir(parents=True)
    return work


def run(
    build: Build,
    script: str,
    work: Path,
    variables: Mapping[str, str] | None = None,
    layers: Iterable[Path] | None = None,
) -> Path:
    """Run a script of this host, whose $1/root is the root file system with `work` at /mnt, and give what it made.

    What it changed in the root file system is in the folder `upper` of `work`.
    """
    lower = ":".join(map(str, layers or rootfs.layers()))
    build.run(
        hermetic("sh", "-c", f"{_MOUNT}\n{script}", "inside", str(work), lower), env=environment(**(variables or {}))
    )
    return work / "made"
