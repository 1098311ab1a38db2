"""The output of a running command: collected, and shown line by line while it comes.

Reads: a `Task`.
Makes: `Output`, used for local and remote commands alike.
"""

import queue
import threading

from tools.plugins.base.values import Props
from tools.plugins.command.common import Task


class Output:
    """Takes chunks of bytes of two streams from any thread. Use as a context manager: leaving it ends the showing."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shown = {stream for stream in ("stdout", "stderr") if task.shows(stream)}
        self._streams = {"stdout": bytearray(), "stderr": bytearray()}
        self._both = bytearray()
        self._lock = threading.Lock()
        # Showing goes through the engine and must not slow the command down: it has its own thread.
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._rest = {"stdout": b"", "stderr": b""}

    def __enter__(self) -> "Output":
        """Begin to show lines."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Show what is left and stop."""
        for stream in self._shown:
            if self._rest[stream]:
                self._lines.put(_text(self._rest[stream]))
        self._lines.put(None)
        self._thread.join()

    def add(self, stream: str, chunk: bytes) -> None:
        """Take some output of a stream (stdout, stderr)."""
        with self._lock:
            self._streams[stream] += chunk
            self._both += chunk
            if stream in self._shown:
                *lines, self._rest[stream] = (self._rest[stream] + chunk).split(b"\n")
                for line in lines:
                    self._lines.put(_text(line))

    def results(self) -> Props:
        """Return stdout and stderr, without one newline at the end."""
        return {name: _text(content).removesuffix("\n") for name, content in self._streams.items()}

    def together(self) -> str:
        """Return both streams in the order in which they came."""
        return _text(self._both)

    def _show(self) -> None:
        while (line := self._lines.get()) is not None:
            self._task.engine.log("info", line, urn=self._task.urn, ephemeral=True)


def _text(content: bytes | bytearray) -> str:
    return content.decode("utf-8", "replace")
