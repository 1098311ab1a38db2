"""The start of a plugin process: `python -I -S main.py SITE_PACKAGES NAME [ENGINE_ADDRESS] [engine options]`.

Reads: the plugin package `tools.plugins.NAME`, which has a function `provider()`.
Makes: a running plugin. Every run of the engine starts several, so what is imported here is the cost of each preview.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

SDK = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def hollow_sdk(site_packages: Path) -> None:
    """Make the SDK's packages importable as bare folders.

    A plugin needs the generated protocol modules alone; running the SDK's own `__init__` modules would cost as much
    as the whole rest of a plugin's start several times over.
    """
    for name in SDK:
        module = ModuleType(name)
        module.__path__ = [str(site_packages.joinpath(*name.split(".")))]
        sys.modules[name] = module


def main(arguments: list[str]) -> None:
    """Serve the named plugin."""
    site_packages, name, *rest = arguments
    sys.path[:0] = [str(Path(__file__).resolve().parents[3]), site_packages]
    hollow_sdk(Path(site_packages))
    serve = importlib.import_module("tools.plugins.base.server").serve
    provider = importlib.import_module(f"tools.plugins.{name}").provider()
    serve(provider, next((argument for argument in rest if not argument.startswith("-")), ""))


if __name__ == "__main__":
    main(sys.argv[1:])
