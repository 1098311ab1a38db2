"""Whether inputs are what the package declares: no other properties, of the declared kinds, the required ones given.

Reads: `types`.
Makes: `problems`: one CheckFailure per problem, with type, path, value and rule.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.plugins.base.diff import Path, format_path
from tools.plugins.base.errors import CheckFailure
from tools.plugins.base.values import UNKNOWN, Archive, Asset, Props, Value, has_secret, reveal, unwrap
from tools.plugins.recording.types import Description, Kind, Object, Type

_SHOWN = 80
"""Characters of a wrong value that a message shows."""


_PYTHON: Mapping[Kind, type | tuple[type, ...]] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: bool,
    Kind.LIST: list,
    Kind.MAP: dict,
    Kind.OBJECT: dict,
    Kind.ASSET: (Asset, Archive),
}
"""What a value of a kind is in Python."""


def problems(token: str, description: Description, inputs: Props) -> list[CheckFailure]:
    """Everything wrong with the inputs of a resource type or function; what is not known yet is fine."""
    found = _Checker(description).object(description.inputs, inputs, ())
    return [CheckFailure(f"{token} {format_path(path)} = {shown}: {rule}", str(path[0])) for path, shown, rule in found]


_Problem = tuple[Path, str, str]
"""Where, the value as shown, and the broken rule."""


@dataclass(frozen=True)
class _Checker:
    description: Description

    def object(self, declared: Object, values: Props, path: Path) -> Iterator[_Problem]:
        """Problems of an object."""
        for name, each in declared.items():
            if each.required and unwrap(values.get(name)) is None:
                yield (*path, name), "nothing", "is required"
        for name, value in values.items():
            here = (*path, name)
            if name in declared:
                yield from self.value(declared[name].type, value, here)
            else:
                close = difflib.get_close_matches(name, declared, 1)
                hint = f" (is {close[0]} meant?)" if close else ""
                yield here, _shown(value), f"the package declares no such property{hint}"

    def value(self, declared: Type, value: Value, path: Path) -> Iterator[_Problem]:
        """Problems of a value."""
        plain = unwrap(value)
        if plain is None or plain is UNKNOWN or declared.kind is Kind.ANY:
            return
        if declared.kind is Kind.UNION:
            # Of several objects none says that it is meant: the value has to fit one of them.
            if all(list(self.value(each, value, path)) for each in declared.of):
                kinds = " or ".join(dict.fromkeys(each.kind.value for each in declared.of))
                yield path, _shown(value), f"must be {kinds} of the declared form"
        elif not _is(declared.kind, plain):
            yield path, _shown(value), f"must be {declared.kind.value}"
        elif declared.values and plain not in declared.values:
            yield path, _shown(value), f"must be one of {', '.join(map(str, declared.values))}"
        elif declared.kind is Kind.OBJECT:
            yield from self.object(self.description.objects[declared.name], plain, path)
        elif declared.kind in (Kind.LIST, Kind.MAP):
            for key, each in plain.items() if isinstance(plain, dict) else enumerate(plain):
                yield from self.value(declared.of[0], each, (*path, key))


def _is(kind: Kind, value: Value) -> bool:
    if kind in (Kind.INTEGER, Kind.NUMBER) and isinstance(value, bool):
        return False
    return isinstance(value, _PYTHON[kind])


def _shown(value: Value) -> str:
    if has_secret(value):
        return "[secret]"
    text = json.dumps(reveal(value), default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
