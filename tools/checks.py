"""`make test`, `lint`, `bench` and `clean`.

Reads: the checkout. Makes: nothing but what tests leave in their temporary folders.
"""

import argparse
import os
import shutil
import subprocess
import sys

from tools import paths, suite
from tools.environment import environment
from tools.machines import check
from tools.setup import guarded, setup
from tools.toolchain.errors import ToolchainError

_LINT = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)
_REMADE = (".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "dist")


def test(arguments: list[str]) -> None:
    """Run every test, or pytest on what `arguments` select; local machines need root and Linux."""
    if not arguments:
        suite.whole()
        return
    needs_selinux = any("selinux" in each for each in arguments)
    needs_machines = needs_selinux or any("cluster" in each or "machines" in each for each in arguments)
    if needs_machines:
        check.check()
    # tests/tools too: the toolchain's own tests look at every pin.
    needs_releases = any("engine" in each or "tools" in each for each in arguments)
    needs_clouds = any("clouds" in each or "tools" in each for each in arguments)
    setup(dev=True, machines=needs_machines, releases=needs_releases, selinux=needs_selinux, clouds=needs_clouds)
    _run("pytest", *arguments)


def lint(_: list[str]) -> None:
    """Rules, format and types."""
    setup(dev=True, machines=False, clouds=True)
    for command in _LINT:
        _run(*command)


def bench(arguments: list[str]) -> None:
    """Print one table of times with the facts of this machine; local machines need root and Linux."""
    machines = (not arguments or "local" in arguments) and sys.platform == "linux" and os.geteuid() == 0
    if machines:
        check.check()
    setup(dev=True, machines=machines, clouds=not arguments or "platforms" in arguments)
    _run("python", "-m", "tools.bench", *arguments)


def clean(_: list[str]) -> None:
    """Remove what can be made again in this checkout. State and keys stay."""
    for name in _REMADE:
        shutil.rmtree(paths.CHECKOUT / name, ignore_errors=True)
    for folder in ("components", "stacks", "tests", "tools"):
        for cached in (paths.CHECKOUT / folder).rglob("__pycache__"):
            shutil.rmtree(cached, ignore_errors=True)


def _run(*command: str) -> None:
    # mypy's notes on packages serve every checkout: those of the clouds take it two minutes.
    variables = environment() | {"MYPY_CACHE_DIR": str(paths.cache_root() / "mypy")}
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        raise ToolchainError(f"{command[0]} is not in the project's environment; run `make setup`")
    print(f"$ {' '.join(command)}", flush=True)
    result = subprocess.run([program, *command[1:]], env=variables, cwd=paths.CHECKOUT, check=False)
    if result.returncode:
        sys.exit(result.returncode)


_VERBS = {"test": test, "lint": lint, "bench": bench, "clean": clean}


def main(arguments: list[str]) -> int:
    """Parse the command line and run one verb."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.checks", description=__doc__)
    parser.add_argument("verb", choices=_VERBS)
    chosen, rest = parser.parse_known_args(arguments)
    return guarded(_VERBS[chosen.verb], rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
