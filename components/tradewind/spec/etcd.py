"""Settings of etcd: the rules of `EtcdArgs`, and the variables that they become.

Pure.
"""

from collections.abc import Iterator, Mapping

from tradewind.errors import Problem
from tradewind.spec import checks
from tradewind.spec.fields import entries, field
from tradewind.spec.rules import number
from tradewind.spec.shown import shown

_HEARTBEAT = (50, 5000)
_ELECTION = (500, 50000)
_MEBIBYTE = 1024 * 1024
_LEAST_BEATS = 5
"""etcd refuses an election timeout of fewer heartbeats."""


def problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """An election takes several heartbeats that do not come."""
    value = args.get("etcd")
    given = dict(entries(value)) if isinstance(value, Mapping) else {}
    beat = number(given.get("heartbeat_interval", 100), *_HEARTBEAT)
    election = number(given.get("election_timeout", 1000), *_ELECTION)
    if beat is not None and election is not None and election < _LEAST_BEATS * beat:
        rule = f"must be at least {_LEAST_BEATS} times heartbeat_interval ({beat})"
        yield Problem("etcd.election_timeout", shown(election), rule)


def variables(settings: Mapping[str, object]) -> dict[str, str]:
    """Variables of etcd that validated `EtcdArgs` become."""
    return {f"ETCD_{name.upper()}": str(value) for name, value in settings.items()}


FIELDS = {
    "quota_backend_bytes": field(checks.integer(256 * _MEBIBYTE, 8192 * _MEBIBYTE)),
    "heartbeat_interval": field(checks.integer(*_HEARTBEAT)),
    "election_timeout": field(checks.integer(*_ELECTION)),
}
"""The fields of `EtcdArgs`."""
