"""Resource quantities such as `500m` or `1Gi` in the one form in which the API server stores them.

Reads: nothing. Makes: `canonical`.
"""

import re
from decimal import ROUND_UP, Context, Decimal, localcontext

_QUANTITY = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?")
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_LARGEST = 2**63 - 1
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -9, 18
_FAST_DIGITS, _FAST_BINARY_DIGITS = 18, 14
_STEP, _BINARY_STEP = 1000, 1024
_LONGEST = 100
_EXACT = Context(prec=400)


def canonical(text: str) -> str:
    """Return the canonical form of a quantity, or the text itself where it is none (the API server will refuse it).

    The mantissa becomes a whole number with the largest suffix of the same family that keeps it whole; what is finer
    than one billionth rounds up. Kubernetes leaves alone what its parser takes for canonical already.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]) or len(text) > _LONGEST:
        return text
    sign, whole, fraction, suffix = match[1], match[2].lstrip("0") or "0", match[3] or "", match[4] or ""
    if abs(_exponent(suffix) if suffix not in _BINARY else 0) > _LONGEST:
        return text
    if _is_kept(whole, fraction, suffix):
        return text.strip()
    number = Decimal(f"{sign}{whole}.{fraction}0")
    with localcontext(_EXACT):
        if suffix in _BINARY:
            return _binary(number * _BINARY_STEP ** _BINARY[suffix])
        return _decimal(_rounded(number.scaleb(_exponent(suffix))), exponential=suffix not in _DECIMAL)


def _is_kept(whole: str, fraction: str, suffix: str) -> bool:
    """Whether Kubernetes' parser keeps the text (k8s.io/apimachinery, pkg/api/resource, ParseQuantity)."""
    digits = whole + fraction
    if suffix in _BINARY:
        power = 10 * _BINARY[suffix]
        short = len(whole) + int(power * 3 / 10) <= _FAST_BINARY_DIGITS
        return short and not fraction and int(whole) % 8 != 0 and int(whole) << power <= _LARGEST
    scale = _exponent(suffix) - len(fraction)
    fast = len(digits) <= _FAST_DIGITS and scale >= _SMALLEST_EXPONENT
    return fast and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


def _exponent(suffix: str) -> int:
    return _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1).scaleb(_SMALLEST_EXPONENT), rounding=ROUND_UP)


def _binary(value: Decimal) -> str:
    value = max(min(_rounded(value), Decimal(_LARGEST)), Decimal(-_LARGEST))
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
    exponent = _SMALLEST_EXPONENT
    whole = int(value.scaleb(-_SMALLEST_EXPONENT))
    while whole % _STEP == 0 and (exponential or exponent < _LARGEST_EXPONENT):
        whole, exponent = whole // _STEP, exponent + 3
    if exponential:
        return f"{whole}e{exponent}" if exponent else str(whole)
    return f"{whole}{next(suffix for suffix, power in _DECIMAL.items() if power == exponent)}"
