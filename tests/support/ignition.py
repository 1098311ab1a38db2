"""What the real Ignition makes of a configuration: it reads, merges and checks it, and writes nothing to a machine."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tools.paths import bin_dir
from tradewind.host.ignition import data_url


def fetched(document: dict[str, Any]) -> dict[str, Any]:
    """The configuration that Ignition would apply: whole, of its newest version, with what `merge` names merged in.

    Raises:
        AssertionError: with Ignition's words, if it refuses the document.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.ign").write_text(json.dumps(document))
        result = subprocess.run(
            [
                *(bin_dir() / "ignition", "--platform=file", "--stage=fetch", "--log-to-stdout"),
                *(f"--root={folder}", f"--config-cache={folder}/cache.json", f"--state-file={folder}/state"),
            ],
            env={"IGNITION_CONFIG_FILE": str(folder / "config.ign")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        cached: dict[str, Any] = json.loads((folder / "cache.json").read_text())
    return cached


def merged_by_ignition(parent: dict[str, Any], *children: dict[str, Any]) -> dict[str, Any]:
    """What Ignition makes of a document that names others to be merged over it."""
    references = [{"source": data_url(json.dumps(child))} for child in children]
    section = {**parent["ignition"], "config": {"merge": references}}
    return without_references(fetched({**parent, "ignition": section}))


def without_references(config: dict[str, Any]) -> dict[str, Any]:
    """A fetched configuration without the names of others."""
    section = {name: value for name, value in config["ignition"].items() if name != "config"}
    return {**config, "ignition": section}
