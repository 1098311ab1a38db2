"""Locks between processes that end with the process that holds them, whatever ends it.

Reads and makes: lock files, which may be removed by whoever holds them.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def try_lock(path: Path) -> int | None:
    """A file descriptor that holds the lock until it is closed, or None while another process holds it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(path, descriptor):
            return descriptor
    except BlockingIOError:
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
    descriptor = _open(path)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if _is_still(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _open(path: Path) -> int:
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The last holder of another lock may remove an empty folder at any time.
        with suppress(FileNotFoundError):
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the file has its name yet: a removed one would lock nobody out."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
