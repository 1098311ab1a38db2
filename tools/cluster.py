"""The verbs of `make` on a stack of this checkout, and `replace MACHINE...`: from nothing to a cluster and back.

Reads: stacks/Pulumi.<stack>.yaml.
Makes: what the stack's program makes, and .state/<stack>.kubeconfig.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools import paths
from tools.environment import environment
from tools.machines import check
from tools.machines.spec import parse
from tools.machines.store import Machine
from tools.recovery import recover
from tools.setup import guarded, setup
from tools.toolchain.errors import ToolchainError

_READY_SECONDS = 180
_PLATFORM = re.compile(r"^\s*tradewind:platform:\s*['\"]?([a-z-]+)", re.MULTILINE)


def up(stack: str) -> None:
    """Create or update the stack; a cluster is waited for and described."""
    _prepare(stack)
    _pulumi("stack", "select", "--create", stack, quiet=True)
    recover(stack, environment(), paths.CHECKOUT)
    _refuse_lost(stack)
    _pulumi("up", "--yes", "--skip-preview", "--stack", stack)
    if _is_local(stack):
        _wait_until_ready(stack, _write_kubeconfig(stack))


def replace(stack: str, *machines: str) -> None:
    """Make machines anew that were lost: the engine knows what it has made, and can't see that a machine is gone.

    Raises:
        ToolchainError: if the stack has no machine of such a name; nothing is changed then.
    """
    if stack not in _stacks():
        raise ToolchainError(f"there is no stack {stack}")
    recover(stack, environment(), paths.CHECKOUT)
    known = {machine.name: urn for machine, urn in _machines(stack).items()}
    if not machines or not known.keys() >= set(machines):
        raise ToolchainError(f"say which machines; stack {stack} has {', '.join(sorted(known)) or 'none'}")
    flags = [f"--replace={known[name]}" for name in machines]
    # They boot with what the program says now, and not with what the state says.
    os.environ["TRADEWIND_REPLACE"] = ",".join(machines)
    _pulumi("up", "--yes", "--skip-preview", "--stack", stack, *flags)
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
    recover(stack, environment(), paths.CHECKOUT)
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


def _machines(stack: str) -> dict[Machine, str]:
    """The URN of every machine in the state."""
    document = json.loads(_output("pulumi", "stack", "export", "--stack", stack))
    found = {}
    for each in document["deployment"].get("resources") or []:
        asked = each.get("inputs", {}).get("environment", {}).get("TRADEWIND_MACHINE")
        if asked:
            spec = parse(asked)
            found[Machine(spec.cluster, spec.name)] = str(each["urn"])
    return found


def _refuse_lost(stack: str) -> None:
    """Say which machines are gone from this host, which the engine can't see."""
    lost = " ".join(sorted(machine.name for machine in _machines(stack) if machine.load() is None))
    if lost:
        raise ToolchainError(
            f"not on this host any more: {lost}. `python3 -m tools.cluster replace {stack} {lost}` makes them anew, "
            "`make down` removes the rest; see docs/operations.md."
        )


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


def _output(*command: str) -> str:
    result = subprocess.run(command, env=environment(), cwd=paths.CHECKOUT, check=False, capture_output=True, text=True)
    if result.returncode:
        raise ToolchainError(f"`{' '.join(command)}` failed: {result.stderr}")
    return result.stdout


_VERBS: dict[str, Callable[..., None]] = {
    "up": up,
    "preview": preview,
    "down": down,
    "kubeconfig": kubeconfig,
    "replace": replace,
}


def main(arguments: list[str]) -> int:
    """Parse the command line and run one verb on one stack."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.cluster", description=__doc__)
    parser.add_argument("verb", choices=_VERBS)
    parser.add_argument("stack", nargs="?", default="local")
    parser.add_argument("machines", nargs="*", help="for replace: names of machines")
    chosen = parser.parse_args(arguments)
    if chosen.machines and chosen.verb != "replace":
        parser.error(f"{chosen.verb} takes one stack")
    return guarded(_VERBS[chosen.verb], chosen.stack, *chosen.machines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
