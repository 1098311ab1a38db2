"""A copy of this checkout with a state of its own, in which `make up` and its like are run as a user runs them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.paths import CHECKOUT, cache_root

_PARTS = (
    "tools",
    "components",
    "__main__.py",
    "Pulumi.yaml",
    "requirements.txt",
    "requirements-dev.txt",
    "pyproject.toml",
    "Makefile",
)
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Checkout:
    """The copy."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path) -> "Checkout":
        """Copy what programs need; tools and packages are this checkout's."""
        folder.mkdir()
        skipped = shutil.ignore_patterns("__pycache__")
        for part in _PARTS:
            if (CHECKOUT / part).is_dir():
                shutil.copytree(CHECKOUT / part, folder / part, ignore=skipped)
            else:
                shutil.copy(CHECKOUT / part, folder / part)
        (folder / "stacks").mkdir()
        for program in (CHECKOUT / "stacks").glob("*.py"):
            shutil.copy(program, folder / "stacks")
        (folder / ".venv").symlink_to(CHECKOUT / ".venv")
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder.parent),
            "TRADEWIND_CACHE": str(cache_root()),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
        }

    def configure(self, stack: str, **settings: Any) -> None:
        """Write stacks/Pulumi.<stack>.yaml, with the salt that it may have."""
        file = self.folder / "stacks" / f"Pulumi.{stack}.yaml"
        document = yaml.safe_load(file.read_text()) if file.exists() else {}
        document["config"] = {f"tradewind:{key}": value for key, value in settings.items()}
        file.write_text(yaml.safe_dump(document, sort_keys=False))

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            arguments,
            cwd=self.folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **variables: str) -> str:
        """Run a command and return what it printed; it must succeed."""
        status, output = self.try_(*arguments, **variables)
        assert status == 0, output
        return output

    def fails(self, *arguments: str, **variables: str) -> str:
        """Run a command that must fail and return what it printed."""
        status, output = self.try_(*arguments, **variables)
        assert status == 1, output
        return output

    def try_(self, *arguments: str, **variables: str) -> tuple[int, str]:
        with self.start(*arguments, **variables) as process:
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
            return process.returncode, output

    def follow(self, section: str, number: int, replaced: Mapping[str, str]) -> str:
        """Run a block of commands of docs/operations.md, with other names in the place of its examples."""
        text = operations()[section, number]
        for old, new in replaced.items():
            assert old in text, f"{section}: {old} is not in it"
            text = text.replace(old, new)
        return self.run("sh", "-euc", text)

    @property
    def locks(self) -> list[Path]:
        return [*(self.folder / ".state/backend/.pulumi/locks").rglob("*.json")]

    def state(self, stack: str) -> str:
        """The state as it is on disk."""
        (file,) = (self.folder / ".state/backend/.pulumi/stacks").glob(f"*/{stack}.json")
        return file.read_text()


def operations() -> dict[tuple[str, int], str]:
    """The blocks of commands of docs/operations.md, by the section's title and their number in it."""
    return documented("operations")


def documented(page: str) -> dict[tuple[str, int], str]:
    """The blocks of commands of a page of docs/, by the section's title and their number in it."""
    blocks = {}
    for section in (CHECKOUT / f"docs/{page}.md").read_text().split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        for number, block in enumerate(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)):
            blocks[title, number] = block
    return blocks
