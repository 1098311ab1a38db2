"""Commands that the toolchain runs: output into a log, and none left behind when the run is stopped.

Reads: an argument list and an environment.
Makes: a log file.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tools.toolchain.errors import Unavailable

# Between fork and exec only this is safe in a process with threads: a small program that asks Linux to be ended with
# its parent (PR_SET_PDEATHSIG), then becomes the command. So a killed run leaves no build behind.
_WITH_PARENT = (
    "import ctypes, os, sys\n"
    "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, 15)\n"
    "if os.getppid() != int(sys.argv[1]): sys.exit(1)\n"
    "try: os.execvp(sys.argv[2], sys.argv[2:])\n"
    "except OSError as problem: sys.exit(f'{sys.argv[2]} does not start: {problem.strerror}')\n"
)


def with_parent(arguments: Sequence[str]) -> list[str]:
    """A command that ends with this process, however this one ends. Call it from the thread that waits for it."""
    return [sys.executable, "-I", "-c", _WITH_PARENT, str(os.getpid()), *arguments]


class Commands:
    """Runs commands from several threads; stop() ends those that run and refuses new ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.stopped = threading.Event()
        """Set by stop(); whatever else takes long looks at it."""

    def run(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        """Run a command to its end, adding its output to `log`.

        Raises:
            Unavailable: with the last lines of output if it fails or can't start.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            output.write(f"$ {' '.join(arguments)}\n".encode())
            output.flush()
            start = output.tell()
            process = self._start(arguments, folder, environment, output.fileno())
            code = process.wait()
        with self._lock:
            self._running.discard(process)
        if code != 0:
            raise Unavailable(f"`{' '.join(arguments[:2])}` failed (log: {log})\n{_tail(log, start)}")

    def _start(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: int
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.stopped.is_set():
                raise Unavailable("the run was stopped")
            # A session of its own, so that stop() reaches the compilers that a build starts.
            process = subprocess.Popen(
                with_parent(arguments),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._running.add(process)
            return process

    def stop(self) -> None:
        """End every running command with its children, and let no other start."""
        with self._lock:
            self.stopped.set()
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)


def _tail(log: Path, start: int, lines: int = 12) -> str:
    with log.open("rb") as output:
        output.seek(start)
        text = output.read().decode(errors="replace")
    return "\n".join(f"      {line}" for line in text.splitlines()[-lines:])
