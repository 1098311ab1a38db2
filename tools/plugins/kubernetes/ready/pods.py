"""When a Pod is ready, and why it is not.

Reads: a live Pod.
Makes: `pod`, `messages`.
"""

from collections.abc import Iterable, Iterator

from tools.plugins.kubernetes.objects import Object, name_of, namespace_of, pluck, text
from tools.plugins.kubernetes.ready.model import READY, Readiness, Related, condition, holds

_PULL_NOISE = "rpc error: code = Unknown desc = Error response from daemon: "


def pod(live: Object, _related: Related) -> Readiness:
    """Ready once scheduled, initialised and ready, or finished."""
    if not holds(live, "PodScheduled"):
        waiting_for = "scheduled"
    elif not holds(live, "Initialized"):
        waiting_for = "initialized"
    elif not holds(live, "Ready") and text(live, "status", "phase") != "Succeeded":
        waiting_for = "ready"
    else:
        return READY
    return Readiness(False, f'Waiting for Pod "{_full_name(live)}" to be {waiting_for}', tuple(messages([live])))


def messages(pods: Iterable[Object]) -> Iterator[str]:
    """Say for each pod that is not ready what its conditions and containers report."""
    for live in pods:
        if holds(live, "Ready") or text(live, "status", "phase") == "Succeeded":
            continue
        scheduled = condition(live, "PodScheduled")
        if scheduled and scheduled.get("status") != "True":
            yield _report(live, text(scheduled, "message"), [])
            continue
        unready = condition(live, "Initialized") if not holds(live, "Initialized") else condition(live, "Ready")
        statuses = [
            *(pluck(live, "status", "initContainerStatuses") or ()),
            *(pluck(live, "status", "containerStatuses") or ()),
        ]
        problems = [line for status in statuses for line in _container(status)]
        if unready.get("message") or problems:
            yield _report(live, text(unready, "message"), problems)


def _report(live: Object, message: str, problems: list[str]) -> str:
    return f"[Pod {_full_name(live)}]: {message}" + "".join(f"\n{problem}" for problem in problems)


def _container(status: Object) -> Iterator[str]:
    if status.get("ready"):
        return
    waiting = pluck(status, "state", "waiting")
    if waiting and waiting.get("reason") not in {"ContainerCreating", "PodInitializing"}:
        yield f"[{waiting.get('reason')}] {_trim(text(waiting, 'message'))}"
    ended = pluck(status, "state", "terminated")
    if ended and ended.get("reason") and ended.get("exitCode"):
        name, code = status.get("name"), ended["exitCode"]
        message = text(ended, "message")
        default = f'container "{name}" completed with exit code {code}'
        yield f"[{ended['reason']}] {_trim(message)}" if message else default
    last = pluck(status, "lastState", "terminated")
    if last:
        where = f'container "{status.get("name")}" terminated at {last.get("finishedAt")}'
        yield f"{where} ({last.get('reason')}: exit code {last.get('exitCode')})"
        if last.get("message"):
            yield str(last["message"])


def _trim(message: str) -> str:
    return message.removeprefix(_PULL_NOISE).removesuffix(": manifest unknown")


def _full_name(live: Object) -> str:
    namespace = namespace_of(live)
    return name_of(live) if namespace in {"", "default"} else f"{namespace}/{name_of(live)}"
