"""Waiting: until an object is ready, and until it is gone.

Reads: live objects through `Api`; the rules of `ready`.
Makes: `Waiter`, `NotReadyError`.
"""

import time
from collections.abc import Iterator

from tools.plugins.base.errors import PluginError
from tools.plugins.base.resource import Engine
from tools.plugins.kubernetes.api import Api, NoMatchError
from tools.plugins.kubernetes.objects import TIMEOUT, Object, annotation, name_of, namespace_of, text
from tools.plugins.kubernetes.ready.model import Readiness, Rule
from tools.plugins.kubernetes.transport import UnreachableError

FIRST_INTERVAL, LAST_INTERVAL, GROWTH = 0.1, 1.0, 1.5
"""Seconds between two looks: short at first, because most objects are ready or gone at once."""
TIMED_OUT = "'{name}' timed out waiting to be Ready"
CANCELLED = 'Resource operation was cancelled for "{name}"'


class NotReadyError(PluginError):
    """The object exists but is not ready (or not gone); `reasons` say why, as far as the cluster tells."""

    def __init__(self, message: str, live: Object, reasons: tuple[str, ...] = ()) -> None:
        super().__init__("\n\t* ".join((message, *reasons)))
        self.live = live
        self.reasons = (message, *reasons)


class Related:
    """The objects around one object, as `ready.model.Related` asks for them."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    def in_namespace(self, api_version: str, kind: str, labels: str = "") -> list[Object]:
        """Return the objects of a kind in the namespace."""
        return self._api.list_all(api_version, kind, self._namespace, labels)

    def global_object(self, api_version: str, kind: str, name: str) -> Object | None:
        """Return a cluster-scoped object."""
        return self._api.find({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}})


class Waiter:
    """Waits for one resource; `urn` is where its messages show."""

    def __init__(self, api: Api, engine: Engine, urn: str) -> None:
        self._api = api
        self._engine = engine
        self._urn = urn
        self._shown = ""

    def check(self, rule: Rule, live: Object) -> None:
        """Raise NotReadyError unless the object is ready now."""
        verdict = rule.check(live, Related(self._api, namespace_of(live)))
        if not verdict.ready:
            raise NotReadyError(
                f"Resource '{name_of(live)}' was created but failed to initialize", live, verdict.reasons
            )

    def until_ready(self, rule: Rule, live: Object, timeout: float) -> None:
        """Return once the object is ready; raise NotReadyError when it failed, time is up or the user interrupts."""
        related = Related(self._api, namespace_of(live))
        looks = self._looks(timeout)
        while True:
            live, verdict = self._look(rule, live, related)
            self._show(verdict.status)
            if verdict.ready:
                return
            if verdict.failed:
                message = f"Resource '{name_of(live)}' was created but failed to initialize"
                raise NotReadyError(message, live, verdict.reasons)
            problem = next(looks)
            if problem:
                raise NotReadyError(problem.format(name=name_of(live)), live, verdict.reasons)

    def until_gone(self, live: Object, timeout: float) -> None:
        """Return once the object, by its uid, is no longer there."""
        uid = text(live, "metadata", "uid")
        what = f'{live.get("apiVersion")}/{live.get("kind")} "{name_of(live)}"'
        looks = self._looks(timeout)
        while not self._is_gone(live, uid):
            self._show(f"{live.get('kind')} {name_of(live)!r} still exists")
            problem = next(looks)
            if problem:
                reason = f"Timed out waiting for deletion of {what}"
                raise NotReadyError(problem.format(name=name_of(live)), live, (reason,))
        self._show("")

    def _look(self, rule: Rule, live: Object, related: Related) -> tuple[Object, Readiness]:
        try:
            found = self._api.find(live)
            if found is None:
                return live, Readiness(False, "the object is gone", ("the object was deleted while it was awaited",))
            return found, rule.check(found, related)
        except UnreachableError as error:  # a control plane that restarts comes back
            return live, Readiness(False, "the API server does not answer", (str(error),))

    def _is_gone(self, live: Object, uid: str) -> bool:
        try:
            found = self._api.find(live)
        except NoMatchError:
            return True
        except UnreachableError:
            return False
        return found is None or (uid != "" and text(found, "metadata", "uid") != uid)

    def _looks(self, timeout: float) -> Iterator[str]:
        """Pause and yield "" before every further look, or why there is none: time is up, or the user interrupts."""
        deadline = time.monotonic() + timeout
        interval = FIRST_INTERVAL
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                yield TIMED_OUT
            elif self._engine.cancelled.wait(min(interval, left)):
                yield CANCELLED
            else:
                yield ""
            interval = min(interval * GROWTH, LAST_INTERVAL)

    def _show(self, status: str) -> None:
        if status != self._shown:
            self._shown = status
            self._engine.log("info", status, urn=self._urn, ephemeral=True)


def timeout_of(inputs: Object, requested: float, default: float) -> float:
    """Return how long to wait in seconds: the resource option's, else the annotation's, else the kind's."""
    if requested:
        return requested
    seconds = annotation(inputs, TIMEOUT)
    return float(seconds) if seconds.lstrip("-").isdigit() else default
