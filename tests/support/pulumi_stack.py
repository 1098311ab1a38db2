"""A stack in a folder of its own, driven by the real Pulumi CLI with the project's own plugins.

Use `StackRunner` to make stacks: it holds a PULUMI_HOME with the plugins. A program is Python text; values that change
between runs come from the stack's configuration or from another text.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.environment import ENGINE, folder_backend
from tools.paths import CHECKOUT, bin_dir
from tools.plugins.install import install

TIMEOUT_SECONDS = 600
PASSPHRASE = "for-tests-only"


class PulumiError(AssertionError):
    """The CLI failed; the message is what it printed."""


@dataclass
class Step:
    """One resource's part in a preview or update: `op`, and the changed properties with their kind of change.

    `reasons` are the top-level names of the changed properties, for plugins that give no kinds.
    """

    urn: str
    op: str
    diffs: dict[str, str]
    reasons: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


class StackRunner:
    """Makes stacks that share one PULUMI_HOME and one file backend."""

    def __init__(self, folder: Path, plugins: Iterable[str]) -> None:
        self.folder = folder
        home, backend = folder / "home", folder / "backend"
        backend.mkdir(parents=True)
        install(home, list(plugins))
        path = os.pathsep.join([str(Path(sys.executable).parent), str(bin_dir()), "/usr/local/bin:/usr/bin:/bin"])
        self.environment = {
            "PATH": path,
            "HOME": str(folder),
            "PULUMI_HOME": str(home),
            **ENGINE,
            "PULUMI_BACKEND_URL": folder_backend(backend),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
        }

    def stack(self, name: str, program: str) -> "Stack":
        """Make a new stack that runs the program."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        stack = Stack(folder, self.environment)
        stack.write(program)
        stack.run("stack", "init", "test")
        return stack


@dataclass
class Stack:
    """One stack."""

    folder: Path
    environment: dict[str, str]

    @property
    def backend(self) -> Path:
        """The folder with the state of every stack."""
        return Path(urlsplit(self.environment["PULUMI_BACKEND_URL"]).path)

    def write(self, program: str) -> None:
        """Change the program."""
        (self.folder / "__main__.py").write_text(program)

    def config(self, key: str, value: str, *, secret: bool = False) -> None:
        """Set a configuration value."""
        self.run("config", "set", "--stack", "test", *(["--secret"] if secret else []), key, stdin=value)

    def preview(self, *arguments: str) -> list[Step]:
        """Preview and return the step of every resource but the stack itself."""
        document = json.loads(self.run("preview", "--stack", "test", "--json", *arguments))
        steps = [_step(step) for step in document["steps"]]
        return [step for step in steps if "pulumi:pulumi:Stack" not in step.urn]

    def changes(self, *arguments: str) -> list[Step]:
        """Preview and return the steps that change something."""
        return [step for step in self.preview(*arguments) if step.op not in {"same", "read"}]

    def up(self, *arguments: str) -> str:
        """Update and return what the CLI printed."""
        return self.run("up", "--stack", "test", "--yes", "--skip-preview", *arguments)

    def refresh(self) -> str:
        """Refresh and return what the CLI printed."""
        return self.run("refresh", "--stack", "test", "--yes", "--skip-preview")

    def destroy(self) -> str:
        """Destroy and return what the CLI printed."""
        return self.run("destroy", "--stack", "test", "--yes", "--skip-preview")

    def fails(self, *arguments: str) -> str:
        """Run the CLI, expect it to fail, and return what it printed."""
        try:
            output = self.run(*arguments)
        except PulumiError as error:
            return str(error)
        raise AssertionError(f"pulumi {' '.join(arguments)} did not fail:\n{output}")

    def resources(self, *, show_secrets: bool = False) -> dict[str, dict[str, Any]]:
        """Return the resources in state by name, the stack itself aside."""
        found = self.entries(show_secrets=show_secrets)
        return {entry["urn"].rpartition("::")[2]: entry for entry in found if entry["type"] != "pulumi:pulumi:Stack"}

    def entries(self, *, show_secrets: bool = False) -> list[dict[str, Any]]:
        """Return the resources in state, the stack itself among them."""
        flags = ["--show-secrets"] if show_secrets else []
        document = json.loads(self.run("stack", "export", "--stack", "test", *flags))
        return document["deployment"].get("resources") or []

    def state_text(self) -> str:
        """Return the state as it is on disk."""
        return self.run("stack", "export", "--stack", "test")

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run the CLI; raises PulumiError with its whole output when it fails."""
        command = [bin_dir() / "pulumi", *arguments, "--non-interactive"]
        environment = self.environment | {"PYTHONPATH": str(CHECKOUT)}
        result = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        if result.returncode != 0:
            raise PulumiError(f"pulumi {' '.join(arguments)}:\n{result.stdout}\n{result.stderr}")
        return result.stdout


def _step(step: dict[str, Any]) -> Step:
    detailed = step.get("detailedDiff") or {}
    return Step(
        urn=step["urn"],
        op=step["op"],
        diffs={
            path: change["diffKind"] if "diffKind" in change else change["kind"] for path, change in detailed.items()
        },
        reasons=tuple(step.get("diffReasons") or ()),
        replaces=tuple(step.get("replaceReasons") or ()),
        old=step.get("oldState") or {},
        new=step.get("newState") or {},
    )
