"""The only writer of YAML and JSON.

Pure. Reads: plain dicts, lists and scalars, as the builders make them.
Makes: text with one fixed style, so that equal objects are equal text and a preview shows only what changed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

Object = Mapping[str, Any]
"""A Kubernetes object, configuration document or Ignition config as plain data."""


class _Dumper(yaml.SafeDumper):
    """Keys in the builder's order, lists indented, no aliases, block style for text of several lines."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(document: Object) -> str:
    """One YAML document, ending in a newline. Keys keep the order in which the builder wrote them."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
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
