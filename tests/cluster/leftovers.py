"""What machines could leave on a host: a picture of it, to compare before and after."""

import re
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

_SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward")
_FOLDERS = ("/var/lib/tradewind", "/run/tradewind", "/run/netns")


@dataclass(frozen=True)
class Host:
    """The parts of a host that machines touch; what goes on inside other machines meanwhile is left out."""

    mounts: frozenset[str]
    links: frozenset[str]
    addresses: frozenset[str]
    cgroups: frozenset[str]
    processes: frozenset[str]
    sysctls: tuple[str, ...]
    files: frozenset[str]

    @classmethod
    def now(cls) -> "Host":
        """The host as it is."""
        return cls(
            mounts=frozenset(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()),
            links=frozenset(line.split(":")[1].strip() for line in _lines("ip", "-oneline", "link")),
            addresses=frozenset(line.split()[3] for line in _lines("ip", "-oneline", "address")),
            cgroups=frozenset(_lines("find", "/sys/fs/cgroup", "-maxdepth", "3", "-type", "d", "-name", "*tradewind*")),
            processes=frozenset(_lines("pgrep", "--full", "--list-full", "tools.machines supervise")),
            sysctls=tuple((Path("/proc/sys") / name).read_text() for name in _SYSCTLS),
            files=frozenset(str(path) for folder in _FOLDERS for path in Path(folder).glob("*")),
        )

    def left_since(self, before: "Host") -> dict[str, object]:
        """What is here now and was not before, by kind; empty when nothing is left."""
        left: dict[str, object] = {}
        for each in fields(self):
            now, then = getattr(self, each.name), getattr(before, each.name)
            difference = now - then if isinstance(now, frozenset) else (then, now) if now != then else None
            if difference:
                left[each.name] = difference
        return left


def left_of(cluster: str) -> list[str]:
    """What there is of a cluster of that name on this host, whatever else runs here."""
    now = Host.now()
    named = [*now.mounts, *now.cgroups, *now.processes, *now.files, *now.links]
    return sorted(each for each in named if re.search(rf"\b{re.escape(cluster)}\b", each))


def _lines(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
