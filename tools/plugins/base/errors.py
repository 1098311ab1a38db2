"""What can go wrong in a plugin, in the forms the engine knows.

Reads: `values`.
Makes: `PluginError` (and its kinds) to raise, `CheckFailure` to return.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.plugins.base.values import Props


class PluginError(Exception):
    """A step failed; the message is what the user reads."""


class UnknownTokenError(PluginError):
    """The plugin has no such resource or function."""


class ResourceInitError(PluginError):
    """The resource exists but did not become ready: the engine keeps its state and updates it next time.

    `inputs` None means the inputs of the request.
    """

    def __init__(
        self, message: str, *, identity: str, outputs: Props, reasons: Sequence[str] = (), inputs: Props | None = None
    ) -> None:
        super().__init__(message)
        self.identity = identity
        self.outputs = outputs
        self.reasons = tuple(reasons) or (message,)
        self.inputs = inputs


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One thing wrong with the inputs.

    With a property, the engine says "property X value Y has a problem"; without, "resource has a problem".
    """

    reason: str
    property: str = ""
