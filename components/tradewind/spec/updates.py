"""Updates of the operating system: the rules of `OsUpdatesArgs`, and `OsUpdates`.

Pure.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.choices import OsUpdateStrategy
from tradewind.errors import Problem
from tradewind.spec import checks
from tradewind.spec.fields import entries, field, leaf
from tradewind.spec.shown import shown

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_ONLY_WITH = {
    "window_start": OsUpdateStrategy.STAGGERED.value,
    "fleet_lock_url": OsUpdateStrategy.FLEET_LOCK.value,
}


@dataclass(frozen=True, kw_only=True)
class OsUpdates:
    """When machines reboot into updates."""

    strategy: OsUpdateStrategy
    window_start: str
    """`HH:MM` in UTC."""
    fleet_lock_url: str | None


def os_updates(args: Mapping[str, Any]) -> OsUpdates:
    """The choice of validated `OsUpdatesArgs`."""
    return OsUpdates(
        strategy=OsUpdateStrategy(args.get("strategy", OsUpdateStrategy.STAGGERED)),
        window_start=args.get("window_start", "03:00"),
        fleet_lock_url=args.get("fleet_lock_url"),
    )


def problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """A field goes with the one strategy that reads it."""
    value = args.get("os_updates", {})
    if not isinstance(value, Mapping):
        return
    given = dict(entries(value))
    strategy = leaf(given.get("strategy", OsUpdateStrategy.STAGGERED))
    if checks.member_of(OsUpdateStrategy)(strategy):
        return
    for name, only in _ONLY_WITH.items():
        if name in given and strategy != only and not list(FIELDS[name].walk(given[name], name)):
            yield Problem(f"os_updates.{name}", shown(leaf(given[name])), f"must be left out but for strategy {only}")
    if strategy == OsUpdateStrategy.FLEET_LOCK.value and "fleet_lock_url" not in given:
        yield Problem("os_updates.fleet_lock_url", "", f"must be given with strategy {strategy}")


def _time(value: object) -> str | None:
    good = isinstance(value, str) and _TIME.fullmatch(value)
    return None if good else "must be a time of day, such as 03:00"


FIELDS = {
    "strategy": field(checks.member_of(OsUpdateStrategy)),
    "window_start": field(_time),
    "fleet_lock_url": field(checks.http_url),
}
"""The fields of `OsUpdatesArgs`."""
