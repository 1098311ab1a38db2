"""Running one process: its streams, its end, and its end before time.

Reads: a `Task`; an `Output` to fill.
Makes: `run_process`.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tools.plugins.command.common import Task
from tools.plugins.command.output import Output

CHUNK = 65536
POLL_SECONDS = 0.2
GRACE_SECONDS = 5.0
"""How long a command that must stop may take to do so after SIGTERM."""


def run_process(arguments: Sequence[str], folder: Path, task: Task, output: Output) -> str:
    """Run the program to its end, and return "" or how it failed.

    The task's environment is added to this process's own. When the user cancels, or it is late, the program is stopped
    with all processes of its group.
    """
    stdin = task.inputs.get("stdin")
    try:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=os.environ | task.environment,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        what = f"fork/exec {arguments[0]}" if folder.is_dir() else f"chdir {folder}"
        return f"{what}: {(error.strerror or str(error)).lower()}"
    threads = [
        threading.Thread(target=_read, args=(process.stdout, "stdout", output), daemon=True),
        threading.Thread(target=_read, args=(process.stderr, "stderr", output), daemon=True),
    ]
    if stdin:
        threads.append(threading.Thread(target=_write, args=(process.stdin, stdin.encode()), daemon=True))
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + task.timeout if task.timeout else float("inf")
    return _wait(process, threads, task.engine.cancelled, deadline) or _ending(process.returncode)


def _wait(
    process: subprocess.Popen[bytes], threads: Sequence[threading.Thread], cancelled: threading.Event, deadline: float
) -> str:
    """Wait for the end of the process and of its streams; what stopped it, if anything did."""
    reason = ""
    for thread in threads:
        while thread.is_alive() and not reason:
            thread.join(POLL_SECONDS)
            reason = _reason(cancelled, deadline)
    while not reason:
        try:
            process.wait(POLL_SECONDS)
            return ""
        except subprocess.TimeoutExpired:
            reason = _reason(cancelled, deadline)
    _stop(process)
    for thread in threads:
        thread.join(GRACE_SECONDS)
    return reason


def _reason(cancelled: threading.Event, deadline: float) -> str:
    if cancelled.is_set():
        return "context canceled"
    return "context deadline exceeded" if time.monotonic() > deadline else ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(GRACE_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _read(stream: IO[bytes], name: str, output: Output) -> None:
    with stream:
        while chunk := os.read(stream.fileno(), CHUNK):
            output.add(name, chunk)


def _write(stream: IO[bytes], content: bytes) -> None:
    try:
        with stream:
            stream.write(content)
    except BrokenPipeError:
        pass  # the command did not want all of it


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit status {code}" if code else ""
    return f"signal: {signal.strsignal(-code) or -code}".lower()
