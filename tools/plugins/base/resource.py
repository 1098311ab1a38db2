"""What a plugin is made of: resources, functions and the provider that holds them.

Reads: `values`, `diff`, `errors`.
Makes: the abstract `Resource` and `Provider`, the request of each step and its answer.

The engine calls check, then for a resource with state diff, then create, update or delete. Requests hold plain dicts
(see `values`); with `preview` set a create or update changes nothing and answers with what it can know, `UNKNOWN` for
the rest.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tools.plugins.base.diff import Difference
from tools.plugins.base.errors import CheckFailure, UnknownTokenError
from tools.plugins.base.values import Props


class Log(Protocol):
    """Says something to the user through the engine."""

    def __call__(self, severity: str, message: str, *, urn: str = "", ephemeral: bool = False) -> None:
        """Send one message; severity is debug, info, warning or error; an ephemeral one is not kept."""


@dataclass(frozen=True)
class Engine:
    """What a plugin can ask of the engine: `log`, and `cancelled`, which is set once the user interrupts."""

    log: Log
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class CheckCall:
    """Inputs to validate: `news` from the program, `olds` the inputs in state (empty for a new resource).

    `autoname` is the name that the engine proposes for a resource without one; `autoname_off` forbids to make one up.
    """

    urn: str
    name: str
    news: Props
    olds: Props = field(default_factory=dict)
    seed: bytes = b""
    autoname: str = ""
    autoname_off: bool = False


@dataclass(frozen=True)
class Checked:
    """The inputs that the engine keeps in state, or failures."""

    inputs: Props
    failures: Sequence[CheckFailure] = ()


@dataclass(frozen=True)
class DiffCall:
    """State (`outputs` and `old_inputs`) to compare with the checked inputs `news`."""

    urn: str
    name: str
    id: str
    outputs: Props
    old_inputs: Props
    news: Props
    ignore: Sequence[str] = ()


@dataclass(frozen=True)
class CreateCall:
    """A resource to make; timeout in seconds, 0 for the plugin's own default."""

    urn: str
    name: str
    inputs: Props
    preview: bool = False
    timeout: float = 0


@dataclass(frozen=True)
class Created:
    """The made resource; the id is ignored in a preview."""

    id: str
    outputs: Props


@dataclass(frozen=True)
class ReadCall:
    """A resource to look up; both maps are empty for an import."""

    urn: str
    name: str
    id: str
    outputs: Props
    inputs: Props
    timeout: float = 0


@dataclass(frozen=True)
class Read:
    """The live resource; inputs are what a program would have given for it."""

    id: str
    outputs: Props
    inputs: Props


@dataclass(frozen=True)
class UpdateCall:
    """A resource to change in place from its state to the inputs `news`."""

    urn: str
    name: str
    id: str
    outputs: Props
    old_inputs: Props
    news: Props
    preview: bool = False
    timeout: float = 0
    ignore: Sequence[str] = ()


@dataclass(frozen=True)
class DeleteCall:
    """A resource to remove."""

    urn: str
    name: str
    id: str
    outputs: Props
    old_inputs: Props
    timeout: float = 0


class Resource(ABC):
    """The life of one resource type. Methods run in several threads at once and keep no state in self."""

    @abstractmethod
    def check(self, call: CheckCall) -> Checked:
        """Validate inputs and fill in what belongs in state."""

    @abstractmethod
    def diff(self, call: DiffCall) -> Difference:
        """Say what would change and what that needs."""

    @abstractmethod
    def create(self, call: CreateCall) -> Created:
        """Make the resource."""

    @abstractmethod
    def update(self, call: UpdateCall) -> Props:
        """Change the resource in place and return its outputs."""

    @abstractmethod
    def delete(self, call: DeleteCall) -> None:
        """Remove the resource; one that is gone already is not an error."""

    def read(self, call: ReadCall) -> Read | None:
        """Return the live resource, or None when it is gone. By default the state is the truth."""
        return Read(call.id, call.outputs, call.inputs)


Function = Callable[[Props], Props]
"""An invoke: arguments to result. Raises PluginError, or returns nothing but its result."""


class Provider(ABC):
    """One plugin process. `name` and `version` are those of the official plugin."""

    name: str
    version: str
    config_keys: frozenset[str] = frozenset()
    """Configuration that `check_config` accepts besides what every provider takes."""

    accepts_secrets: bool = True
    """Off: the engine sends inputs without secret marks and marks outputs of the same name as a secret input itself."""

    autonames: bool = False
    """Whether resources get their names as the engine's autonaming configuration says."""

    engine: Engine
    """Set by the server before any call."""

    def resource(self, token: str) -> Resource:
        """Return the resource type of a token such as `random:index/randomId:RandomId`, or raise UnknownTokenError."""
        found = self.resources().get(token)
        if found is None:
            raise UnknownTokenError(f"unrecognized resource type (plugin {self.name} {self.version}): {token}")
        return found

    def function(self, token: str) -> Function:
        """Return the function of a token, or raise UnknownTokenError."""
        found = self.functions().get(token)
        if found is None:
            raise UnknownTokenError(f"unrecognized function (plugin {self.name} {self.version}): {token}")
        return found

    @abstractmethod
    def resources(self) -> Mapping[str, Resource]:
        """Every resource type by token."""

    def functions(self) -> Mapping[str, Function]:
        """Every function by token; none by default."""
        return {}

    def schema(self) -> dict[str, object]:
        """The package's schema as far as it is known here: names and tokens."""
        return {
            "name": self.name,
            "version": self.version,
            "resources": {token: {} for token in self.resources()},
            "functions": {token: {} for token in self.functions()},
        }

    def check_config(self, call: CheckCall) -> Checked:
        """Validate the provider's own inputs; by default any key not in `config_keys` is an error."""
        known = self.config_keys | {"version", "pluginDownloadURL", "pluginChecksums", "__internal"}
        unknown = sorted(set(call.news) - known)
        failures = [
            CheckFailure(f"`{key}` is not a valid configuration key for the {self.name} provider") for key in unknown
        ]
        return Checked(call.news, failures)

    def diff_config(self, call: DiffCall) -> Difference:
        """Compare the provider's old and new inputs; by default no change replaces it (nor its resources)."""
        del call
        return Difference()

    def configure(self, config: Props) -> None:
        """Take the configuration; secrets are marked, and at preview any value may be UNKNOWN."""
        del config
