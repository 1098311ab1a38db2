"""The rules of an Ignition configuration that a user gives.

Pure. Reads: a document as JSON has it. Makes: problems with their field paths.
Sources: https://coreos.github.io/ignition/configuration-v3_4/ and Ignition's own validation.

Stricter than Ignition, which ignores a field that it does not know: a misspelled one is a problem here.
"""

import base64
import binascii
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tradewind.errors import Problem
from tradewind.spec.ignition import CONFIG, NODES, Entries, Shape, key_of
from tradewind.spec.shown import at, kind, shown

UNITS_DIR = "/etc/systemd/system"
"""Where Ignition writes units."""

_VERSIONS = tuple(f"3.{minor}.0" for minor in range(5))
_NEWER = tuple(
    (minor, re.compile(rf"(^|\.)({fields})(\.|$)"))
    for minor, fields in (
        (1, r"httpHeaders|proxy|mountOptions|certificateAuthorities\.compression"),
        (2, r"luks|partitions\.resize|passwd\.(users|groups)\.shouldExist"),
        (3, r"kernelArguments"),
        (4, r"luks\.(discard|openOptions)|tang\.advertisement"),
    )
)
"""Fields, with lists left out of their paths, and the minor version that brought them: an older one ignores them."""
_LIST_INDEX = re.compile(r"\[[0-9]+\]")
_HIGHEST_MODE = 0o7777
_MOST_PROBLEMS = 20
_UNIT_NAME = re.compile(
    r"[A-Za-z0-9:_.\\@-]+\.(service|socket|device|mount|automount|swap|target|path|timer|snapshot|slice|scope)"
)
_DROPIN_NAME = re.compile(r"[^/\x00-\x1f\x7f]+\.conf")
_SOURCE = re.compile(r"(https?|tftp|s3|gs)://[!-~]+|arn:[!-~]+")
_DATA_URL = re.compile(r"data:(?P<type>[!-+\--~]*),(?P<data>[!-~]*)")


def problems_of_document(document: object, path: str) -> list[Problem]:
    """Every rule that a document breaks: fields and types first, and if those are good, what Ignition would refuse.

    Args:
        document: anything that JSON can hold.
        path: path of the document, with which the paths of problems begin.
    """
    found = list(_version(document, path)) or list(_shape(CONFIG, document, path))
    if not found and isinstance(document, Mapping):
        found = list(_rules(document, path))
    return found[:_MOST_PROBLEMS]


def _version(document: object, path: str) -> Iterator[Problem]:
    """The version first: of another one, the fields are others."""
    section = document.get("ignition") if isinstance(document, Mapping) else None
    version = section.get("version") if isinstance(section, Mapping) else None
    if version not in _VERSIONS:
        rule = f"must be one of {', '.join(_VERSIONS)}, as hosts get a configuration of 3.4.0"
        yield Problem(f"{path}.ignition.version", "" if version is None else shown(version), rule)


def _shape(shape: Shape, value: object, path: str) -> Iterator[Problem]:
    if isinstance(shape, Entries):
        yield from _list(shape, value, path)
    elif isinstance(shape, Mapping):
        yield from _section(shape, value, path)
    elif type(value) is not shape:
        rule = {str: "text", int: "a whole number", bool: "true or false"}[shape]
        yield Problem(path, shown(value), f"must be {rule}")
    elif isinstance(value, str) and not _is_unicode(value):
        yield Problem(path, shown(value), "must be Unicode without halves of surrogate pairs")


def _section(fields: Mapping[str, Shape], value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, kind(value), "must be a mapping of fields")
        return
    for name, each in value.items():
        if name not in fields:
            yield Problem(at(path, name), kind(each), f"is no field of Ignition 3.4; these are {', '.join(fields)}")
        elif each is not None:
            yield from _shape(fields[name], each, at(path, name))


def _list(shape: Entries, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        yield Problem(path, shown(value), "must be a list")
        return
    for index, each in enumerate(value):
        yield from _shape(shape.of, each, f"{path}[{index}]")
        if len(shape.key) == 1 and isinstance(each, Mapping) and each.get(shape.key[0]) in (None, ""):
            yield Problem(f"{path}[{index}].{shape.key[0]}", "", "must be given")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A document without fields that are null, which are as good as not given."""
    if isinstance(value, Mapping):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def _rules(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """What is wrong with a document whose fields have the right types."""
    config = without_nulls(document)
    minor = _VERSIONS.index(config["ignition"]["version"])
    yield from _repeated(CONFIG, config, path)
    for where, name, value in _values(config, ""):
        since = max((each for each, field in _NEWER if field.search(_LIST_INDEX.sub("", where[1:]))), default=0)
        broken = _CHECKS[name](value) if name in _CHECKS else None
        if since > minor:
            yield Problem(f"{path}{where}", "", f"is a field of 3.{since}.0, which ignition.version must say then")
        if broken:
            yield Problem(f"{path}{where}", shown(value), broken)
    yield from _storage(config.get("storage", {}), f"{path}.storage")
    yield from _units(config, path)


def _repeated(shape: Shape, value: Any, path: str) -> Iterator[Problem]:  # noqa: ANN401 - any part of a document
    """Entries that are in a list, or in lists beside each other, twice."""
    if isinstance(shape, Mapping):
        seen: dict[tuple[str, ...], set[str]] = {}
        for name, each in value.items():
            part = shape[name]
            if isinstance(part, Entries) and not part.appended:
                keys = seen.setdefault(part.beside or (name,), set())
                for index, entry in enumerate(each):
                    key = key_of(part, entry)
                    if key in keys:
                        yield Problem(f"{path}.{name}[{index}]", shown(key), "must not be there twice")
                    keys.add(key)
            yield from _repeated(part, each, f"{path}.{name}")
    elif isinstance(shape, Entries):
        for index, entry in enumerate(value):
            yield from _repeated(shape.of, entry, f"{path}[{index}]")


def _values(value: object, path: str, name: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every single value with its path and the name of its field."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _values(each, f"{path}.{key}", key)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _values(each, f"{path}[{index}]", "")
    else:
        yield path, name, value


def _absolute(path: str) -> str | None:
    """An absolute path in its shortest form. Two slashes at its beginning are one, as everywhere on Linux."""
    if path.startswith("/") and not path.startswith("//") and "\0" not in path and posixpath.normpath(path) == path:
        return None
    return "must be an absolute path without //, . and .. and without / at its end"


def _mode(mode: int) -> str | None:
    return None if 0 <= mode <= _HIGHEST_MODE else f"must be a mode from 0 to {_HIGHEST_MODE} (octal 7777)"


def _source(source: str) -> str | None:
    data = _DATA_URL.fullmatch(source)
    try:
        if data and data["type"].endswith(";base64"):
            base64.b64decode(data["data"], validate=True)
    except binascii.Error:
        return "must be base64 after its comma"
    return None if data or _SOURCE.fullmatch(source) else "must be a URL: data:, http, https, tftp, s3, arn or gs"


def _compression(compression: str) -> str | None:
    return None if compression in ("", "gzip") else "must be gzip"


_CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    "path": _absolute,
    "mode": _mode,
    "source": _source,
    "compression": _compression,
}
"""Rules of fields that mean the same wherever they are."""


def _storage(storage: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for index, file in enumerate(storage.get("files", ())):
        if file.get("overwrite") and "source" not in file.get("contents", {}):
            yield Problem(f"{path}.files[{index}].overwrite", "True", "must come with contents")
    links = storage.get("links", ())
    for index, link in enumerate(links):
        if not link.get("target"):
            yield Problem(f"{path}.links[{index}].target", "", "must be given")
    for name in NODES:
        for index, node in enumerate(storage.get(name, ())):
            above = next((link["path"] for link in links if node["path"].startswith(f"{link['path']}/")), None)
            if above:
                yield Problem(
                    f"{path}.{name}[{index}].path", shown(node["path"]), f"must not be below the link {above}"
                )


def _units(config: Mapping[str, Any], path: str) -> Iterator[Problem]:
    written = set()
    for index, unit in enumerate(config.get("systemd", {}).get("units", ())):
        where = f"{path}.systemd.units[{index}]"
        if not _UNIT_NAME.fullmatch(unit["name"]):
            yield Problem(f"{where}.name", shown(unit["name"]), "must be a unit's name, such as example.service")
        for place, dropin in enumerate(unit.get("dropins", ())):
            if not _DROPIN_NAME.fullmatch(dropin["name"]):
                rule = "must be a drop-in's name, such as 10-example.conf"
                yield Problem(f"{where}.dropins[{place}].name", shown(dropin["name"]), rule)
        written |= unit_paths(unit)
    for name in NODES:
        for index, node in enumerate(config.get("storage", {}).get(name, ())):
            if node["path"] in written:
                rule = "must not be a path of a unit or drop-in that is in systemd.units as well"
                yield Problem(f"{path}.storage.{name}[{index}].path", shown(node["path"]), rule)


def unit_paths(unit: Mapping[str, Any]) -> set[str]:
    """Paths of the files that Ignition writes for a unit."""
    own = {f"{UNITS_DIR}/{unit['name']}"} if unit.get("contents") else set()
    return own | {
        f"{UNITS_DIR}/{unit['name']}.d/{each['name']}" for each in unit.get("dropins", ()) if each.get("contents")
    }
