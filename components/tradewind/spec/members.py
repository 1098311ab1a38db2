"""The members of etcd and what their machines are, which stay those that the cluster was made with.

Pure. Reads: what the state keeps of them, and those of the spec. Makes: nothing.
"""

from collections.abc import Mapping

from tradewind.errors import Problem, SpecError


def check_members(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse members, peer URLs by name, that are not those of `before`. Their order does not matter.

    Raises:
        SpecError: if they differ.
    """
    if before != now:
        rule = f"must stay {_shown(before)}, as etcd's members can't be changed: set them back, or make another cluster"
        raise SpecError("cluster", [Problem("controllers", _shown(now), rule)])


def check_architecture(before: str, now: str) -> None:
    """Refuse another architecture of controllers than `before`: clouds refuse it too, or replace them all at once.

    Raises:
        SpecError: if they differ.
    """
    _stays("architecture", before, now, "controllers can't get another: set it back; pools may have their own")


def check_zones(before: str, now: str) -> None:
    """Refuse controllers in `some` zones in the place of `none`, or the other way round: clouds can't move them.

    Raises:
        SpecError: if they differ.
    """
    _stays("zones", before, now, "controllers can't be moved: set them back, or make another cluster")


def _stays(field: str, before: str, now: str, reason: str) -> None:
    if before != now:
        raise SpecError("cluster", [Problem(field, now, f"must stay {before}, as {reason}")])


def _shown(members: Mapping[str, str]) -> str:
    return f"{len(members)} ({', '.join(f'{name}={url}' for name, url in sorted(members.items()))})"
