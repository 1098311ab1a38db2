"""The only writer of YAML, JSON and TOML.

Pure. Reads: plain dicts, lists and scalars, as the builders make them.
Makes: text with one fixed style, so that equal objects are equal text and a preview shows only what changed.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from typing import Any

import yaml
from yaml.emitter import ScalarAnalysis

Object = Mapping[str, Any]
"""A Kubernetes object, configuration document or Ignition config as plain data."""


_NOT_TEXT_TO_ALL = re.compile(
    r"[yYnN]|[-+]?(0[xXoObB][0-9a-fA-F_]+|(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9_]+)?)"
)
"""Booleans and numbers of some readers that PyYAML writes without quotes."""
_WIDTH = sys.maxsize
"""No line is folded."""


_styles = lru_cache(maxsize=1024)(yaml.SafeDumper(StringIO(), allow_unicode=False).analyze_scalar)
"""Which styles a text can have: a third of the time of writing, and most texts occur many times in a cluster."""


class _Dumper(yaml.SafeDumper):
    """Keys in the builder's order, lists indented, no aliases, block style for text of several lines."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        return _styles(scalar)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Text in a style in which every reader, of YAML 1.1 or 1.2, finds the same text again."""
    style = "|" if "\n" in text else "'" if _NOT_TEXT_TO_ALL.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(document: Object) -> str:
    """One YAML document, ending in a newline. Keys keep the order in which the builder wrote them."""
    # All else than ASCII is escaped: a line break of Unicode would be read as another one, and a preview would not show
    # what is invisible.
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=False)
    return text


def to_yaml_stream(documents: Iterable[Object]) -> str:
    """Several YAML documents in one file, separated by `---`."""
    return "---\n".join(to_yaml(document) for document in documents)


def to_json(document: Object) -> str:
    """JSON with an indent of two and a final newline, for files that people read."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def to_compact_json(document: Object) -> str:
    """JSON without spaces, for user data with a size limit."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def to_toml(document: Object) -> str:
    """TOML of strings, numbers, booleans, lists of these, and nested tables and lists of tables.

    Source: https://toml.io/en/v1.0.0. A table without any value leaves no line.
    """
    return "\n".join(_tables(document, ())).lstrip("\n") + "\n"


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _tables(table: Object, path: tuple[str, ...], *, listed: bool = False) -> list[str]:
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping) and not _is_tables(value)}
    name = ".".join(map(_toml_key, path))
    header = [f"[[{name}]]" if listed else f"[{name}]"] if path and (values or listed) else []
    lines = [*([""] if header else []), *header]
    lines.extend(f"{_toml_key(key)} = {_toml_value(value)}" for key, value in values.items())
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines.extend(_tables(value, (*path, key)))
        elif _is_tables(value):
            for each in value:
                lines.extend(_tables(each, (*path, key), listed=True))
    return lines


def _is_tables(value: object) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(each, Mapping) for each in value)
    )


def _toml_key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _toml_value(key)


def _toml_value(value: object) -> str:
    """JSON's strings, numbers, booleans and lists are TOML's as well, but for surrogate pairs and a bare DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
