"""The errors this library raises.

TradewindError
├── SpecError             the arguments break a rule; lists every problem at once
└── MissingPackageError   a platform is used without the packages of its cloud
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One broken rule: where, what was given, and the rule itself."""

    path: str
    """Path of the field in the arguments, such as `controllers[1].etcd_name`."""
    value: str
    """The value that was given, as a message may show it (`spec.shown`); empty if none was."""
    rule: str
    """The rule, phrased as what to do: `must be ...`."""

    def __str__(self) -> str:
        """One line of printable ASCII: path, value, rule."""
        value = f"{self.value} " if self.value else ""
        line = f"{self.path}: {value}{self.rule}"
        return "".join(each if " " <= each <= "~" else ascii(each)[1:-1] for each in line)


class TradewindError(Exception):
    """Base of every error raised on purpose by this library."""


class SpecError(TradewindError, ValueError):
    """Arguments that cannot become a cluster. `problems` holds every broken rule."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        """Collect the problems of `subject`, which names the thing described (`cluster`, `kubelet image`)."""
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{len(self.problems)} problem(s) in the {subject} arguments:{lines}")


class MissingPackageError(TradewindError, ImportError):
    """A platform is used without the packages of its cloud, which are an extra of this one."""

    def __init__(self, package: str, extra: str) -> None:
        """Say how to install `extra`, which brings `package`."""
        command = f"pip install '.[{extra}]'"
        super().__init__(f"{package} is not installed: `{command}` in a checkout of Tradewind", name=package)
