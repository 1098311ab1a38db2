"""Additions to machines. `spec.snippets` holds the rules of their texts, `host.ownership` what they may not take."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from tradewind.args.machines import TaintArgs


class SnippetArgs(TypedDict):
    """An addition to machines before their first boot, merged over the library's own by the rules of Ignition."""

    config: str
    """Ignition JSON of 3.0.0 to 3.4.0, or Butane YAML of the machines' system (fcos, flatcar), up to 65536
    characters. It is no secret: it is shown in previews and kept in the state."""
    replaces: NotRequired[Sequence[str]]
    """Paths and names of units that the library has as well and that `config` is meant to replace, at most 64. Any
    other that it has and `config` sets is refused. No delivery touches a file that is replaced. Default: none."""


class MachineArgs(TypedDict):
    """What is the same on every platform that makes machines."""

    controller_labels: NotRequired[Mapping[str, str]]
    """Labels that a controller gives its node when it first registers, at most 32. Default: none but the role's."""
    controller_taints: NotRequired[Sequence[TaintArgs]]
    """Taints that a controller gives its node when it first registers, at most 32, besides the controllers' own.
    Default: none."""
    worker_labels: NotRequired[Mapping[str, str]]
    """The same labels of plain workers; pools have their own. Default: none but the role's."""
    worker_taints: NotRequired[Sequence[TaintArgs]]
    """The same taints of plain workers; pools have their own. Default: none."""
    controller_snippets: NotRequired[Sequence[SnippetArgs]]
    """Additions to every controller, each over those before it, at most 32. They take effect at a machine's first boot:
    a change is told, and reaches machines that are made later. Default: none."""
    worker_snippets: NotRequired[Sequence[SnippetArgs]]
    """Additions to every worker, those of pools included, in the same way. Default: none."""
