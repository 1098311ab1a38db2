"""Control groups of a machine: one in each hierarchy of this host, below the caller's own group.

Reads: /proc/self/cgroup, /proc/self/mountinfo.
Makes: groups, and what a machine must mount to see them.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BESIDE = "unified"
"""A tree of version 2 beside those of version 1: systemd learns from it when a service has no more processes."""

_ROOT = Path("/sys/fs/cgroup")
_UNIFIED_NEEDS = ("cpu", "cpuset", "io", "memory", "pids", "hugetlb")


@dataclass(frozen=True)
class Hierarchy:
    """One tree of groups."""

    controllers: str
    """Of version 1: mount options such as `cpu,cpuacct` or `name=systemd`. Of version 2: empty, or BESIDE."""
    parent: Path
    """Where a machine's group goes."""


def hierarchies(cgroup: str, mountinfo: str) -> tuple[Hierarchy, ...]:
    """The trees that machines use: all that are mounted, or the one of version 2 if there are no others.

    Pure. Takes the text of /proc/self/cgroup and /proc/self/mountinfo.
    """
    mounts = {}
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split()[:3]
        if kind.startswith("cgroup"):
            names = options.split(",") if kind == "cgroup" else [BESIDE]
            mounts[frozenset(names)] = (left.split()[3], Path(left.split()[4]))
    found = []
    for line in cgroup.splitlines():
        _, named, own = line.split(":", 2)
        controllers = named or BESIDE
        for mounted, (root, mount) in mounts.items():
            if mounted.issuperset(controllers.split(",")):
                inside = own.removeprefix(root) if own.startswith(root) else ""
                found.append(Hierarchy(controllers, mount / inside.strip("/")))
    if any(tree.controllers != BESIDE for tree in found):
        return tuple(found)
    # In a tree of version 2 only groups without processes can hand controllers on, and the caller's has some.
    return (Hierarchy("", _ROOT),)


def current() -> tuple[Hierarchy, ...]:
    """The trees of this process."""
    return hierarchies(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())


def make(trees: tuple[Hierarchy, ...], name: str) -> list[Path]:
    """Make a group of that name in every tree; existing ones are kept."""
    groups = []
    for tree in trees:
        group = tree.parent / name
        if not tree.controllers:
            _hand_on(tree.parent)
        group.mkdir(exist_ok=True)
        if "cpuset" in tree.controllers.split(","):
            for file in ("cpuset.cpus", "cpuset.mems"):
                (group / file).write_text((tree.parent / file).read_text())
        groups.append(group)
    return groups


def _hand_on(parent: Path) -> None:
    offered = (parent / "cgroup.controllers").read_text().split()
    for controller in _UNIFIED_NEEDS:
        if controller in offered:
            with suppress(OSError):
                (parent / "cgroup.subtree_control").write_text(f"+{controller}")


def remove(groups: list[Path], *, patience: float = 5.0) -> None:
    """Remove groups with everything below them, once their processes are gone."""
    deadline = time.monotonic() + patience
    for group in groups:
        while not _removed(group) and time.monotonic() < deadline:
            time.sleep(0.02)


def _removed(group: Path) -> bool:
    try:
        for folder, _, _ in os.walk(group, topdown=False):
            Path(folder).rmdir()
    except OSError:
        return not group.exists()
    return True
