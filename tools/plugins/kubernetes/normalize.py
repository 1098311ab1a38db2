"""Inputs in the form in which the API server stores them, so that equal objects compare as equal.

Reads: `schema`, `quantity`.
Makes: `normalize`.

The official plugin reads inputs into Go's types and writes them out again. That leaves out zero values that Go omits
and writes quantities and times in their canonical form; the schema's letters say where each applies.
"""

import base64
import binascii
import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime

from tools.plugins.base.values import has_unknown
from tools.plugins.kubernetes.objects import (
    READ_ONLY_METADATA,
    Json,
    Object,
    is_definition,
    is_secret,
    pluck,
    prune,
    remove,
)
from tools.plugins.kubernetes.quantity import canonical
from tools.plugins.kubernetes.schema import Schema, pick

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class _MismatchError(Exception):
    """A value does not fit its Go type; the official plugin then leaves the whole object as it is."""


def normalize(schema: Schema, obj: Object) -> Object:
    """Return the object in canonical form; one with unknown values, or a custom resource, keeps its values."""
    result = copy.deepcopy(obj)
    if not has_unknown(result):
        result = _canonical(schema, result)
    for field in READ_ONLY_METADATA:
        remove(result, "metadata", field)
    return result


def _canonical(schema: Schema, obj: Object) -> Object:
    if is_definition(obj):
        if pluck(obj, "spec", "preserveUnknownFields") is False:
            remove(obj, "spec", "preserveUnknownFields")
        remove(obj, "status")
        return obj
    if is_secret(obj):
        return _secret(obj)
    kind = schema.find(str(obj.get("apiVersion")), str(obj.get("kind")))
    if kind is None or not kind.normalized:
        return obj
    try:
        converted = _convert(schema, f"@{kind.type}", obj)
    except _MismatchError:
        return obj
    pruned: Object = prune(converted, obj)
    return pruned


def _secret(obj: Object) -> Object:
    """Fold stringData into data as the API server does, and write data as it would."""
    string_data = obj.get("stringData")
    data = obj.get("data")
    if isinstance(string_data, dict) and string_data and all(isinstance(text, str) for text in string_data.values()):
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in string_data.items()}
        obj["data"] = (data if isinstance(data, dict) else {}) | encoded
        del obj["stringData"]
    elif isinstance(data, dict):
        obj["data"] = {key: _reencode(value) for key, value in data.items()}
    return obj


def _reencode(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return _base64(value)
    except _MismatchError:
        return value


def _convert(schema: Schema, letters: str, value: Json) -> Json:
    letters = pick(letters, value)
    if letters.startswith("@"):
        return _object(schema, schema.types[letters[1:]], value)
    if letters.startswith("["):
        return [_convert(schema, letters[1:-1], item) for item in _expect(value, list)]
    if letters.startswith("{"):
        return {key: _convert(schema, letters[1:-1], item) for key, item in _expect(value, dict).items()}
    return _SCALARS[letters](value)


def _object(schema: Schema, fields: dict[str, str], value: Json) -> Object:
    result = {}
    for key, item in _expect(value, dict).items():
        letters = fields.get(key, "~")
        if letters.startswith("~"):
            continue
        converted = _convert(schema, letters, item)
        zero = converted in ("", [], {}, 0)  # False equals 0
        if not (letters.startswith("-") and zero):
            result[key] = converted
    return result


def _expect(value: Json, kind: type) -> Json:
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise _MismatchError
    return value


def _integer(value: Json) -> int:
    number = _number(value)
    if number != int(number):
        raise _MismatchError
    return int(number)


def _number(value: Json) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _MismatchError
    return value


def _quantity(value: Json) -> str:
    return canonical(value if isinstance(value, str) else str(_number(value)))


def _integer_or_text(value: Json) -> int | str:
    return value if isinstance(value, str) else _integer(value)


def _base64(value: Json) -> str:
    try:
        # Go's decoder skips line breaks and refuses everything else outside the alphabet.
        plain = _expect(value, str).replace("\n", "").replace("\r", "")
        return base64.b64encode(base64.b64decode(plain, validate=True)).decode()
    except binascii.Error:
        raise _MismatchError from None


def _moment(value: Json) -> tuple[datetime, str]:
    match = _TIME.fullmatch(_expect(value, str))
    if match is None:
        raise _MismatchError
    zone = "+00:00" if match[4] in "Zz" else match[4]
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").astimezone(UTC), match[3] or "."
    except ValueError:
        raise _MismatchError from None


def _time(value: Json) -> str:
    return _moment(value)[0].strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(value: Json) -> str:
    moment, fraction = _moment(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f"{fraction:0<7.7}Z"


_SCALARS: dict[str, Callable[[Json], Json]] = {
    "s": lambda value: _expect(value, str),
    "b": lambda value: _expect(value, bool),
    "d": lambda value: _expect(value, str),
    "i": _integer,
    "n": _number,
    "q": _quantity,
    "x": _integer_or_text,
    "t": _time,
    "u": _micro_time,
    "y": _base64,
    "j": lambda value: value,
}
