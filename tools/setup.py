"""`make setup`: everything that the other targets need. `python3 -m tools.setup [--dev]`.

Reads: what is there already.
Makes: the tools, the virtual environment, the engine's plugins, and as root what local machines share.
"""

import argparse
import os
import signal
import sys

from tools import engine_plugins, venv
from tools.environment import EnvironmentProblem
from tools.machines import images, rootfs
from tools.machines.errors import MachineError
from tools.selinux import disk
from tools.toolchain.errors import ToolchainError
from tools.toolchain.install import Installer
from tools.toolchain.packages import FOR_MACHINES, FOR_SELINUX
from tools.toolchain.packages import ensure as ensure_packages
from tools.toolchain.pins import FOREIGN_KUBELETS, OTHER_KUBERNETES, RELABELLING_IGNITION, TOOLS
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import Tool


def setup(
    *, dev: bool = False, machines: bool = True, releases: bool = False, selinux: bool = False, clouds: bool = False
) -> None:
    """Bring everything; what is there already costs no more than a look.

    Args:
        dev: also what tests and checks need.
        machines: also what local machines share.
        releases: also the programs of Kubernetes versions besides the default, which tests start, and with `machines`
            the kubelets of which they make images for other architectures.
        selinux: also the disk of the emulated machine with SELinux.
        clouds: also the environment with the packages of the clouds.

    Raises:
        ToolchainError: naming what could not be had, what was tried and what to do.
        MachineError: if the machines' root file system or images could not be made.
    """
    with Progress() as progress:
        ensure_packages(["python3-venv"], "the virtual environment", progress)
        if machines:
            ensure_packages(FOR_MACHINES, "local machines", progress)
        if selinux:
            ensure_packages(FOR_SELINUX, "the emulated machine with SELinux", progress)
        Installer(TOOLS, progress).install(list(TOOLS))
        for tool in _tools_of_tests(machines=machines) if releases else ():
            Installer((tool,), progress).install([tool])
        if selinux:
            Installer((RELABELLING_IGNITION,), progress).install([RELABELLING_IGNITION])
        venv.ensure(progress, dev=dev)
        if clouds:
            venv.ensure_clouds(progress)
        engine_plugins.ensure(progress)
    if machines:
        rootfs.setup()
        images.setup()
    if selinux:
        disk.setup()


def _tools_of_tests(*, machines: bool) -> tuple[Tool, ...]:
    """In the order in which tests need them."""
    return (*(FOREIGN_KUBELETS if machines else ()), *OTHER_KUBERNETES)


def guarded(step: object, *arguments: object, **options: object) -> int:
    """Run a step for the command line: a known problem is one message, and status 1."""
    # As an exception, so that builds are ended and nothing half-made stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        step(*arguments, **options)  # type: ignore[operator]
    except (ToolchainError, MachineError, EnvironmentProblem) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return 130
    return 0


def main(arguments: list[str]) -> int:
    """Parse the command line and set up."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.setup", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    chosen = parser.parse_args(arguments)
    machines = sys.platform == "linux" and os.geteuid() == 0
    options = {"releases": chosen.dev, "selinux": chosen.dev and machines, "clouds": chosen.dev}
    return guarded(setup, dev=chosen.dev, machines=machines, **options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
