"""Quantities, percentages and durations, as Kubernetes writes them.

Pure. A check takes whatever it is given and returns the rule it breaks, or None; a reader returns None for what is
no such value. Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from fractions import Fraction

_QUANTITY = re.compile(r"(?P<number>[0-9]{1,15}(\.[0-9]{1,3})?)(?P<unit>m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?")
_PERCENTAGE = re.compile(r"[0-9]{1,2}(\.[0-9])?%")
_DURATION = re.compile(r"(?=[0-9])([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?")
_UNITS = {
    "": Fraction(1),
    "m": Fraction(1, 1000),
    **{unit: Fraction(1000) ** power for power, unit in enumerate("kMGTP", 1)},
    **{f"{unit}i": Fraction(1024) ** power for power, unit in enumerate("KMGTP", 1)},
}
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def quantity(value: object) -> str | None:
    """A quantity, such as `500m`, `2` or `1.5Gi`."""
    return None if to_quantity(value) is not None else "must be a quantity, such as 500m, 2 or 1.5Gi"


def size(value: object) -> str | None:
    """A quantity of bytes above 0."""
    amount = to_quantity(value)
    good = amount and amount.denominator == 1
    return None if good else "must be a quantity of bytes above 0, such as 10Mi"


def threshold(value: object) -> str | None:
    """A quantity, or a percentage below 100."""
    good = to_quantity(value) is not None or to_percentage(value) is not None
    return None if good else "must be a quantity or a percentage below 100%, such as 500Mi or 10%"


def duration(value: object) -> str | None:
    """A duration in hours, minutes and seconds."""
    good = to_seconds(value) is not None
    return None if good else "must be a duration, such as 30s, 5m or 1h30m"


def to_quantity(value: object) -> Fraction | None:
    """The number that a quantity stands for."""
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return Fraction(match["number"]) * _UNITS[match["unit"] or ""] if match else None


def to_percentage(value: object) -> Fraction | None:
    """The number before the percent sign."""
    return Fraction(value[:-1]) if isinstance(value, str) and _PERCENTAGE.fullmatch(value) else None


def to_seconds(value: object) -> int | None:
    """The seconds of a duration."""
    if not isinstance(value, str) or not value or not _DURATION.fullmatch(value):
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9]+)([hms])", value))
