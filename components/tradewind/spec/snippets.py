"""Snippets: a user's additions to hosts, as Ignition JSON or Butane YAML.

Pure. Reads: the arguments that hold snippets, and a function that translates Butane. Makes: `Snippet`s, or problems.
Shared by the platforms. What a snippet may replace is for `host.ownership` to say, which knows the hosts.
Sources: https://coreos.github.io/butane/specs/, https://coreos.github.io/ignition/specs/
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.choices import OperatingSystem
from tradewind.errors import Problem, TradewindError
from tradewind.spec import checks
from tradewind.spec.documents import problems_of_document, without_nulls
from tradewind.spec.fields import Field, entries, is_list, leaf, list_of, section
from tradewind.spec.fields import field as field_of
from tradewind.spec.rules import Rule
from tradewind.spec.shown import at, kind, shown

CONTROLLERS, WORKERS, MACHINES = "controller_snippets", "worker_snippets", "machine_snippets"
"""Arguments with the snippets of all controllers, of all workers, and of single machines."""
MOST_SNIPPETS = 32
_LONGEST_TEXT = 65536
_MOST_REPLACED = 64
_MOST_MACHINES = 107
"""7 controllers and 100 workers."""
_MOST_LINES = 10
_VARIANTS = {OperatingSystem.FEDORA_COREOS.value: "fcos", OperatingSystem.FLATCAR.value: "flatcar"}
"""Butane's names of operating systems."""
_VERSIONS = {"fcos": tuple(f"1.{minor}.0" for minor in range(6)), "flatcar": ("1.0.0", "1.1.0")}
"""Butane's versions by variant that become Ignition of at most 3.4.0."""
# Top-level keys are at the beginning of their line, so that whole YAML need not be read to know what butane will take.
_VARIANT, _VERSION = (
    re.compile(rf"^{key}:[ \t]+(?P<quote>[\"']?)(?P<value>[A-Za-z0-9.-]+)(?P=quote)[ \t]*(#.*)?$", re.MULTILINE)
    for key in ("variant", "version")
)

Translate = Callable[[str], str]
"""Takes Butane YAML and gives Ignition JSON, or raises `TranslationError`."""


class TranslationError(TradewindError, ValueError):
    """Butane that cannot be translated. One line for each reason."""


def no_translation(text: str) -> str:
    """For callers without the `butane` program: every Butane text is refused."""
    del text
    raise TranslationError("Butane YAML cannot be translated here; give Ignition JSON")


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """One addition to a host."""

    origin: str
    """Where it is in the arguments, such as `worker_pools[0].snippets[1]`."""
    text: str
    """As the user gave it."""
    document: Mapping[str, Any] = field(repr=False)
    """As Ignition, without nulls."""
    replaces: tuple[str, ...] = ()
    """Paths and units of the library that it may replace."""


def snippets_field() -> Field:
    """The rules of a list of snippets, but for what is in their texts."""
    return Field(list_of(section(_SNIPPET), 0, MOST_SNIPPETS, nested=True))


def machine_snippets_field() -> Field:
    """The rules of lists of snippets by machine."""
    walk_list = snippets_field().walk

    def walk(value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping) or len(value) > _MOST_MACHINES:
            yield Problem(path, kind(value), f"must be a mapping of at most {_MOST_MACHINES} machines")
            return
        for name, each in entries(value):
            where = f"{path}[{shown(name)}]"
            rule = checks.dns_label()(name)
            if rule is not None:
                yield Problem(where, "the key", rule)
            yield from walk_list(each, where)

    return Field(walk)


def snippet_problems(translate: Translate) -> Rule:
    """The rule about every snippet's text, in whichever argument it is, given how Butane becomes Ignition.

    Butane is for the hosts' `operating_system`, Fedora CoreOS where that is not given.
    """

    def rule(args: Mapping[object, object]) -> Iterator[Problem]:
        system = leaf(args.get("operating_system", OperatingSystem.FEDORA_COREOS))
        variant = _VARIANTS.get(system) if isinstance(system, str) else None
        for path, given in _lists(args):
            for index, entry in enumerate(given if is_list(given) and len(given) <= MOST_SNIPPETS else ()):
                text = leaf(dict(entries(entry)).get("config")) if isinstance(entry, Mapping) else None
                if isinstance(text, str) and _text(text) is None:
                    yield from _read(text, f"{path}[{index}].config", variant, translate)[1]

    return rule


def snippets_of(args: Mapping[Any, Any], translate: Translate) -> Mapping[str, tuple[Snippet, ...]]:
    """The snippets of validated arguments, list by list, by the list's path in the arguments."""
    return {
        path: tuple(
            Snippet(
                origin=f"{path}[{index}]",
                text=each["config"],
                document=_read(each["config"], path, None, translate)[0],
                replaces=tuple(each.get("replaces", ())),
            )
            for index, each in enumerate(given or ())
        )
        for path, given in _lists(args)
    }


def pool_list(index: int) -> str:
    """Path of the list of a pool's snippets."""
    return f"worker_pools[{index}].snippets"


def machine_list(name: str) -> str:
    """Path of the list of a machine's snippets."""
    return f"{MACHINES}[{shown(name)}]"


def _lists(args: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Whatever is where lists of snippets belong, with its path."""
    for name in (CONTROLLERS, WORKERS):
        yield name, args.get(name)
    pools = args.get("worker_pools")
    for index, pool in enumerate(pools if is_list(pools) and len(pools) <= _MOST_MACHINES else ()):
        if isinstance(pool, Mapping):
            yield pool_list(index), dict(entries(pool)).get("snippets")
    machines = args.get(MACHINES)
    if isinstance(machines, Mapping) and len(machines) <= _MOST_MACHINES:
        for machine, each in entries(machines):
            yield machine_list(str(machine)), each


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
        return f"must be Ignition JSON or Butane YAML of 1 to {_LONGEST_TEXT} characters"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "must be Unicode without halves of surrogate pairs"
    if not _is_json(value) and not (_VARIANT.search(value) and _VERSION.search(value)):
        return "must be Ignition JSON, or Butane YAML with its variant and version"
    return None


def _replaced(value: object) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"/[!-~]*|[A-Za-z0-9:_.\\@-]+\.[a-z]+", value):
        return None
    return "must be a path such as /etc/hosts, or the name of a unit such as kubelet.service"


_SNIPPET = {
    "config": field_of(_text, required=True),
    "replaces": Field(list_of(_replaced, 0, _MOST_REPLACED)),
}


def _read(text: str, path: str, variant: str | None, translate: Translate) -> tuple[dict[str, Any], list[Problem]]:
    """The document of a text, and every rule that it breaks; of no variant in particular if that is None."""
    if not _is_json(text):
        wrong = list(_butane_problems(text, path, variant)) if variant else []
        if wrong:
            return {}, wrong
        try:
            text = translate(text)
        except TranslationError as error:
            lines = str(error).split("\n")[:_MOST_LINES]
            return {}, [Problem(path, "", f"must be Butane that butane takes: {line}") for line in lines]
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "too deep or with a number too large"
        return {}, [Problem(path, "", f"must be JSON, as it begins with {{: {reason}")]
    problems = problems_of_document(document, path)
    return ({}, problems) if problems else (without_nulls(document), [])


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def _butane_problems(text: str, path: str, variant: str) -> Iterator[Problem]:
    """Variant and version that fit the hosts; both are there."""
    found = {name: pattern.search(text) for name, pattern in (("variant", _VARIANT), ("version", _VERSION))}
    given = {name: match["value"] for name, match in found.items() if match}
    if given["variant"] != variant:
        yield Problem(at(path, "variant"), shown(given["variant"]), f"must be {variant}, as the hosts' system is")
    elif given["version"] not in _VERSIONS[variant]:
        rule = f"must be one of {', '.join(_VERSIONS[variant])}, as hosts get Ignition 3.4.0"
        yield Problem(at(path, "version"), shown(given["version"]), rule)
