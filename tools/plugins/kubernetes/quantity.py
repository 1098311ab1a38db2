"""Resource quantities such as `500m` or `1Gi` in the one form in which the API server stores them.

Reads: nothing. Makes: `canonical`.
"""

import re
from decimal import ROUND_UP, Decimal

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?")
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_LIMIT = Decimal(2**63 - 1)
_SMALLEST = Decimal("1e-9")
_STEP, _BINARY_STEP, _LARGEST_EXPONENT = 1000, 1024, 18


def canonical(text: str) -> str:
    """Return the canonical form of a quantity, or the text itself where it is none (the API server will refuse it).

    The mantissa becomes a whole number with the largest suffix of the same family that keeps it whole; what is finer
    than one billionth rounds up.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return text
    number, suffix = Decimal(match[1]), match[2] or ""
    if suffix in _BINARY:
        return _binary(number * _BINARY_STEP ** _BINARY[suffix])
    exponent = int(suffix[1:]) if suffix not in _DECIMAL else _DECIMAL[suffix]
    value = _bounded(number.scaleb(exponent))
    return _decimal(value, exponential=suffix not in _DECIMAL)


def _bounded(value: Decimal) -> Decimal:
    value = value.quantize(_SMALLEST, rounding=ROUND_UP) if value != value.quantize(_SMALLEST) else value
    return max(min(value, _LIMIT), -_LIMIT)


def _binary(value: Decimal) -> str:
    value = _bounded(value)
    # Kubernetes keeps powers of 1024 only for amounts that make sense as bytes.
    if abs(value) < _BINARY_STEP or value != value.to_integral_value():
        return _decimal(value, exponential=False)
    whole, power = int(value), 0
    while whole % _BINARY_STEP == 0 and power < len(_BINARY):
        whole, power = whole // _BINARY_STEP, power + 1
    return f"{whole}{next((suffix for suffix, p in _BINARY.items() if p == power), '')}"


def _decimal(value: Decimal, *, exponential: bool) -> str:
    if value == 0:
        return "0"
    exponent = -9
    whole = int(value.scaleb(9))
    while whole % _STEP == 0 and exponent < _LARGEST_EXPONENT:
        whole, exponent = whole // _STEP, exponent + 3
    if exponential:
        return f"{whole}e{exponent}" if exponent else str(whole)
    return f"{whole}{next(suffix for suffix, power in _DECIMAL.items() if power == exponent)}"
