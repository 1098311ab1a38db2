"""What a field's type is called in a page, and the types that it names.

Reads: annotations. Makes: words; `Definition`s with the paths at which arguments have them.
"""

import ast
from collections.abc import Callable, Iterator

from tools.reference.source import Definition, Member, Module

_WORDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "Any": "any"}
_PLAIN = ("NotRequired", "Required", "pulumi.Output", "Final")
_LATE = "pulumi.Input"
_COLLECTIONS = {"Sequence": "list of ", "list": "list of ", "Mapping": "map of ", "dict": "map of "}

Link = Callable[[Definition], str]
"""How a page names a class of the library."""


def required(member: Member) -> bool:
    """Whether a field has to be given."""
    return _generic(member.annotation) != "NotRequired"


def type_of(member: Member, link: Link) -> str:
    """The type of a member in words."""
    late = any(ast.unparse(node) == _LATE for node in ast.walk(member.annotation) if isinstance(node, ast.Attribute))
    return _words(member.annotation, member.owner.module, link) + (", may be an output" if late else "")


def nested(arguments: Definition, path: str = "") -> Iterator[tuple[Definition, str]]:
    """The classes below arguments, each with the path of its field; one is named as often as it is used."""
    for member in arguments.members.values():
        for found, suffix in _classes(member.annotation, member.owner.module):
            where = f"{path}{member.name}{suffix}"
            yield found, where
            if not found.is_choice:
                yield from nested(found, f"{where}.")


def _words(annotation: ast.expr, module: Module, link: Link) -> str:
    name = _generic(annotation)
    if isinstance(annotation, ast.Subscript) and name in {*_PLAIN, _LATE, *_COLLECTIONS}:
        return _COLLECTIONS.get(name, "") + _words(_parameter(annotation), module, link)
    if name in _WORDS:
        return _WORDS[name]
    found = module.find(name)
    if found is None:
        raise LookupError(f"{module.name}: no words for the type {ast.unparse(annotation)}")
    return link(found)


def _classes(annotation: ast.expr, module: Module, suffix: str = "") -> Iterator[tuple[Definition, str]]:
    name = _generic(annotation)
    if isinstance(annotation, ast.Subscript):
        collection = _COLLECTIONS.get(name, "")
        more = "[]" if collection.startswith("list") else "[name]" if collection else ""
        yield from _classes(_parameter(annotation), module, suffix + more)
    elif found := module.find(name):
        yield found, suffix


def _generic(annotation: ast.expr) -> str:
    return ast.unparse(annotation.value if isinstance(annotation, ast.Subscript) else annotation)


def _parameter(annotation: ast.Subscript) -> ast.expr:
    """What a generic type is of: the values, for a mapping."""
    inner = annotation.slice
    return inner.elts[-1] if isinstance(inner, ast.Tuple) else inner
