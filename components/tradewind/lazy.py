"""Public names of a package that are imported when they are first used.

Pure. Reads: nothing but what is asked for. Makes: a package's `__getattr__` (PEP 562).
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from tradewind.errors import MissingPackageError

EXTRAS = {
    "pulumi_aws": "aws",
    "pulumi_azure_native": "azure",
    "pulumi_gcp": "google-cloud",
    "pulumi_digitalocean": "digital-ocean",
    "pulumiverse_matchbox": "bare-metal",
}
"""Packages that one platform alone needs, with the extra of this package that brings each."""


def lazy(package: str, rooms: Mapping[str, str]) -> Callable[[str], Any]:
    """What a package's `__getattr__` is.

    Args:
        package: its full name.
        rooms: public names, each with the module below the package that holds it.
    """

    def get(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        if name not in rooms:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{package}.{rooms[name]}"), name)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in EXTRAS:
                raise
            raise MissingPackageError(missing, EXTRAS[missing]) from None

    return get
