"""Classes as they are written: bases, annotated fields and the text below each.

Reads: modules of the library, as text. Makes: `Definition`s.
"""

import ast
import inspect
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tools.paths import CHECKOUT

COMPONENTS = CHECKOUT / "components"


@dataclass(frozen=True)
class Member:
    """An annotated field, or a member of an Enum."""

    name: str
    annotation: ast.expr
    """Its type; the value of an Enum's member."""
    text: str
    """What is written below it, as one line."""
    owner: "Definition"
    """The class that declares it."""


@dataclass(frozen=True)
class Definition:
    """A class of the library."""

    module: "Module"
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    @property
    def text(self) -> str:
        """Its docstring, one line for each paragraph."""
        paragraphs = inspect.cleandoc(ast.get_docstring(self.node) or "").split("\n\n")
        return "\n\n".join(_line(each) for each in paragraphs)

    @property
    def is_choice(self) -> bool:
        """Whether it is an Enum."""
        return any(isinstance(base, ast.Name) and base.id == "Enum" for base in self.node.bases)

    @property
    def lineage(self) -> tuple["Definition", ...]:
        """Itself and the classes of the library that it extends, the nearest first."""
        bases = [self.module.find(base.id) for base in self.node.bases if isinstance(base, ast.Name)]
        return (self, *dict.fromkeys(each for base in bases if base for each in base.lineage))

    @property
    def own(self) -> tuple[Member, ...]:
        """The members that it declares itself."""
        found = []
        for statement, below in itertools.pairwise([*self.node.body, None]):
            text = _line(str(below.value.value)) if _is_text(below) else ""  # type: ignore[union-attr]
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                found.append(Member(statement.target.id, statement.annotation, text, self))
            elif self.is_choice and isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found.append(Member(statement.targets[0].id, statement.value, text, self))
        return tuple(found)

    @property
    def members(self) -> Mapping[str, Member]:
        """All members by name; a class's own before those that it inherits."""
        found: dict[str, Member] = {}
        for each in self.lineage:
            for member in each.own:
                found.setdefault(member.name, member)
        return found

    def argument(self, name: str) -> "Definition":
        """The class of an argument of `__init__`."""
        (init,) = [each for each in self.node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
        (annotation,) = [each.annotation for each in init.args.args if each.arg == name]
        found = self.module.find(ast.unparse(annotation)) if annotation else None
        if found is None:
            raise LookupError(f"{self.name}.__init__: {name} is of no class of the library")
        return found


@dataclass(frozen=True)
class Module:
    """A module of the library."""

    name: str

    @cached_property
    def _tree(self) -> ast.Module:
        path = COMPONENTS / Path(*self.name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        return ast.parse(file.read_text(encoding="utf-8"))

    def find(self, name: str) -> Definition | None:
        """The class of that name, here or where it is imported from; None if the library has none."""
        for node in self._tree.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return Definition(self, node)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tradewind"):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return module(str(node.module)).find(alias.name)
        return None

    def get(self, name: str) -> Definition:
        """The class of that name."""
        found = self.find(name)
        if found is None:
            raise LookupError(f"{self.name} has no class {name}")
        return found


@cache
def module(name: str) -> Module:
    """The module of that full name."""
    return Module(name)


def _is_text(statement: ast.stmt | None) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _line(text: str) -> str:
    return " ".join(text.split())
