"""Programs of the toolchain as processes of a test, with a ServiceAccount's rights on the test's API server."""

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from tests.support.apiserver import ApiServer
from tools.paths import bin_dir

WAIT_SECONDS = 30.0

Found = TypeVar("Found")


def program(name: str) -> Path:
    """Path of a program of the toolchain."""
    path = bin_dir() / name
    assert path.exists(), f"{path} is missing: run `make setup`"
    return path


def account_kubeconfig(server: ApiServer, account: str, path: Path) -> Path:
    """Write a kubeconfig with the rights of a ServiceAccount of kube-system and no others."""
    config = json.loads(server.kubeconfig)
    config["users"][0]["user"] = {"token": server.kubectl("create", "token", "-n", "kube-system", account).strip()}
    path.touch(mode=0o600)
    path.write_text(json.dumps(config))
    return path


@contextlib.contextmanager
def running(command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a command until the end of the block, its output in a file."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def until(look: Callable[[], Found | None], log: Path) -> Found:
    """What `look` finds, asked again until it finds something.

    Raises:
        TimeoutError: it found nothing; the message has the end of the log.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing after {WAIT_SECONDS:.0f} s; the end of the log:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)  # between two looks, bounded by the deadline
    return found
