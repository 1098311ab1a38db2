"""The shape of a readiness rule.

Reads: nothing.
Makes: `Readiness`, `Related`, `Rule`; small readers that the rules share.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from tools.plugins.kubernetes.objects import Json, Object, pluck, text


@dataclass(frozen=True)
class Readiness:
    """A verdict: `status` is for while it lasts, `reasons` why it is not ready, `failed` that it never will be."""

    ready: bool
    status: str = ""
    reasons: tuple[str, ...] = ()
    failed: bool = False


READY = Readiness(ready=True)


class Related(Protocol):
    """The other objects that a rule looks at."""

    def in_namespace(self, api_version: str, kind: str, labels: str = "") -> list[Object]:
        """Return the objects of a kind in the object's own namespace, by label selector."""

    def global_object(self, api_version: str, kind: str, name: str) -> Object | None:
        """Return a cluster-scoped object, None when there is none."""


@dataclass(frozen=True)
class Rule:
    """How one kind becomes ready: `check` a live object, for at most `timeout` seconds; `on_read` also at refresh."""

    check: Callable[[Object, Related], Readiness]
    timeout: float = 600
    on_read: bool = True


def number(obj: Json, *path: str, default: int = 0) -> int:
    """Return the whole number at a path."""
    value = pluck(obj, *path)
    return value if isinstance(value, int) else default


def condition(obj: Object, kind: str) -> Object:
    """Return the status condition of a type, {} when there is none."""
    found: Iterable[Object] = pluck(obj, "status", "conditions") or ()
    return next((entry for entry in found if entry.get("type") == kind), {})


def holds(obj: Object, kind: str) -> bool:
    """Whether a status condition is True."""
    return condition(obj, kind).get("status") == "True"


def observed(obj: Object) -> bool:
    """Whether the object's controller has seen its latest generation."""
    return number(obj, "status", "observedGeneration") == number(obj, "metadata", "generation")


def owned(items: Iterable[Object], owner: Object) -> list[Object]:
    """Return the objects that another one owns."""
    uid = text(owner, "metadata", "uid")
    return [
        item for item in items if any(r.get("uid") == uid for r in pluck(item, "metadata", "ownerReferences") or ())
    ]


def selector_of(obj: Object) -> str:
    """Return the matchLabels of an object's selector as a label selector; matchExpressions only narrow further."""
    labels: dict[str, str] = pluck(obj, "spec", "selector", "matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items())
