"""The whole of `make test`: its parts, each a pytest of its own, and what each took.

Reads: the tests' folders.
Makes: the parts' output, and after each a table of those that have ended, so that a run that is cut off says how far
it got. Local machines often wait, and the emulated one with SELinux has one processor: what they leave goes to other
parts and to the making of what only later parts need.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import paths
from tools.environment import environment
from tools.machines import check
from tools.setup import setup
from tools.toolchain.process import with_parent

_SLOWEST = ("--durations=25", "--durations-min=10")
"""What a part spends its time with is told at its end."""


@dataclass(frozen=True)
class Part:
    """Folders of tests that run as one."""

    name: str
    tests: tuple[str, ...]

    def command(self, python: str) -> list[str]:
        """What runs it."""
        return [python, "-m", "pytest", *_SLOWEST, *self.tests]


PURE = Part("pure", ("tests/unit", "tests/components"))
MACHINES = Part("machines", ("tests/cluster", "tests/machines"))
SELINUX = Part("selinux", ("tests/selinux",))
CLOUDS = Part("clouds", ("tests/clouds",))
TOOLS = Part("tools", ("tests/tools",))
ENGINE = Part("engine", ("tests/engine",))
PARTS = (PURE, CLOUDS, MACHINES, TOOLS, SELINUX, ENGINE)
PREPARATION = ("-m", "tools.setup", "--dev")
"""Makes what no test needs before the last ones on machines."""


@dataclass(frozen=True)
class Suite:
    """A run of parts.

    Args:
        python: the interpreter that has pytest.
        variables: the parts' environment.
        logs: a folder for the output of what runs beside others.
    """

    python: str
    variables: Mapping[str, str]
    logs: Path
    ended: list[tuple[str, int, float]] = field(default_factory=list)
    """Name, status and seconds of each part that has ended."""

    def run(self, part: Part) -> None:
        """Run a part to its end, whatever that is."""
        print(f"$ pytest {' '.join(part.tests)}", flush=True)
        started = time.monotonic()
        status = subprocess.run(
            part.command(self.python), env=self.variables, cwd=paths.CHECKOUT, check=False
        ).returncode
        self._end(part, status, time.monotonic() - started)

    @contextmanager
    def beside(self, part: Part) -> Iterator[None]:
        """Run a part beside what the context does, to which it yields; its output is shown when both have ended."""
        print(f"$ pytest {' '.join(part.tests)} (beside the next ones; its output follows theirs)", flush=True)
        started = time.monotonic()
        log = self.logs / f"{part.name}.log"
        command = part.command(self.python)
        with _started(command, self.variables, log) as process, ThreadPoolExecutor(1) as waiting:
            ended = waiting.submit(lambda: (process.wait(), time.monotonic() - started))
            try:
                yield
            except BaseException:
                process.terminate()
                raise
            status, seconds = ended.result()
        print(log.read_text(errors="replace"), flush=True)
        self._end(part, status, seconds)

    def _end(self, part: Part, status: int, seconds: float) -> None:
        self.ended.append((part.name, status, seconds))
        for name, code, took in self.ended:
            print(f"{name:10} {'failed' if code else 'passed'} {took:6.0f} s", flush=True)

    @property
    def failed(self) -> list[str]:
        """Names of the parts that failed."""
        return [name for name, status, _ in self.ended if status]


def whole() -> None:
    """Run every part; `SystemExit` names those that failed."""
    check.check()
    setup(dev=True, clouds=True)
    variables = environment()
    with TemporaryDirectory(prefix="tradewind-test-") as folder:
        suite = Suite(str(paths.CHECKOUT / ".venv/bin/python"), variables, Path(folder))
        with _started([sys.executable, *PREPARATION], variables, Path(folder) / "setup.log"):
            suite.run(PURE)
            with suite.beside(CLOUDS):
                suite.run(MACHINES)
            # Says what is being made, and fails with the reason if it can't be.
            setup(dev=True, releases=True, selinux=True, clouds=True)
        with suite.beside(TOOLS):
            suite.run(SELINUX)
        suite.run(ENGINE)
    if suite.failed:
        sys.exit(f"failed: {', '.join(suite.failed)}")


@contextmanager
def _started(command: Sequence[str], variables: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command in the background, which does not outlive the context.

    It yields to what else runs, but for programs that it starts in sessions of their own. Source:
    https://man7.org/linux/man-pages/man7/sched.7.html

    Args:
        command: program and arguments.
        variables: its environment.
        log: file for its output.
    """
    with (
        log.open("wb") as output,
        subprocess.Popen(
            with_parent(command), env=variables, cwd=paths.CHECKOUT, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))
        try:
            yield process
        finally:
            process.terminate()
