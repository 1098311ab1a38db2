"""A real cluster on this host, made by the real engine from the local stack's program, once for all tests here."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.leftovers import Host
from tests.support.pulumi_stack import Stack, StackRunner
from tests.support.waiting import until
from tools.machines import images, rootfs
from tools.paths import CHECKOUT, bin_dir, cache_root

SLOT = int(os.environ.get("TRADEWIND_TEST_SLOT", "0"))
"""Checkouts that test at the same time on one host each need a number of their own, 0 to 9."""


def host_cidr(number: int) -> str:
    """The network of the cluster of that number, 0 to 9, in these tests."""
    return f"10.{100 + 10 * SLOT + number}.0.0/24"


NAME = f"test{SLOT}"
CONTROLLER, WORKER = f"{NAME}-controller-0", f"{NAME}-worker-0"
PROGRAM = f"""
import sys
sys.path[:0] = ["{CHECKOUT}", "{CHECKOUT}/components"]
from stacks import local
local.run()
"""
ARGS = {"name": NAME, "host_cidr": host_cidr(0), "workers": 1}


@dataclass(frozen=True)
class Cluster:
    """The running cluster: its stack and an administrator's kubeconfig."""

    stack: Stack
    kubeconfig: Path

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

    @contextmanager
    def namespace(self, name: str) -> Iterator[None]:
        """A namespace that takes pods: none is taken before the controller manager has made its account."""
        self.kubectl("create", "namespace", name)
        try:
            until(lambda: self.kubectl("get", "serviceaccount", "default", f"-n{name}", "--output=name"))
            yield
        finally:
            self.kubectl("delete", "namespace", name)

    def addresses(self) -> dict[str, str]:
        """Addresses of the machines by name."""
        return dict(json.loads(self.stack.run("stack", "output", "--stack", "test", "--json", "addresses")))

    def on(self, machine: str, *command: str) -> str:
        """Run a command on a machine as root and return what it printed."""
        program = ["python3", "-m", "tools.machines", "exec", machine, "--", *command]
        result = subprocess.run(program, capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


def local_stack(folder: Path, args: dict) -> Stack:
    """A stack of the local platform, not up yet, and what its machines are made of."""
    rootfs.setup()
    images.setup()
    runner = StackRunner(folder, ("random", "tls", "kubernetes", "command"))
    # The runner has a home of its own; machines come from the cache.
    runner.environment["TRADEWIND_CACHE"] = str(cache_root())
    stack = runner.stack("tradewind", PROGRAM)
    stack.config("tradewind:cluster", json.dumps(args))
    return stack


def kubeconfig_of(stack: Stack, folder: Path) -> Path:
    """The administrator's kubeconfig of a stack that is up, in a file that others can't read."""
    kubeconfig = folder / "kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(stack.run("stack", "output", "--stack", "test", "--show-secrets", "kubeconfig"))
    return kubeconfig


@contextmanager
def running_cluster(folder: Path, args: dict, *nodes: str) -> Iterator[Cluster]:
    """A cluster of the local platform whose nodes are Ready; destroyed at the end."""
    stack = local_stack(folder, args)
    try:
        stack.up()
        made = Cluster(stack, kubeconfig_of(stack, folder))
        made.kubectl("wait", "--for=condition=Ready", "node", *nodes, "--timeout=120s")
        yield made
    finally:
        stack.destroy()


@pytest.fixture(scope="session", autouse=True)
def host_before() -> Host:
    """This host before the first test here. While a machine runs, its kubelet has changed sysctls."""
    return Host.now()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of one controller and one worker. Tests leave it as they found it."""
    with running_cluster(tmp_path_factory.mktemp("cluster"), ARGS, CONTROLLER, WORKER) as made:
        yield made
