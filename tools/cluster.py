"""`make up`, `preview`, `down` and `kubeconfig`: a stack of this checkout, from nothing to a cluster and back.

Reads: stacks/Pulumi.<stack>.yaml.
Makes: what the stack's program makes, and .state/<stack>.kubeconfig.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools import paths
from tools.environment import environment
from tools.machines import check
from tools.setup import guarded, setup
from tools.toolchain.errors import ToolchainError

_READY_SECONDS = 180
_PLATFORM = re.compile(r"^\s*tradewind:platform:\s*['\"]?([a-z-]+)", re.MULTILINE)


def up(stack: str) -> None:
    """Create or update the stack; a cluster is waited for and described."""
    _prepare(stack)
    _pulumi("stack", "select", "--create", stack, quiet=True)
    _release_stale_lock(stack)
    _pulumi("up", "--yes", "--skip-preview", "--stack", stack)
    if _is_local(stack):
        _wait_until_ready(stack, _write_kubeconfig(stack))


def preview(stack: str) -> None:
    """Show what `up` would change, line by line."""
    _prepare(stack)
    _pulumi("stack", "select", "--create", stack, quiet=True)
    _pulumi("preview", "--diff", "--stack", stack)


def down(stack: str) -> None:
    """Remove everything that the stack made, and the stack."""
    if not (paths.bin_dir() / "pulumi").exists() or stack not in _stacks():
        print(f"there is no stack {stack}")
        return
    _release_stale_lock(stack)
    _pulumi("destroy", "--yes", "--skip-preview", "--stack", stack)
    _pulumi("stack", "rm", "--yes", "--preserve-config", stack, quiet=True)
    _kubeconfig_file(stack).unlink(missing_ok=True)
    _forget_salt(stack)


def kubeconfig(stack: str) -> None:
    """Print the path of the administrator's kubeconfig."""
    print(_write_kubeconfig(stack))


def _prepare(stack: str) -> None:
    """Everything the stack needs; a host that cannot run local machines is told so before anything starts."""
    local = _is_local(stack)
    if local:
        check.check()
    setup(machines=local)


def _is_local(stack: str) -> bool:
    file = paths.CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml"
    if not file.exists():
        known = sorted(each.name.split(".")[1] for each in file.parent.glob("Pulumi.*.yaml"))
        raise ToolchainError(f"there is no {file.name} in stacks/; known stacks: {', '.join(known)}")
    found = _PLATFORM.search(file.read_text())
    return found is not None and found[1] == "local"


def _stacks() -> list[str]:
    listed = json.loads(_output("pulumi", "stack", "ls", "--json"))
    return [entry["name"].split("/")[-1] for entry in listed]


def _kubeconfig_file(stack: str) -> Path:
    return paths.state_dir() / f"{stack}.kubeconfig"


def _write_kubeconfig(stack: str) -> Path:
    file = _kubeconfig_file(stack)
    text = _output("pulumi", "stack", "output", "--show-secrets", "--stack", stack, "kubeconfig")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    return file


def _wait_until_ready(stack: str, kubeconfig_file: Path) -> None:
    """Return when every machine is a Ready node; say what is missing otherwise."""
    machines = set(json.loads(_output("pulumi", "stack", "output", "--stack", stack, "--json", "addresses")))
    kubectl = ("kubectl", f"--kubeconfig={kubeconfig_file}")
    end = time.monotonic() + _READY_SECONDS
    while True:
        nodes = json.loads(_output(*kubectl, "get", "nodes", "--output=json"))["items"]
        ready = {node["metadata"]["name"] for node in nodes if _is_ready(node)}
        if machines <= ready:
            break
        if time.monotonic() > end:
            missing = ", ".join(sorted(machines - ready))
            raise ToolchainError(
                f"not Ready within {_READY_SECONDS} s: {missing}. "
                "See `python3 -m tools.machines exec NAME -- journalctl -u kubelet`."
            )
        time.sleep(0.5)
    print(_output(*kubectl, "get", "nodes", "--output=wide"), end="")
    print(f"\nThe cluster is ready. To use it:\n  export KUBECONFIG={kubeconfig_file}")
    print("  kubectl get pods --all-namespaces")
    print("A shell on a machine: python3 -m tools.machines exec NAME")


def _is_ready(node: dict[str, object]) -> bool:
    conditions = node.get("status", {}).get("conditions", [])  # type: ignore[attr-defined]
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _pulumi(*arguments: str, quiet: bool = False) -> None:
    """Run the CLI. When this process is interrupted, the CLI is asked to end, so that its state is whole."""
    command = ["pulumi", *arguments, "--non-interactive"]
    sink = subprocess.PIPE if quiet else None
    # In a group of its own: it is interrupted once, by this process.
    process = subprocess.Popen(
        command, env=environment(), cwd=paths.CHECKOUT, stdout=sink, stderr=sink, text=True, process_group=0
    )
    try:
        _, told = process.communicate()
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if process.returncode:
        raise ToolchainError(f"`{' '.join(command)}` failed{': ' + told if told else ''}")


def _forget_salt(stack: str) -> None:
    """Take the removed stack's salt out of its settings, unless they hold secrets that were encrypted with it."""
    file = paths.CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml"
    text = file.read_text()
    if "secure:" not in text:
        file.write_text("".join(line for line in text.splitlines(True) if not line.startswith("encryptionsalt:")))


def _release_stale_lock(stack: str) -> None:
    """Unlock a stack of this checkout's own backend that a killed run left locked."""
    locks = paths.state_dir() / "backend" / ".pulumi" / "locks"
    for file in locks.glob(f"organization/*/{stack}/*.json"):
        holder = json.loads(file.read_text())
        if holder.get("hostname") == socket.gethostname() and not Path(f"/proc/{holder.get('pid')}").exists():
            print(f"an earlier run on stack {stack} was killed; unlocking it")
            _pulumi("cancel", "--yes", "--stack", stack, quiet=True)


def _output(*command: str) -> str:
    result = subprocess.run(command, env=environment(), cwd=paths.CHECKOUT, check=False, capture_output=True, text=True)
    if result.returncode:
        raise ToolchainError(f"`{' '.join(command)}` failed: {result.stderr}")
    return result.stdout


_VERBS: dict[str, Callable[[str], None]] = {"up": up, "preview": preview, "down": down, "kubeconfig": kubeconfig}


def main(arguments: list[str]) -> int:
    """Parse the command line and run one verb on one stack."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.cluster", description=__doc__)
    parser.add_argument("verb", choices=_VERBS)
    parser.add_argument("stack", nargs="?", default="local")
    chosen = parser.parse_args(arguments)
    return guarded(_VERBS[chosen.verb], chosen.stack)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
