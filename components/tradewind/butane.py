"""Butane YAML becomes Ignition JSON by the real `butane` program, and by nothing else.

Reads: a text, the PATH and TRADEWIND_BUTANE. Makes: a text. It runs before anything is registered, is given no folder
to read files from, and gives the same text for the same one.
Source: https://coreos.github.io/butane/getting-started/
"""

import os
import shutil
import subprocess
from functools import cache

from tradewind.spec.snippets import TranslationError

_SECONDS = 30


@cache
def translate(text: str) -> str:
    """The Ignition JSON of a Butane text.

    Raises:
        TranslationError: if butane is not there, or refuses the text or warns about it; one line for each reason.
    """
    chosen = os.environ.get("TRADEWIND_BUTANE")
    program = shutil.which(chosen or "butane")
    if program is None:
        missing = f"TRADEWIND_BUTANE={chosen!a} is no program" if chosen else "the program butane is not on the PATH"
        raise TranslationError(
            f"{missing}; install it from https://github.com/coreos/butane/releases or your system's packages, "
            "or give Ignition JSON"
        )
    try:
        result = subprocess.run(
            [program, "--strict"], input=text.encode(), capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TranslationError(f"{program} does not run: {type(error).__name__}") from None
    if result.returncode != 0:
        lines = [line for line in result.stderr.decode(errors="replace").splitlines() if line.strip()]
        raise TranslationError("\n".join(lines) or f"{program} ended with status {result.returncode}")
    return result.stdout.decode()
