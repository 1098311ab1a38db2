"""A clock for commands and their children, and one line of the table.

Makes: `Time`; lines. CPU time stands beside the time on the clock, as others' work on the machine changes it less.
"""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Time:
    """How long something took, in seconds."""

    wall: float
    cpu: float | None = None
    """User and system time of this process and of its children that have ended; None where nobody can tell."""


def timed(run: Callable[[], object]) -> Time:
    """Run once."""
    cpu, start = _cpu(), time.perf_counter()
    run()
    return Time(time.perf_counter() - start, _cpu() - cpu)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def heading() -> None:
    """Print the line above the rows."""
    print(f"{'seconds':62} {'runs':>4} {'min':>8} {'median':>8} {'max':>8} {'CPU':>8}")


def row(title: str, times: Sequence[Time]) -> None:
    """Print one line: the times on the clock, and the median of CPU time."""
    walls = [each.wall for each in times]
    cpus = [each.cpu for each in times if each.cpu is not None]
    cpu = f"{statistics.median(cpus):8.3f}" if cpus else f"{'':8}"
    numbers = f"{len(times):4} {min(walls):8.3f} {statistics.median(walls):8.3f} {max(walls):8.3f} {cpu}"
    print(f"{title:62} {numbers}".rstrip(), flush=True)


def difference(title: str, times: Sequence[Time], base: Sequence[Time]) -> None:
    """Print one line: how much more the medians of `times` are than those of `base`."""
    wall = statistics.median(each.wall for each in times) - statistics.median(each.wall for each in base)
    cpu = statistics.median(each.cpu or 0 for each in times) - statistics.median(each.cpu or 0 for each in base)
    print(f"{title:62} {'':4} {'':8} {wall:8.3f} {'':8} {cpu:8.3f}", flush=True)
