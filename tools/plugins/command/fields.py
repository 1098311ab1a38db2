"""The inputs of the command plugin: what fits them, and their defaults.

Reads: `base.values`, `base.errors`.
Makes: `Field`, the tables of every type, and `checked`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from tools.plugins.base.errors import CheckFailure
from tools.plugins.base.values import Archive, Asset, Props, Secret, Unknown, Value, unwrap


@dataclass(frozen=True)
class Field:
    """One input. `fields` and `owner` (the official plugin's name of the type, for errors) are for objects."""

    type: str = "string"
    required: bool = False
    default: Value = None
    secret: bool = False
    choices: tuple[str, ...] = ()
    fields: Mapping[str, "Field"] = field(default_factory=dict)
    owner: str = ""


Fields: TypeAlias = Mapping[str, Field]

TYPES: Mapping[str, Callable[[Value], bool]] = {
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "[]any": lambda value: isinstance(value, list),
    "[]string": lambda value: isinstance(value, list) and all(_is_text(item) for item in value),
    "map[string]string": lambda value: isinstance(value, dict) and all(_is_text(item) for item in value.values()),
    "object": lambda value: isinstance(value, dict),
    "asset or archive": lambda value: isinstance(value, Asset | Archive),
}


def _is_text(value: Value) -> bool:
    return isinstance(unwrap(value), str | Unknown)


def _fields(**fields: Field) -> Fields:
    return MappingProxyType(fields)


LOGGING = Field(choices=("stdout", "stderr", "stdoutAndStderr", "none"))
TRIGGERS = Field("[]any")
LIFE = _fields(create=Field(), update=Field(), delete=Field(), triggers=TRIGGERS)
ENVIRONMENT = _fields(
    environment=Field("map[string]string"), stdin=Field(), logging=LOGGING, addPreviousOutputInEnv=Field("bool")
)
PROCESS = _fields(
    **ENVIRONMENT,
    interpreter=Field("[]string"),
    dir=Field(),
    assetPaths=Field("[]string"),
    archivePaths=Field("[]string"),
)
HOST = _fields(
    host=Field(required=True),
    user=Field(default="root"),
    port=Field("number", default=22),
    password=Field(),
    privateKey=Field(),
    privateKeyPassword=Field(),
    hostKey=Field(),
    agentSocketPath=Field(),
    dialErrorLimit=Field("number", default=10),
    perDialTimeout=Field("number", default=15),
)
CONNECTION = Field(
    "object",
    required=True,
    secret=True,
    owner="remote.Connection",
    fields=_fields(**HOST, proxy=Field("object", owner="remote.ProxyConnection", fields=HOST)),
)
LOCAL_COMMAND = _fields(**LIFE, **PROCESS)
LOCAL_RUN = _fields(command=Field(required=True), **PROCESS)
REMOTE_COMMAND = _fields(connection=CONNECTION, **LIFE, **ENVIRONMENT)
COPY_FILE = _fields(
    connection=CONNECTION, triggers=TRIGGERS, localPath=Field(required=True), remotePath=Field(required=True)
)
COPY_TO_REMOTE = _fields(
    connection=CONNECTION,
    triggers=TRIGGERS,
    source=Field("asset or archive", required=True),
    remotePath=Field(required=True),
)


def checked(fields: Fields, given: Props, owner: str) -> tuple[Props, list[CheckFailure]]:
    """Return the inputs with defaults and secret marks, and what is wrong with them.

    Inputs that are None count as not given.
    """
    failures = [
        CheckFailure(f"Missing required field '{name}' on '{owner}'", name)
        for name, item in fields.items()
        if item.required and unwrap(given.get(name)) is None
    ]
    result: Props = {name: item.default for name, item in fields.items() if item.default is not None}
    for name, value in given.items():
        item = fields.get(name)
        if item is None:
            failures.append(CheckFailure(f"Unrecognized field '{name}' on '{owner}'", name))
        elif unwrap(value) is not None:
            result[name], found = _checked_value(item, value, name, owner)
            failures += found
    return result, failures


def _checked_value(item: Field, value: Value, name: str, owner: str) -> tuple[Value, list[CheckFailure]]:
    if isinstance(value, Secret):
        inner, failures = _checked_value(item, value.value, name, owner)
        return inner if isinstance(inner, Secret) else Secret(inner), failures
    failures = []
    if not isinstance(value, Unknown):
        if not TYPES[item.type](value):
            got = type(value).__name__
            reason = f"Field '{name}' on '{owner}' must be a '{item.type}'; got '{got}' instead"
            failures.append(CheckFailure(reason, name))
        elif item.type == "object":
            value, nested = checked(item.fields, value, item.owner)
            failures += [CheckFailure(failure.reason, f"{name}.{failure.property}") for failure in nested]
        elif item.choices and value not in item.choices:
            reason = f"Field '{name}' on '{owner}' must be one of {', '.join(item.choices)}; got '{value}'"
            failures.append(CheckFailure(reason, name))
    return Secret(value) if item.secret else value, failures
