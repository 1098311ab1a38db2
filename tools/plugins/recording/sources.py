"""The generated source of an SDK's package, read without running it.

Reads: the Python files of a package such as pulumi_aws.
Makes: `Sources`: where a token is declared, and single classes and functions as syntax trees.

The files are many and large, most of them docstrings: they are searched as text, and only what is asked for is parsed.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_NEXT = re.compile(r"\n(?=[^\s#])")
"""Where a class or function ends: before the next line that is not indented."""
_PYTHON_PACKAGES = {"matchbox": "pulumiverse_matchbox"}


class UndeclaredError(Exception):
    """The package declares no such thing; the message names it."""


@dataclass(frozen=True)
class Declaration:
    """Where a token is declared: the folder of its module, the file, and the name of the class or function."""

    folder: Path
    file: Path
    name: str


@dataclass(frozen=True)
class Sources:
    """The package of a plugin in a folder of installed packages."""

    site_packages: Path
    plugin: str

    @property
    def root(self) -> Path:
        """The package's folder."""
        return self.site_packages / _PYTHON_PACKAGES.get(self.plugin, f"pulumi_{self.plugin.replace('-', '_')}")

    def resource(self, token: str) -> Declaration:
        """Where the class of a resource type is."""
        _, module, name = token.split(":")
        return self._find(self.folder(module), name, rf"__init__\(\s*'{re.escape(token)}'", token)

    def function(self, token: str) -> Declaration:
        """Where the function of an invoke is; its name is the one in Python."""
        _, module, name = token.split(":")
        found = self._find(self.folder(module), name, rf"invoke\('{re.escape(token)}'", token)
        return Declaration(found.folder, found.file, snake(name))

    def folder(self, module: str) -> Path:
        """The folder of a token's module, such as ec2/vpc, network, or rbac.authorization.k8s.io/v1."""
        group, _, rest = module.partition("/")
        parts = [group.split(".")[0], rest] if self.plugin == "kubernetes" else [group]
        return self.root.joinpath(*(part.lower() for part in parts if part not in ("", "index")))

    def _find(self, folder: Path, name: str, mark: str, token: str) -> Declaration:
        likely = [folder / f"{snake(name)}.py", folder / f"{name}.py"]
        for file in [*likely, *sorted(folder.glob("*.py"))]:
            if re.search(mark, text(file)):
                return Declaration(folder, file, name)
        raise UndeclaredError(f"{self.root.name} declares no {token}")

    def located(self, folder: Path, reference: str, *, output: bool) -> tuple[Path, str]:
        """The file and name of a class that an annotation in a module names, such as outputs.Foo or _meta.v1.Foo.

        Raises:
            UndeclaredError: if it is nowhere.
        """
        *parts, name = reference.split(".")
        if "outputs" in parts:
            parts.remove("outputs")
            output = True
        # A name with a module before it is under the package's root; "_" in front keeps it apart from names of Python.
        base = self.root.joinpath(*(part.lstrip("_") for part in parts)) if parts else folder
        for file in (base / "outputs.py" if output else base / "_inputs.py", base / "_enums.py"):
            if declares(file, name):
                return file, name
        for file in sorted(base.glob("*.py")):
            if declares(file, name):
                return file, name
        raise UndeclaredError(f"{self.root.name} has no {reference}, which {folder.relative_to(self.root)} names")


def declares(file: Path, name: str) -> bool:
    """Whether a file has the class of that name."""
    return f"class {name}" in _starts(file)


def class_(file: Path, name: str) -> ast.ClassDef:
    """The class of that name in a file."""
    found: ast.ClassDef = _parsed(file, f"class {name}")
    return found


def function(file: Path, name: str) -> ast.FunctionDef:
    """The function of that name in a file."""
    found: ast.FunctionDef = _parsed(file, f"def {name}")
    return found


@cache
def text(file: Path) -> str:
    """The text of a file; empty if there is none."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def snake(name: str) -> str:
    """The name of a class or function in Python, such as get_ami of getAmi, public_ip_address of PublicIPAddress."""
    parts = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", parts).lower()


@cache
def _starts(file: Path) -> Mapping[str, int]:
    """Where each class and function of a file begins."""
    return {found[0]: found.start() for found in re.finditer(r"^(?:class|def) \w+", text(file), re.MULTILINE)}


def _parsed(file: Path, start: str) -> Any:  # noqa: ANN401  the statement that begins so
    begin = _starts(file)[start]
    content = text(file)
    end = _NEXT.search(content, begin + len(start))
    try:
        return ast.parse(content[begin : end.start() if end else len(content)]).body[0]
    except SyntaxError:
        # A docstring with a line that is not indented.
        return ast.parse(content[begin:]).body[0]
