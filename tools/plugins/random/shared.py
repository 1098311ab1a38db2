"""Attributes that every random resource has.

Reads: `attributes`.
Makes: `KEEPERS`, `MADE` (an output) and `HIDDEN` (a secret output).
"""

from tools.plugins.base.attributes import Attribute
from tools.plugins.base.values import UNKNOWN, Value


def _keepers_changed(old: Value, new: Value) -> bool:
    """Whether any keeper that is not null came, went or changed; from nothing to an empty map nothing did."""
    if new is UNKNOWN:
        return True
    return {key: value for key, value in (old or {}).items() if value is not None} != {
        key: value for key, value in (new or {}).items() if value is not None
    }


KEEPERS = Attribute("map", replace=_keepers_changed)
MADE = Attribute(output=True)
HIDDEN = Attribute(output=True, secret=True)
