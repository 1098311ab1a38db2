"""How values and keys that a user gave appear in a message.

Pure. Reads: any value. Makes: short printable ASCII, so that a message is stable, cannot be taken for another one, and
shows the look-alike or invisible character that a rule refuses. Never more than the type of what may hold a secret.
"""

import re
from collections.abc import Awaitable

_LONGEST = 80
_MOST_BITS = 128
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_PRIVATE_KEY = "PRIVATE KEY"


def shown(value: object) -> str:
    """A scalar as Python would write it, shortened; of anything else its type. A private key is never shown."""
    if isinstance(value, str):
        return _quoted(str.__str__(value))
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        bits = int.bit_length(value)
        return int.__repr__(value) if bits <= _MOST_BITS else f"<a number of {bits} bits>"
    return float.__repr__(value) if isinstance(value, float) else kind(value)


def kind(value: object) -> str:
    """The type of a value."""
    name = ascii(type(value).__name__)[1:-1][:_LONGEST]
    return f"<{name}, not known yet>" if is_late(value) else f"<{name}>"


def is_late(value: object) -> bool:
    """Whether another resource makes the value: an output of Pulumi, or something to await."""
    return isinstance(value, Awaitable) or {"apply", "is_known"} <= set(dir(type(value)))


def at(path: str, key: object) -> str:
    """Path of a key of the mapping at `path`, such as `certificates.etcd_ca` or `labels['example.com/role']`."""
    if isinstance(key, str) and _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else str.__str__(key)
    return f"{path}[{shown(key)}]"


def _quoted(text: str) -> str:
    if _PRIVATE_KEY in text:
        return "<secret>"
    return ascii(text) if len(text) <= _LONGEST else f"{text[:_LONGEST]!a}... ({len(text)} characters)"
