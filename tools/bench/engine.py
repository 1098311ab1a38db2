"""Assets of clusters through the real engine, its stacks in a folder that is removed afterwards.

Reads: the library and the engine of this checkout. Makes: rows.
"""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tools.bench.measure import Time, difference, row, timed
from tools.bench.stack import Pulumi, stack

_RUNS = 5
_EMPTY = "import pulumi\n"
_ASSETS = """
from tradewind import ControlPlane
for index in range(COUNT):
    name = f"bench{index}"
    ControlPlane(name, {
        "name": name,
        "api_servers": [f"{name}.example.com"],
        "controllers": [{"name": f"{name}-controller-0", "etcd_name": f"{name}-etcd0.example.com"}],
    })
"""


def measure_one() -> None:
    """Print `up`, an unchanged preview and `destroy` of one cluster, and how much more they are than nothing."""
    with _folder() as folder:
        empty, one = stack(folder / "empty", _EMPTY), stack(folder / "one", _program(1))
        nothing, cluster = _Life([], []), _Life([], [])
        # By turns, so that what else happens on the machine meets both.
        for _ in range(_RUNS):
            nothing.live(empty)
            cluster.live(one)
        row("empty program: up", nothing.ups)
        row("empty program: unchanged preview", nothing.previews)
        row("assets of 1 cluster: up", cluster.ups)
        row("assets of 1 cluster: unchanged preview", cluster.previews)
        difference("assets of 1 cluster: up, more than the empty program", cluster.ups, nothing.ups)
        difference("assets of 1 cluster: preview, more than the empty program", cluster.previews, nothing.previews)


def measure_program(count: int, *, checkpoints: bool = True) -> None:
    """Print `up` and an unchanged preview of several clusters in one program.

    Args:
        count: Number of clusters.
        checkpoints: Off, the state is written at the end only: fit for nothing that exists outside of it.
    """
    with _folder() as folder:
        variables = {} if checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"}
        life = _Life([], [])
        life.live(stack(folder / "many", _program(count), **variables))
        title = f"assets of {count} clusters in one program{'' if checkpoints else ', no checkpoints'}"
        row(f"{title}: up", life.ups)
        if checkpoints:
            row(f"{title}: unchanged preview", life.previews)


def measure_stacks(count: int) -> None:
    """Print `up` and an unchanged preview of several stacks of one cluster, two at a time for each core."""
    with _folder() as folder, ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        stacks = [stack(folder / f"stack{index}", _program(1)) for index in range(count)]
        ups = timed(lambda: list(pool.map(_up, stacks)))
        previews = timed(lambda: list(pool.map(_preview, stacks)))
        row(f"assets of {count} clusters as parallel stacks: up", [ups])
        row(f"assets of {count} clusters as parallel stacks: unchanged preview", [previews])


def measure_many() -> None:
    """Print both ways to have several clusters."""
    measure_program(10)
    measure_program(10, checkpoints=False)
    measure_stacks(10)
    measure_stacks(50)


def measure_fifty() -> None:
    """Print what many clusters in one program come to."""
    measure_program(50, checkpoints=False)
    measure_program(50)


class _Life:
    """A stack that comes up, is looked at and goes, and how long that took."""

    def __init__(self, ups: list[Time], previews: list[Time]) -> None:
        self.ups, self.previews = ups, previews

    def live(self, pulumi: Pulumi) -> None:
        self.ups.append(timed(lambda: _up(pulumi)))
        self.previews.append(timed(lambda: _preview(pulumi)))
        pulumi("destroy", "--yes", "--skip-preview")


def _up(pulumi: Pulumi) -> None:
    pulumi("up", "--yes", "--skip-preview")


def _preview(pulumi: Pulumi) -> None:
    pulumi("preview", "--expect-no-changes")


def _program(count: int) -> str:
    return _ASSETS.replace("COUNT", str(count))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        yield Path(folder)
