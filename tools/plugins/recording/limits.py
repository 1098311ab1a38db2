"""Values that a cloud refuses although the package declares them.

Reads: nothing.
Makes: `LIMITS`.
"""

from collections.abc import Callable, Iterator, Mapping

from tools.plugins.base.errors import CheckFailure
from tools.plugins.base.values import Props, reveal

Limit = Callable[[Props], Iterator[CheckFailure]]
"""Gives what is wrong with inputs."""

_INTERVAL = 30
_HTTP_TIMEOUT, _TIMEOUT = 6, 10
"""What AWS takes where nothing is said, seconds: for HTTP checks, and for those of HTTPS and TCP."""


def _target_group(inputs: Props) -> Iterator[CheckFailure]:
    """Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html."""
    check = reveal(inputs.get("healthCheck"))
    if not isinstance(check, dict):
        return
    interval = check.get("interval", _INTERVAL)
    timeout = check.get("timeout", _HTTP_TIMEOUT if check.get("protocol") == "HTTP" else _TIMEOUT)
    if isinstance(interval, int) and isinstance(timeout, int) and timeout >= interval:
        rule = "Health check interval must be greater than the timeout"
        yield CheckFailure(f"ValidationError: {rule}: {interval} and {timeout} seconds", "healthCheck")


LIMITS: Mapping[str, Limit] = {"aws:lb/targetGroup:TargetGroup": _target_group}
"""By type."""
