"""Readiness as an object's own pulumi.com/waitFor annotation describes it.

Reads: the annotation.
Makes: `annotated`.

Each expression is `condition=Type[=Status]` or `jsonpath={.a.b}[=value]` with plain field names; a JSON list means all
of them.
"""

import json
import re
from collections.abc import Callable

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.objects import WAIT_FOR, Object, annotation, pluck
from tools.plugins.kubernetes.ready.model import READY, Readiness, Related, Rule, condition

_JSONPATH = re.compile(r"jsonpath=\{((?:\.[\w-]+)+)\}(?:=(.*))?")
_CONDITION = re.compile(r"condition=([^=]+)(?:=(.+))?")
Test = Callable[[Object], bool]


def annotated(obj: Object) -> Rule | None:
    """Return the rule of an object's annotation, None when it has none."""
    text = annotation(obj, WAIT_FOR)
    if not text:
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = text
    expressions = parsed if isinstance(parsed, list) else [text]
    if not expressions:
        raise PluginError(f"{WAIT_FOR}: at least one condition must be specified")
    tests = {str(expression): _test(str(expression)) for expression in expressions}

    def check(live: Object, _related: Related) -> Readiness:
        unmet = tuple(f"Waiting for {expression}" for expression, test in tests.items() if not test(live))
        return Readiness(False, unmet[0], unmet) if unmet else READY

    return Rule(check, on_read=False)


def _test(expression: str) -> Test:
    found = _CONDITION.fullmatch(expression)
    if found:
        kind, wanted = found[1], (found[2] or "True").lower()
        return lambda live: str(condition(live, kind).get("status")).lower() == wanted
    found = _JSONPATH.fullmatch(expression)
    if found:
        path, value = found[1][1:].split("."), found[2]
        return lambda live: _matches(pluck(live, *path), value)
    if expression.startswith("jsonpath="):
        raise PluginError(
            f"{WAIT_FOR}: this Kubernetes plugin supports only jsonpath={{.field.field}}, not {expression!r}"
        )
    raise PluginError(f'{WAIT_FOR}: expected a "jsonpath=" or "condition=" prefix, got {expression!r}')


def _matches(found: object, wanted: str | None) -> bool:
    if found is None or isinstance(found, dict | list):
        return found is not None and wanted is None
    shown = str(found).lower() if isinstance(found, bool) else str(found)
    return wanted is None or shown == wanted
