"""A platform's stack on the real engine; plugins that record take the place of the clouds', of SSH and of the cluster.

Use the fixture `clouds` (conftest.py) and `cloud_stack`. Nothing is deployed: what was asked for is in the state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.engine.stacks.program import CHECKOUT_PROGRAM
from tests.support.pulumi_stack import Stack, StackRunner
from tools.environment import folder_backend
from tools.plugins.install import install_recording
from tools.plugins.versions import CLOUD_VERSIONS
from tools.venv import clouds_folder, site_packages

RECORDED = (*CLOUD_VERSIONS, "command", "kubernetes")
REAL = ("random", "tls")
_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass
class CloudStack(Stack):
    """One stack. Each has a backend of its own, so that several can be up at once."""

    platform: str = ""
    """Empty for a program that is not this checkout's."""

    def configure(self, cluster: Mapping[str, Any], **settings: Any) -> None:
        """Set `tradewind:cluster` and further settings by their full keys, such as {"aws:region": ...}; others go."""
        file = self.folder / "Pulumi.test.yaml"
        document = yaml.safe_load(file.read_text()) or {}
        chosen = {"tradewind:platform": self.platform, "tradewind:cluster": dict(cluster)} if self.platform else {}
        document["config"] = {**chosen, **settings}
        file.write_text(yaml.safe_dump(document))

    def recorded(self, token: str = "", *, show_secrets: bool = False) -> dict[str, dict[str, Any]]:
        """The resources in state, by URN, with `inputs` and `outputs`; those of a type only if a token is given."""
        found = self.entries(show_secrets=show_secrets)
        return {each["urn"]: each for each in found if token in ("", each["type"])}


def cloud_runner(folder: Path) -> StackRunner:
    """The engine with the plugins that record, and programs that find the packages of the clouds."""
    runner = StackRunner(folder, REAL)
    packages = clouds_folder()
    install_recording(Path(runner.environment["PULUMI_HOME"]), RECORDED, site_packages(packages))
    _, _, others = runner.environment["PATH"].partition(":")
    # Compiled modules are kept: to compile a cloud's package costs more than all else.
    kept = {name: value for name, value in runner.environment.items() if name != _BYTECODE}
    runner.environment = {**kept, "PATH": f"{packages / 'bin'}:{others}"}
    return runner


def cloud_stack(clouds: StackRunner, folder: Path, platform: str, cluster: Mapping[str, Any]) -> CloudStack:
    """A new stack of this checkout's program.

    Args:
        clouds: the fixture.
        folder: an empty folder for its program and its state, such as tmp_path.
        platform: `tradewind:platform`.
        cluster: `tradewind:cluster`.
    """
    stack = program_stack(clouds, folder, CHECKOUT_PROGRAM)
    stack.platform = platform
    stack.configure(cluster)
    return stack


def program_stack(clouds: StackRunner, folder: Path, program: str) -> CloudStack:
    """A new stack of any program."""
    (folder / "backend").mkdir()
    (folder / "program").mkdir()
    (folder / "program" / "Pulumi.yaml").write_text("name: tradewind\nruntime: python\n")
    environment = clouds.environment | {"PULUMI_BACKEND_URL": folder_backend(folder / "backend")}
    stack = CloudStack(folder / "program", environment)
    stack.write(program)
    stack.run("stack", "init", "test")
    return stack
