"""The command line of the benchmark: `python3 -m tools.bench [GROUP...]`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from tools import paths
from tools.environment import STAND_INS_MARKER
from tools.toolchain.pins import PULUMI_VERSION

_ON_REQUEST = ("fifty",)


def main(arguments: list[str]) -> int:
    """Measure the groups and print."""
    # The library is not installed in a checkout's environment.
    sys.path.append(str(paths.CHECKOUT / "components"))
    from tools.bench import engine, local, measure, platforms, rendering  # noqa: PLC0415 - found through the path above

    groups: dict[str, Callable[[], None]] = {
        "rendering": rendering.measure,
        "engine": engine.measure_one,
        "platforms": platforms.measure,
        "clusters": engine.measure_many,
        "local": local.measure,
        "fifty": engine.measure_fifty,
    }
    parser = argparse.ArgumentParser(prog="python3 -m tools.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(groups))
    chosen = parser.parse_args(arguments).groups or [name for name in groups if name not in _ON_REQUEST]
    if unknown := set(chosen) - groups.keys():
        parser.error(f"no group {', '.join(sorted(unknown))}; there are {', '.join(groups)}")
    print(_facts())
    measure.heading()
    for name in chosen:
        if name == "local" and not (sys.platform == "linux" and os.geteuid() == 0):
            print("local: left out, machines need root on Linux")
        else:
            groups[name]()
    return 0


def _facts() -> str:
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    own = (paths.pulumi_home() / "plugins" / STAND_INS_MARKER).exists()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{platform.machine()}, {_processor()}, {os.cpu_count()} cores, {gibibytes:.0f} GiB, load {load}\n"
        f"Linux {platform.release()}, Python {platform.python_version()}, Pulumi {PULUMI_VERSION} with "
        f"{'the stand-in' if own else 'official'} plugins"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return "unknown processor"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
