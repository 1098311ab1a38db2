"""The platforms that need packages of their own, for tests that hold for each of them."""

import inspect
from importlib import import_module
from types import ModuleType
from typing import Any

import yaml

import tradewind
from tools.paths import CHECKOUT

OTHERS = [name for name in tradewind._PLATFORMS if name != "local"]
SYSTEMS = ("fedora-coreos", "flatcar")


def module(platform: str, name: str) -> ModuleType:
    """A module of a platform."""
    return import_module(f"tradewind.platforms.{platform}.{name}")


def arguments(component: type) -> Any:
    """The TypedDict that a component takes."""
    return inspect.signature(component).parameters["args"].annotation


def fields(of: Any) -> dict[str, Any]:
    """The fields of a TypedDict and their types, those that it inherits too."""
    found: dict[str, Any] = of.__annotations__
    return found


def made(platform: str) -> type:
    """The class with which a platform satisfies the protocol."""
    cluster = module(platform, "cluster")
    (found,) = [
        each
        for name, each in vars(cluster).items()
        if name.endswith("Platform") and getattr(each, "__module__", "") == cluster.__name__
    ]
    return found


def example(platform: str, system: str) -> dict[str, Any]:
    """`tradewind:cluster` of a stored example."""
    file = CHECKOUT / "stacks" / f"Pulumi.{platform.replace('_', '-')}-{system}.yaml"
    cluster: dict[str, Any] = yaml.safe_load(file.read_text())["config"]["tradewind:cluster"]
    return cluster
