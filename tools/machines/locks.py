"""Locks between processes that end with the process that holds them, whatever ends it.

Reads and makes: lock files, which may be removed by whoever holds them.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def try_lock(path: Path) -> int | None:
    """A file descriptor that holds the lock until it is closed, or None while another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A file that was removed in the meantime would lock nobody out.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


@contextmanager
def locked(path: Path, *, remove: bool = False) -> Iterator[int]:
    """Hold a lock, waiting for it; `remove` takes the file away at the end."""
    while (descriptor := _wait(path)) is None:
        time.sleep(0.02)
    try:
        yield descriptor
    finally:
        if remove:
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _wait(path: Path) -> int | None:
    """Like try_lock, but sleeps until the present holder is done; None when the file was removed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
        return descriptor
    os.close(descriptor)
    return None
