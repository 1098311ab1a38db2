"""Making something once for all runs of this host: locked, whole or not at all, with progress.

Reads: nothing.
Makes: a folder in the cache, renamed into place when it is complete.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import paths
from tools.machines.errors import MachineError
from tools.machines.locks import locked

_TAIL = 15
"""Lines of a failed command's output that the error shows."""


@dataclass(frozen=True)
class Build:
    """A folder to work in, and commands that are run there with their output in a log."""

    folder: Path
    log: Path

    def say(self, text: str) -> None:
        """One line of progress."""
        print(text, file=sys.stderr, flush=True)

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        phases: Callable[[str], str] | None = None,
    ) -> None:
        """Run a command. `phases` names the phase that a line of output belongs to; each new one is a progress line.

        Raises:
            MachineError: it failed; the message has the end of its output.
        """
        seen: set[str] = set()
        lines: list[str] = []
        pipe = subprocess.PIPE
        with (
            self.log.open("a") as log,
            subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, text=True
            ) as process,
        ):
            assert process.stdout  # noqa: S101
            for line in process.stdout:
                log.write(line)
                lines = [*lines, line.rstrip()][-_TAIL:]
                phase = phases(line) if phases else ""
                if phase and phase not in seen:
                    seen.add(phase)
                    self.say(f"  {phase}")
        if process.returncode:
            tail = "\n  ".join(lines)
            raise MachineError(f"{command[0]} failed ({process.returncode}); its output is in {self.log}:\n  {tail}")


def once(target: Path, make: Callable[[Build], Path]) -> None:
    """Make `target`, unless it exists. `make` gives the finished tree or file, on the same disk as `target`.

    A build that was interrupted is started again; one that runs elsewhere is waited for.
    """
    if target.exists():
        return
    with workplace(target) as build:
        if not target.exists():
            make(build).rename(target)


@contextmanager
def workplace(target: Path) -> Iterator[Build]:
    """An empty folder beside `target` to make it in, under its lock; whatever stays in the folder is removed."""
    with locked(paths.locks_dir() / f"{target.parent.name}-{target.name}.lock"):
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        os.umask(0o022)  # What is made here is what a system of its own has.
        partial.mkdir(parents=True)
        log = paths.logs_dir() / f"{target.parent.name}-{target.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        yield Build(partial, log)
        shutil.rmtree(partial, ignore_errors=True)


def hermetic(*command: str) -> list[str]:
    """The command in mount and process namespaces of its own: its mounts and children end with it."""
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"),
        *command,
    ]


def environment(**extra: str) -> dict[str, str]:
    """A small environment for programs that run in a machine's root file system."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **extra}
