"""What an audit of the CIS benchmark reads on machines, as kube-bench reads it, and the judgements on it.

Reads: process lists, `stat`, files. Makes: checks, functions of an `Audit` that return what is wrong, nothing if the
item is met. The audits are those of kube-bench's `cis-1.12` (https://github.com/aquasecurity/kube-bench).
"""

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster

_FOLDERS = "/etc/kubernetes /etc/etcd /etc/systemd/system /var/lib/etcd /var/lib/kubelet /var/lib/cni"

Check = Callable[["Audit"], list[str]]
Accept = Callable[[Any], bool]


@dataclass
class Audit:
    """A cluster under audit. What was read once is not read again."""

    cluster: Cluster
    _read: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, machine: str, script: str) -> str:
        """What a shell script prints on a machine; it may fail."""
        if (machine, script) not in self._read:
            self._read[machine, script] = self.cluster.on(machine, "sh", "-c", f"{script} || true").strip()
        return self._read[machine, script]

    def command(self, machine: str, program: str) -> list[str]:
        """The command line of the one process of a program."""
        lines = [line.split(None, 7)[7].split() for line in self.run(machine, "ps -ef").splitlines()[1:]]
        (found,) = [words for words in lines if words[0].rpartition("/")[2] == program]
        return found

    def flags(self, machine: str, program: str) -> dict[str, str]:
        """Flags of a program by name."""
        words = self.command(machine, program)[1:]
        return dict(word.lstrip("-").partition("=")[::2] for word in words if word.startswith("-"))

    def files(self, machine: str) -> dict[str, tuple[str, str]]:
        """Mode and owner by name of every file that an audit may ask for, as `stat` prints them."""
        script = f"find {_FOLDERS} -maxdepth 3 -exec stat -c '%a %U:%G %n' {{}} + 2> /dev/null"
        lines = (line.split(" ", 2) for line in self.run(machine, script).splitlines())
        return {path: (mode, owner) for mode, owner, path in lines}

    def first(self, machine: str, paths: tuple[str, ...]) -> str:
        """The first of the paths that exists, where kube-bench would look; the last if none does."""
        return next((path for path in paths if path in self.files(machine)), paths[-1])

    def document(self, machine: str, *paths: str) -> Any:
        """A YAML file, the first of the paths that exists."""
        return yaml.safe_load(self.run(machine, f"cat {self.first(machine, paths)}"))


def all_of(*checks: Check) -> Check:
    """Every check."""
    return lambda audit: [problem for check in checks for problem in check(audit)]


def mode(allowed: int, *paths: str, machines: tuple[str, ...] = (CONTROLLER,)) -> Check:
    """The first of `paths` that exists has no bit that is not in `allowed`."""
    return lambda audit: _wrong(audit, machines, lambda machine: [audit.first(machine, paths)], within(allowed))


def owner(wanted: str, *paths: str, machines: tuple[str, ...] = (CONTROLLER,)) -> Check:
    """The first of `paths` that exists belongs to `user:group`, by name."""
    return lambda audit: _wrong(audit, machines, lambda machine: [audit.first(machine, paths)], owned_by(wanted))


def each(pattern: str, accept: Accept, machines: tuple[str, ...] = (CONTROLLER,)) -> Check:
    """Every file whose path matches a pattern, of which there has to be one, is as asked."""
    return lambda audit: _wrong(audit, machines, lambda machine: fnmatch.filter(audit.files(machine), pattern), accept)


def within(allowed: int) -> Accept:
    """A mode has no bit that is not in `allowed`."""
    return lambda entry: int(entry[0], 8) & ~allowed == 0


def owned_by(wanted: str) -> Accept:
    """An owner, `user:group`, by name."""
    return lambda entry: entry[1] == wanted


def _wrong(audit: Audit, machines: tuple[str, ...], paths: Callable[[str], list[str]], accept: Accept) -> list[str]:
    found = {(machine, path): audit.files(machine).get(path) for machine in machines for path in paths(machine)}
    if not found:
        return ["no such file"]
    return [f"{where}: {entry}" for where, entry in found.items() if entry is None or not accept(entry)]


def flag(program: str, name: str, accept: str | Accept | None = None, *, machine: str = CONTROLLER) -> Check:
    """A flag is set: to anything, to a text, or to what a function accepts."""

    def check(audit: Audit) -> list[str]:
        value = audit.flags(machine, program).get(name)
        fine = value is not None and (accept is None or (accept(value) if callable(accept) else value == accept))
        return [] if fine else [f"{program}: --{name}={value}"]

    return check


def no_flag(program: str, name: str, forbidden: str = "", *, machine: str = CONTROLLER) -> Check:
    """A flag is not set or, given a text, does not hold it."""

    def check(audit: Audit) -> list[str]:
        value = audit.flags(machine, program).get(name)
        return [] if value is None or (forbidden and forbidden not in value) else [f"{program}: --{name}={value}"]

    return check


def has(text: str) -> Accept:
    """A list with commas holds a word."""
    return lambda value: text in value.split(",")


def among(*allowed: str) -> Accept:
    """A list, with commas if it is text, is not empty and holds only what is allowed."""

    def accept(value: Any) -> bool:
        words = value.split(",") if isinstance(value, str) else value
        return bool(words) and set(words) <= set(allowed)

    return accept


def at_least(least: int) -> Accept:
    """A whole number."""
    return lambda value: int(value) >= least


KUBELET_CONFIG = ("/etc/kubernetes/kubelet-config.yaml", "/var/lib/kubelet/config.yaml")


def kubelet(path: str, flag_name: str, accept: Accept, *, unset: bool = False) -> Check:
    """A field of the kubelets' configuration, or the flag that goes before it, on both machines; it may be `unset`."""

    def check(audit: Audit) -> list[str]:
        problems = []
        for machine in (CONTROLLER, WORKER):
            value = audit.document(machine, *KUBELET_CONFIG)
            for key in path.split("."):
                value = (value or {}).get(key)
            value = audit.flags(machine, "kubelet").get(flag_name, value)
            if not (unset if value is None else accept(value)):
                problems.append(f"{machine}: {path} is {value}")
        return problems

    return check


def loopback(program: str, port: int, machines: tuple[str, ...] = (CONTROLLER,)) -> Check:
    """A program listens on a port, and only on the loopback address: what the flags' defaults cannot hide."""

    def check(audit: Audit) -> list[str]:
        problems = []
        for machine in machines:
            lines = re.findall(rf"LISTEN +\d+ +\d+ +(\S+):{port} ", audit.run(machine, "ss -Hltn"))
            if lines != ["127.0.0.1"]:
                problems.append(f"{machine}: {program} listens on {lines}")
        return problems

    return check
