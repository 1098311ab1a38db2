"""The checkout's own program as a stack of a test."""

from pathlib import Path
from typing import Any

import yaml

from tests.support.pulumi_stack import Stack, StackRunner
from tools.paths import CHECKOUT

PLUGINS = ("random", "tls", "command", "kubernetes")
CONTROLLER = {"name": "example-controller-0", "etcd_name": "example-etcd0.example.com"}
CLUSTER = {"name": "example", "api_servers": ["api.example.com"], "controllers": [CONTROLLER]}

CHECKOUT_PROGRAM = f"""
import runpy

runpy.run_path({str(CHECKOUT / "__main__.py")!r}, run_name="__main__")
"""


def checkout_stack(runner: StackRunner, name: str, **config: Any) -> Stack:
    """A stack that runs the checkout's program, with values of `tradewind:`."""
    stack = runner.stack(name, CHECKOUT_PROGRAM)
    configure(stack, **config)
    return stack


def configure(stack: Stack, **config: Any) -> None:
    """Set values of `tradewind:`, objects among them; the others go."""
    file = stack.folder / "Pulumi.test.yaml"
    document = yaml.safe_load(file.read_text()) or {}
    document["config"] = {f"tradewind:{key}": value for key, value in config.items()}
    file.write_text(yaml.safe_dump(document))


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
