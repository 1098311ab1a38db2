"""Picks the stack program that `tradewind:platform` names."""

import gc
import importlib
import sys
from pathlib import Path

import pulumi

_PROGRAMS = {
    "assets": "stacks.assets",
    "aws": "stacks.aws",
    "azure": "stacks.azure",
    "bare-metal": "stacks.bare_metal",
    "digital-ocean": "stacks.digital_ocean",
    "google-cloud": "stacks.google_cloud",
    "local": "stacks.local",
}


def main() -> None:
    """Run the program of the stack's platform."""
    # One cluster's program ends within seconds and keeps what it makes: collecting garbage is a fifth of the time of
    # importing a cloud's package.
    gc.disable()
    root = Path(__file__).resolve().parent
    sys.path[:0] = [str(root), str(root / "components")]
    from stacks import settings  # noqa: PLC0415 - found through the path above, as is the library
    from tradewind.errors import TradewindError  # noqa: PLC0415

    try:
        platform = settings.platform(pulumi.runtime.get_config_env(), _PROGRAMS)
        importlib.import_module(_PROGRAMS[platform]).run()
    except TradewindError as error:
        raise pulumi.RunError(str(error)) from None


main()
