"""A real cluster on this host, made by the real engine from the local stack's program, once for all tests here."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.leftovers import Host
from tests.support.pulumi_stack import Stack, StackRunner
from tools.machines import images, rootfs
from tools.paths import CHECKOUT, bin_dir, cache_root

NAME = "test"
CONTROLLER, WORKER = f"{NAME}-controller-0", f"{NAME}-worker-0"
PROGRAM = f"""
import sys
sys.path[:0] = ["{CHECKOUT}", "{CHECKOUT}/components"]
from stacks import local
local.run()
"""
# Beside a cluster of `make up`, and its network.
ARGS = {"name": NAME, "host_cidr": "10.79.0.0/24", "workers": 1}


@dataclass(frozen=True)
class Cluster:
    """The running cluster: its stack, an administrator's kubeconfig, and what the host was before."""

    stack: Stack
    kubeconfig: Path
    host_before: Host

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Run kubectl as the administrator and return what it printed."""
        command = [bin_dir() / "kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]
        result = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=150)
        if check and result.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout if check else result.stdout + result.stderr

    def get(self, *arguments: str) -> dict:
        """A kubectl get as JSON."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def on(self, machine: str, *command: str) -> str:
        """Run a command on a machine as root and return what it printed."""
        program = ["python3", "-m", "tools.machines", "exec", machine, "--", *command]
        result = subprocess.run(program, capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of one controller and one worker. Tests leave it as they found it."""
    rootfs.setup()
    images.setup()
    before = Host.now()
    folder = tmp_path_factory.mktemp("cluster")
    runner = StackRunner(folder, ("random", "tls", "kubernetes", "command"))
    # The runner has a home of its own; machines come from the cache.
    runner.environment["TRADEWIND_CACHE"] = str(cache_root())
    stack = runner.stack("tradewind", PROGRAM)
    stack.config("tradewind:cluster", json.dumps(ARGS))
    try:
        stack.up()
        kubeconfig = folder / "kubeconfig"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(stack.run("stack", "output", "--stack", "test", "--show-secrets", "kubeconfig"))
        made = Cluster(stack, kubeconfig, before)
        made.kubectl("wait", "--for=condition=Ready", "node", CONTROLLER, WORKER, "--timeout=120s")
        yield made
    finally:
        stack.destroy()
