"""The toolchain's command line: `setup [NAME...]`, `path`, `list`.

Reads: names of tools or of their programs.
Makes: what install.py makes.
"""

import argparse
import os
import signal
import sys

from tools import paths
from tools.toolchain.errors import ToolchainError
from tools.toolchain.install import Installer
from tools.toolchain.packages import FOR_MACHINES, ensure
from tools.toolchain.pins import TOOLS
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import Tool


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.toolchain", description="The pinned tools.")
    commands = parser.add_subparsers(dest="command", required=True)
    setup_command = commands.add_parser("setup", help="find, download or build tools")
    setup_command.add_argument("names", nargs="*", metavar="NAME", help="a tool or a program; all when left out")
    commands.add_parser("path", help="print the folder with every tool")
    commands.add_parser("list", help="print the tools with version and programs")
    chosen = parser.parse_args(arguments)
    if chosen.command == "path":
        print(paths.bin_dir())
    elif chosen.command == "list":
        for tool in TOOLS:
            print(f"{tool.name} {tool.version}: {' '.join(program.name for program in tool.programs)}")
    else:
        return _setup(chosen.names)
    return 0


def _setup(names: list[str]) -> int:
    # As an exception, so that builds are ended and nothing half-made stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        with Progress() as progress:
            if not names:
                _ensure_machine_packages(progress)
            Installer(TOOLS, progress).install(_select(names))
    except ToolchainError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return 130
    return 0


def _ensure_machine_packages(progress: Progress) -> None:
    if os.geteuid() == 0:
        ensure(FOR_MACHINES, "local machines", progress)


def _select(names: list[str]) -> list[Tool]:
    """The tools that are named, or have a program that is; all when no name is given."""
    if not names:
        return list(TOOLS)
    by_name = {name: tool for tool in TOOLS for name in (tool.name, *(program.name for program in tool.programs))}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise ToolchainError(f"no such tool: {', '.join(unknown)}. Known: {', '.join(tool.name for tool in TOOLS)}")
    return list(dict.fromkeys(by_name[name] for name in names))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
