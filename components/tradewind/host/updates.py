"""When a machine installs updates of its operating system and reboots into them: the file that its update agent reads.

Pure. Reads: `OsUpdates`, the agent, the place of the machine among its kind. Makes: `HostFile`s.
Sources: https://coreos.github.io/zincati/usage/updates-strategy/ and
https://www.flatcar.org/docs/latest/setup/releases/update-strategies/
"""

import re
import zlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

from tradewind.choices import OsUpdateStrategy
from tradewind.errors import TradewindError
from tradewind.host.files import HostFile
from tradewind.kubelet import Role
from tradewind.serialize import to_toml
from tradewind.spec.updates import OsUpdates

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WINDOW_MINUTES = 60
_WORKER_WINDOWS = 4
"""Windows of workers on one day, after the controllers' own."""
_DAY_MINUTES = 24 * 60


class UpdateAgent(str, Enum):
    """What installs updates on an operating system."""

    ZINCATI = "zincati"
    """Fedora CoreOS."""
    LOCKSMITH = "locksmith"
    """Flatcar: update-engine installs, locksmithd reboots."""


class UpdateStrategyError(TradewindError, ValueError):
    """A strategy that the operating system does not know."""


def update_strategy(
    updates: OsUpdates, agent: UpdateAgent | None, role: Role, place: int | None
) -> tuple[HostFile, ...]:
    """The agent's file; none where nothing updates the system.

    Args:
        updates: the choice.
        agent: what installs updates.
        role: workers have other windows than controllers.
        place: number of the machine among its kind; None if it has none of its own.

    Raises:
        UpdateStrategyError: if the agent does not know the strategy.
    """
    if agent is None:
        return ()
    window = _window(updates.window_start, role, place)
    strategy = updates.strategy
    if strategy is OsUpdateStrategy.STAGGERED and window is None:
        strategy = OsUpdateStrategy.OFF
    if agent is UpdateAgent.ZINCATI:
        document = {"updates": _zincati(strategy, window, updates.fleet_lock_url)}
        return (HostFile(path="/etc/zincati/config.d/55-update-strategy.toml", content=to_toml(document)),)
    lines = "".join(f"{name}={value}\n" for name, value in _locksmith(strategy, window).items())
    return (HostFile(path="/etc/flatcar/update.conf", content=lines),)


def place_of(hostname: str | None) -> int | None:
    """The number at the end of a machine's name, or one that stands for a name without."""
    number = re.search(r"[0-9]{1,9}$", hostname or "")
    return int(number[0]) if number else zlib.crc32(hostname.encode()) if hostname else None


def _window(start: str, role: Role, place: int | None) -> tuple[str, str] | None:
    """Day and time at which a machine's window begins; controllers are at most as many as a week has days."""
    if place is None:
        return None
    hours, minutes = map(int, start.split(":"))
    later = 0 if role is Role.CONTROLLER else 1 + place // len(_DAYS) % _WORKER_WINDOWS
    moment = place % len(_DAYS) * _DAY_MINUTES + hours * 60 + minutes + later * _WINDOW_MINUTES
    day, minute = divmod(moment % (len(_DAYS) * _DAY_MINUTES), _DAY_MINUTES)
    return _DAYS[day], f"{minute // 60:02}:{minute % 60:02}"


def _zincati(strategy: OsUpdateStrategy, window: tuple[str, str] | None, lock: str | None) -> Mapping[str, Any]:
    if strategy is OsUpdateStrategy.OFF:
        return {"enabled": False}
    if strategy is OsUpdateStrategy.FLEET_LOCK and lock is not None:
        return {"strategy": "fleet_lock", "fleet_lock": {"base_url": lock}}
    if strategy is OsUpdateStrategy.STAGGERED and window is not None:
        times = {"days": [window[0]], "start_time": window[1], "length_minutes": _WINDOW_MINUTES}
        return {"strategy": "periodic", "periodic": {"time_zone": "UTC", "window": [times]}}
    raise UpdateStrategyError(f"os_updates.strategy: {strategy.value} is not for machines with Fedora CoreOS")


def _locksmith(strategy: OsUpdateStrategy, window: tuple[str, str] | None) -> Mapping[str, str]:
    if strategy is OsUpdateStrategy.OFF:
        return {"SERVER": "disabled", "REBOOT_STRATEGY": "off"}
    if strategy is OsUpdateStrategy.OPERATOR:
        return {"REBOOT_STRATEGY": "off"}
    if strategy is OsUpdateStrategy.STAGGERED and window is not None:
        times = {
            "LOCKSMITHD_REBOOT_WINDOW_START": f'"{window[0]} {window[1]}"',
            "LOCKSMITHD_REBOOT_WINDOW_LENGTH": f"{_WINDOW_MINUTES}m",
        }
        return {"REBOOT_STRATEGY": "reboot", **times}
    raise UpdateStrategyError(f"os_updates.strategy: {strategy.value} is not for machines with Flatcar")
