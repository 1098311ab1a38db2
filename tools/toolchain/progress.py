"""Progress on the terminal: one line when a step starts or ends, and a sign of life while long ones run.

Reads: the clock.
Makes: lines on standard output.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

HEARTBEAT_SECONDS = 15.0


class Progress:
    """Prints lines from any thread. As a context it also prints what is still running, every `interval` seconds."""

    def __init__(self, out: TextIO | None = None, interval: float = HEARTBEAT_SECONDS) -> None:
        self._out = out or sys.stdout
        self._interval = interval
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}
        self._ended = threading.Event()
        self._beat = threading.Thread(target=self._heartbeat, daemon=True)

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._beat.join()

    def say(self, line: str) -> None:
        """Print one line at once."""
        with self._lock:
            print(line, file=self._out, flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Announce a step; it is named in signs of life until the context ends."""
        self.say(f"{what} ...")
        self._running[what] = time.monotonic()
        try:
            yield
        finally:
            del self._running[what]

    def _heartbeat(self) -> None:
        while not self._ended.wait(self._interval):
            now = time.monotonic()
            for what, started in list(self._running.items()):
                if now - started >= self._interval:
                    self.say(f"{what} ... {now - started:.0f} s")
