"""Picks the stack program that `tradewind:platform` names."""

import importlib
import sys
from pathlib import Path

import pulumi

_PROGRAMS = {"assets": "stacks.assets", "local": "stacks.local"}


def main() -> None:
    """Run the program of the stack's platform."""
    root = Path(__file__).resolve().parent
    sys.path[:0] = [str(root), str(root / "components")]
    platform = pulumi.Config("tradewind").require("platform")
    if platform not in _PROGRAMS:
        raise pulumi.RunError(f"tradewind:platform: {platform!r} must be one of {', '.join(_PROGRAMS)}")
    from tradewind.errors import TradewindError  # noqa: PLC0415 - found through the path above

    try:
        importlib.import_module(_PROGRAMS[platform]).run()
    except TradewindError as error:
        raise pulumi.RunError(str(error)) from None


main()
