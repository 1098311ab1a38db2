"""The cloud platforms' specs and good arguments, for tests that hold for each of them. No cloud's package is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import yaml

import tradewind
from tools.paths import CHECKOUT


@dataclass(frozen=True)
class Cloud:
    """A platform with packages of its own."""

    name: str

    @property
    def spec(self) -> Callable[..., Any]:
        """What checks its arguments."""
        module = import_module(f"tradewind.platforms.{self.name}.spec")
        found: Callable[..., Any] = getattr(module, f"{self.name}_spec")
        return found

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Good ones: those of its larger example."""
        file = CHECKOUT / "stacks" / f"Pulumi.{self.name.replace('_', '-')}-fedora-coreos.yaml"
        found: Mapping[str, Any] = yaml.safe_load(file.read_text())["config"]["tradewind:cluster"]
        return found

    def __str__(self) -> str:
        return self.name


CLOUDS = [Cloud(name) for name in tradewind._PLATFORMS if name != "local"]
