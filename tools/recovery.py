"""What a killed run leaves in a stack, taken away: its lock, and what it had begun to make.

Reads: the backend's folder, if it is one on this host, and the stack's state.
Makes: the state without unfinished creations, after the delete commands of those that are commands of this host.

The engine keeps an unfinished creation in the state for ever, as it can't know what came of it. Here it is known:
keys and tokens are nothing outside of the state, deliveries and objects in the cluster are made again in place, and a
machine or a folder of files has a command that removes as much of it as there is.
"""

import json
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.toolchain.errors import ToolchainError
from tools.toolchain.locks import locked

_ENDED = ("Z", "X")
"""States of a process that has ended and is not yet forgotten by its parent."""


def recover(stack: str, variables: Mapping[str, str], project: Path) -> None:
    """Make a stack ready for its next run. Nothing happens while another run goes on, nor with a backend elsewhere.

    Args:
        stack: Name of the stack.
        variables: Environment of the CLI.
        project: The folder with Pulumi.yaml.

    Raises:
        ToolchainError: if something that was begun can't be removed; it is tried again by the next run.
    """
    backend = _backend_folder(variables)
    if backend is None:
        return
    with locked(backend / ".recovery.lock"):
        locks = list((backend / ".pulumi" / "locks").glob(f"organization/*/{stack}/*.json"))
        if not all(_has_ended(_holder(file)) for file in locks):
            return
        document = json.loads(_pulumi(variables, project, "stack", "export", "--stack", stack))
        # While the killed run's lock keeps others out.
        begun = _settle(document["deployment"], variables, project)
        # The state is written to a file of another name first.
        for partial in (backend / ".pulumi" / "stacks").glob(f"*/{stack}.json*.tmp"):
            partial.unlink()
        for file in locks:
            print(f"an earlier run on stack {stack} was killed; going on from where it was")
            file.unlink()
        if begun:
            _pulumi(variables, project, "stack", "import", "--stack", stack, stdin=json.dumps(document))


def _settle(deployment: dict[str, Any], variables: Mapping[str, str], project: Path) -> bool:
    """Take operations that were begun out of a state, and say whether there were any.

    A creation is undone. A delivery that was being changed is repeated by the next run, also by one that wants what the
    state says: the machine may have the changed files by now.
    """
    pending = deployment.get("pending_operations") or []
    made = {each["urn"]: each for each in deployment.get("resources") or [] if not each.get("delete")}
    for each in pending:
        resource = each["resource"]
        # An earlier creation may have been made up for by a later run.
        if each["type"] == "creating" and resource["urn"] not in made:
            _undo(resource, variables, project)
        elif each["type"] == "updating" and resource["type"] == "command:remote:Command" and resource["urn"] in made:
            made[resource["urn"]]["taint"] = True
    deployment["pending_operations"] = []
    return bool(pending)


def _backend_folder(variables: Mapping[str, str]) -> Path | None:
    url = urlsplit(variables.get("PULUMI_BACKEND_URL", ""))
    return Path(unquote(url.netloc + url.path)).expanduser() if url.scheme == "file" else None


def _holder(file: Path) -> dict[str, Any]:
    """Who made a lock; nothing is known of one that is just being removed, or was not written to its end."""
    try:
        content = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _has_ended(holder: Mapping[str, Any]) -> bool:
    """Whether the process that holds a lock was of this host and is no more; False if that is not sure."""
    if holder.get("hostname") != socket.gethostname() or not isinstance(holder.get("pid"), int):
        return False
    try:
        _, name, state = Path(f"/proc/{holder['pid']}/stat").read_text().split()[:3]
    except (FileNotFoundError, ProcessLookupError):
        return True
    # Numbers of processes are used again.
    return name != "(pulumi)" or state in _ENDED


def _undo(resource: Mapping[str, Any], variables: Mapping[str, str], project: Path) -> None:
    """Run the delete command of a resource that has one."""
    inputs = resource.get("inputs") or {}
    if resource["type"] != "command:local:Command" or "delete" not in inputs:
        return
    name = resource["urn"].rpartition("::")[2]
    print(f"removing what there is of {name}, which was being made")
    result = subprocess.run(
        ["/bin/sh", "-c", inputs["delete"]],
        cwd=inputs.get("dir", project),
        env={**os.environ, **variables, **inputs.get("environment", {})},
        check=False,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise ToolchainError(f"{name} was being made and can't be removed: {result.stderr.strip()}")


def _pulumi(variables: Mapping[str, str], project: Path, *arguments: str, stdin: str | None = None) -> str:
    command = ["pulumi", *arguments, "--non-interactive"]
    result = subprocess.run(
        command, cwd=project, env=dict(variables), input=stdin, check=False, capture_output=True, text=True
    )
    if result.returncode:
        raise ToolchainError(f"`{' '.join(command)}` failed: {result.stderr.strip()}")
    return result.stdout
