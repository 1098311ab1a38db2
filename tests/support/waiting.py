"""The one way in which tests wait: for something to be there, never for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 60.0

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, asked again until it finds something. A failed assertion on the way means: not yet."""
    end = time.monotonic() + seconds
    while True:
        problem = None
        try:
            if found := look():
                return found
        except AssertionError as error:
            problem = error
        if time.monotonic() > end:
            raise AssertionError(f"nothing after {seconds:.0f} s") from problem
        time.sleep(0.2)  # between two looks, bounded by the end
