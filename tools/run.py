"""Run a command in the project's environment: `python3 -m tools.run pulumi preview`.

Reads: the arguments, and what environment.py reads.
Makes: this process into the command.
"""

import os
import shutil
import sys

from tools.environment import EnvironmentProblem, environment
from tools.paths import CHECKOUT, bin_dir

_NOT_FOUND = 127


def main(command: list[str]) -> int:
    """Replace this process by the command; return an exit status only if that fails."""
    if not command:
        print("usage: python3 -m tools.run COMMAND [ARGUMENT...]", file=sys.stderr)
        return 2
    if not (CHECKOUT / ".venv" / "bin" / "python").exists() or not bin_dir().is_dir():
        print("error: this checkout is not set up; run `make setup` first", file=sys.stderr)
        return 1
    try:
        variables = environment()
    except EnvironmentProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        print(f"error: {command[0]} is not in the project's environment nor on PATH", file=sys.stderr)
        return _NOT_FOUND
    return os.execve(program, command, variables)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
