"""Locks between processes, and folders that appear whole or not at all.

Reads: nothing.
Makes: lock files, which stay, and staging folders, which do not.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_POLL_SECONDS = 0.1


@contextmanager
def locked(
    file: Path, waiting: Callable[[], None] = lambda: None, stopped: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold an exclusive lock, which ends with the process.

    Args:
        file: The lock file.
        waiting: Called once if another process has the lock.
        stopped: Whether to give up waiting. Asked often, because a thread that waits can't be interrupted.

    Raises:
        InterruptedError: if `stopped` says so before the lock is free.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        if not _taken(handle):
            waiting()
            while not _taken(handle):
                if stopped():
                    raise InterruptedError(f"stopped while waiting for {file}")
                time.sleep(_POLL_SECONDS)
        yield


def _taken(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def published(target: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `target` when the context ends without an exception.

    The caller holds the lock of `target`, so folders that an interrupted run left are removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(stale, ignore_errors=True)
    staging = target.parent / f".{target.name}.{os.getpid()}"
    staging.mkdir()
    try:
        yield staging
        shutil.rmtree(target, ignore_errors=True)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
