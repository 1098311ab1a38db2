"""The resource types and their properties, read from the source of the Python SDK without importing it.

Reads: the files of an installed `pulumi_kubernetes`.
Makes: `read_sdk`: every resource token with its input class, and every input class with its properties.

A property's type is written in letters: s, i, n, b for scalars, j for anything, x for a number or a string, [X] for a
list, {X} for a map, @name for an object and (X|Y) for one of several.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path

# Charts, kustomizations and YAML files are programs of their own inside the official plugin, not objects.
LEFT_OUT = {"helm", "kustomize", "yaml"}
SCALARS = {"str": "s", "int": "i", "float": "n", "bool": "b", "Any": "j", "Asset": "j", "Archive": "j"}


@dataclass
class Sdk:
    """What the SDK declares: token to (input class, apiVersion, kind), class name to property types."""

    resources: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)


def read_sdk(root: Path) -> Sdk:
    """Read the package at root (the folder named pulumi_kubernetes)."""
    sdk = Sdk()
    for path in sorted(root.glob("*/v*/*.py")):
        if path.name in {"__init__.py", "outputs.py", "_enums.py"} or path.parts[-3] in LEFT_OUT:
            continue
        module = f"{path.parts[-3]}.{path.parts[-2]}"
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                _read_class(sdk, module, node)
    return sdk


def _read_class(sdk: Sdk, module: str, node: ast.ClassDef) -> None:
    bases = {ast.unparse(base) for base in node.bases}
    if node.name.endswith("Args") and not bases:
        sdk.types[f"{module}.{node.name}".removesuffix("Args")] = dict(_properties(module, node))
    elif "pulumi.CustomResource" in bases:
        token, arguments, constants = _registration(node)
        sdk.resources[token] = (
            f"{module}.{arguments}".removesuffix("Args"),
            constants.get("api_version", ""),
            constants.get("kind", ""),
        )


def _properties(module: str, node: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for member in node.body:
        if not isinstance(member, ast.FunctionDef) or member.returns is None or member.name == "__init__":
            continue
        getter = next((d for d in member.decorator_list if "pulumi.getter" in ast.unparse(d)), None)
        if getter is None:
            continue
        name = member.name
        if isinstance(getter, ast.Call):
            name = next(str(ast.literal_eval(keyword.value)) for keyword in getter.keywords if keyword.arg == "name")
        found.append((name, _letters(module, member.returns)))
    return found


def _letters(module: str, node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _reference(module, node.value)
    if isinstance(node, ast.Subscript):
        return _generic(module, ast.unparse(node.value).rpartition(".")[2], node.slice)
    name = ast.unparse(node).rpartition(".")[2]
    return SCALARS[name]


def _generic(module: str, outer: str, inner: ast.expr) -> str:
    arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if outer in {"Optional", "Input", "InputType"}:
        return _letters(module, arguments[0])
    if outer == "Sequence":
        return f"[{_letters(module, arguments[0])}]"
    if outer == "Mapping":
        return "{" + _letters(module, arguments[1]) + "}"
    if outer == "Union":
        return _union(sorted({_letters(module, argument) for argument in arguments}))
    raise ValueError(f"unknown type {outer} in {module}")


def _union(letters: list[str]) -> str:
    if letters == ["i", "s"]:
        return "x"
    return letters[0] if len(letters) == 1 else f"({'|'.join(letters)})"


def _reference(module: str, name: str) -> str:
    """Resolve a name such as `_meta.v1.ObjectMetaArgs` (another module) or `ContainerArgs` (this one)."""
    parts = name.split(".")
    if len(parts) == 1:
        return f"@{module}.{name}".removesuffix("Args")
    return "@" + ".".join(part.removeprefix("_") for part in parts).removesuffix("Args")


def _registration(node: ast.ClassDef) -> tuple[str, str, dict[str, str]]:
    """Find the token, the class of the arguments and the constant inputs in a resource's `_internal_init`."""
    token, arguments = "", ""
    constants: dict[str, str] = {}
    for statement in ast.walk(node):
        if isinstance(statement, ast.Call) and ast.unparse(statement.func).startswith("super("):
            token = str(ast.literal_eval(statement.args[0]))
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            called = ast.unparse(statement.value.func)
            if called.endswith(".__new__"):
                arguments = called.removesuffix(".__new__")
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
            target, value = statement.targets[0], statement.value
            if ast.unparse(target.value) == "__props__.__dict__" and isinstance(value, ast.Constant) and value.value:
                constants[str(ast.literal_eval(target.slice))] = str(value.value)
    return token, arguments, constants
