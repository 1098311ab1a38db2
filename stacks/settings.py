"""The settings of a stack, `tradewind:...`: which there are, and what is wrong with those that were given.

Pure. Reads: the configuration as the engine hands it over. Makes: the platform's name, or a `SpecError`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tradewind.errors import Problem, SpecError
from tradewind.spec import checks, fields
from tradewind.spec.shown import kind

_NAMESPACE = "tradewind:"


def platform(config: Mapping[str, Any], known: Iterable[str]) -> str:
    """The platform that the settings name.

    Args:
        config: values by key with its namespace; those of structure as JSON.
        known: the platforms that there are.

    Raises:
        SpecError: with every unknown, missing or wrong key.
    """
    table = {
        "platform": fields.field(checks.one_of(list(known)), required=True),
        "cluster": fields.Field(_mapping, required=True),
        "folder": fields.field(checks.word),
    }
    given = {key.removeprefix(_NAMESPACE): value for key, value in config.items() if key.startswith(_NAMESPACE)}
    problems = [replace(each, path=f"{_NAMESPACE}{each.path}") for each in fields.section(table)(given, "")]
    if problems:
        raise SpecError("stack", problems)
    return str(given["platform"])


def _mapping(value: object, path: str) -> Iterator[Problem]:
    """Structure; its fields are the platform's to check."""
    try:
        known = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        known = value
    if not isinstance(known, Mapping):
        yield Problem(path, kind(known), "must be a mapping of fields")
