"""A user's additions to a host before its first boot, merged into it by Ignition's own rules.

Pure. Reads: Ignition documents that `spec.documents` found good. Makes: one document.
Source: https://coreos.github.io/ignition/operator-notes/#config-merging

Done here and not by the machine, so that a preview shows one document, and what a snippet would replace is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tradewind.host.files import HostFile
from tradewind.spec.documents import unit_paths
from tradewind.spec.ignition import CONFIG, Entries, Shape, key_of
from tradewind.spec.snippets import Snippet


def with_snippets(document: Mapping[str, Any], snippets: Iterable[Snippet]) -> dict[str, Any]:
    """The host's own document with snippets on top, each over those before it."""
    result = dict(document)
    for snippet in snippets:
        version = result["ignition"]["version"]
        result = merge(_without_units_as_files(result, snippet.document), snippet.document)
        result["ignition"]["version"] = version
    return result


def merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """A document with another on top, as Ignition merges them.

    Sections are merged field by field, and a value of the child replaces the parent's. Entries of lists that have the
    same key are merged; others are added at the end. What has a path is one thing, whichever list it is in.
    """
    return _sections(CONFIG, parent, child)


def left_to_us(files: Iterable[HostFile], snippets: Sequence[Snippet]) -> list[HostFile]:
    """Files without those that snippets replace: from then on they are the user's, and no delivery touches them."""
    replaced = {entry for snippet in snippets for entry in snippet.replaces}
    return [file for file in files if file.path not in replaced]


def _sections(fields: Mapping[str, Shape], parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    merged = {}
    for name in {**parent, **child}:
        shape = fields[name]
        if isinstance(shape, Entries):
            value: Any = _lists(shape, name, parent.get(name, ()), child)
        elif isinstance(shape, Mapping):
            value = _sections(shape, parent.get(name, {}), child.get(name, {}))
        else:
            value = child.get(name, parent.get(name))
        if value not in ([], {}):
            merged[name] = value
    return merged


def _lists(shape: Entries, name: str, parent: Sequence[Any], child: Mapping[str, Any]) -> list[Any]:
    """The parent's entries, changed by those of the child, and the child's other ones."""
    given = child.get(name, ())
    if shape.appended:
        return [*parent, *given]
    by_key = {key_of(shape, entry): entry for entry in given}
    elsewhere = {key_of(shape, entry) for other in shape.beside if other != name for entry in child.get(other, ())}
    merged = []
    for entry in parent:
        key = key_of(shape, entry)
        if key not in by_key:
            merged += [] if key in elsewhere else [entry]
        elif not isinstance(shape.of, Mapping):
            merged.append(entry)
        elif shape.ends_without is None or shape.ends_without in by_key[key]:
            merged.append(_sections(shape.of, entry, by_key[key]))
    known = {key_of(shape, entry) for entry in parent}
    return merged + [entry for entry in given if key_of(shape, entry) not in known]


def _without_units_as_files(document: Mapping[str, Any], snippet: Mapping[str, Any]) -> dict[str, Any]:
    """The document without files at whose paths the snippet has units or drop-ins: Ignition refuses to have both.

    The library writes some units as files, as Ignition's have all the same mode.
    """
    units = snippet.get("systemd", {}).get("units", ())
    paths = {path for unit in units for path in unit_paths(unit)}
    storage = dict(document.get("storage", {}))
    storage["files"] = [file for file in storage.get("files", ()) if file["path"] not in paths]
    return {**document, "storage": storage}
