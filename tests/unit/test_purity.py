"""Rooms that hold decisions and text never import Pulumi, directly or through each other."""

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "components"
PURE_ROOMS = {
    "assets",
    "choices",
    "constants",
    "errors",
    "host",
    "images",
    "kubeconfig",
    "kubelet",
    "lazy",
    "manifests",
    "naming",
    "pki.catalog",
    "serialize",
    "spec",
    "versions",
}
RESOURCES = {
    "args",
    "bootstrap_token",
    "butane",
    "cluster",
    "control_plane",
    "delivery",
    "outputs",
    "pki.assets",
    "platforms",
}
"""Rooms that may; `platforms` holds pure modules too, which say so."""
IMPURE = ("pulumi", "random", "secrets", "time", "datetime", "os", "subprocess", "socket")
"""The engine, and where clock, randomness and the machine come from."""


def module_name(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((SOURCE / "tradewind").rglob("*.py"))}


def room_of(module):
    """The room a module belongs to, or None for the folders that hold rooms."""
    inside = module.removeprefix("tradewind").removeprefix(".")
    rooms = [room for room in PURE_ROOMS | RESOURCES if inside == room or inside.startswith(f"{room}.")]
    return rooms[0] if rooms else None


def is_pure(module):
    says_so = "\nPure." in (ast.get_docstring(ast.parse(MODULES[module].read_text())) or "")
    return says_so or room_of(module) in PURE_ROOMS


@cache
def imports(module):
    """Every module that importing this one loads, as far as its own text says; the parents of packages included."""
    tree = ast.parse(MODULES[module].read_text())
    skipped = {id(node) for block in ast.walk(tree) if is_type_checking(block) for node in ast.walk(block)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    own = {name for name in found if name in MODULES}
    return {name for name in found if not name.startswith("tradewind")} | own | parents(own)


def is_type_checking(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def parents(modules):
    return {".".join(parts[:end]) for parts in (name.split(".") for name in modules) for end in range(1, len(parts))}


def reached(module):
    """Everything that an import of the module loads, library modules followed, each with the module that names it."""
    seen, todo = {}, [module]
    while todo:
        current = todo.pop()
        for name in imports(current):
            if name not in seen:
                seen[name] = current
                if name in MODULES:
                    todo.append(name)
    return seen


PURE = [module for module in MODULES if is_pure(module)]


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_reaches_neither_the_engine_nor_the_machine(module):
    offending = {name: by for name, by in reached(module).items() if name.split(".")[0].split("_")[0] in IMPURE}
    assert offending == {}


def test_every_module_is_in_a_room_and_every_room_exists():
    packages = {"tradewind", "tradewind.pki"}
    rooms = {module: room_of(module) for module in MODULES if module not in packages}
    assert [module for module, room in rooms.items() if room is None] == []
    assert set(rooms.values()) == PURE_ROOMS | RESOURCES


@pytest.mark.parametrize("module", ["tradewind.args", "tradewind.control_plane", "tradewind.platforms.local.cluster"])
def test_the_check_sees_pulumi_where_it_is(module):
    assert "pulumi" in reached(module)


def test_the_check_follows_imports():
    assert "pulumi_tls" in reached("tradewind.cluster")
    assert "pulumi_tls" not in imports("tradewind.cluster")


def test_type_checking_imports_do_not_count():
    assert "tradewind.args" not in imports("tradewind.spec.cluster")
    assert "TYPE_CHECKING" in MODULES["tradewind.spec.cluster"].read_text()
