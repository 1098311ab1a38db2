"""Stacks of the benchmark, driven by the CLI in the environment that `make up` has.

Reads: the tools of this checkout. Makes: a project with a backend of its own in a folder.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools import paths
from tools.environment import environment, folder_backend

Pulumi = Callable[..., None]
"""Runs the CLI with arguments on one stack; what it printed is shown only if it fails, and ends the benchmark."""


def stack(folder: Path, program: str, **settings: str) -> Pulumi:
    """Make a stack in a new folder; `settings` are environment variables of the CLI."""
    backend = folder / "backend"
    backend.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "tradewind", "runtime": "python"}))
    search = [str(paths.CHECKOUT), str(paths.CHECKOUT / "components")]
    (folder / "__main__.py").write_text(f"import sys\nsys.path[:0] = {search!r}\n{program}")
    variables = {
        **environment(),
        "PULUMI_BACKEND_URL": folder_backend(backend),
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        # For the machines' program, which the local stack starts.
        "PYTHONPATH": str(paths.CHECKOUT),
        **settings,
    }
    variables.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)

    def pulumi(*arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive", "--stack", "bench"]
        result = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
        if result.returncode:
            sys.exit(f"{' '.join(command)}: {result.stdout}{result.stderr}")

    pulumi("stack", "init")
    return pulumi
