"""Machines whose platform cannot tell their host key, with real SSH servers: what the first contact saw is checked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster
from tests.support.pulumi_stack import PulumiError, Stack, StackRunner
from tools.paths import CHECKOUT

PROGRAM = f"""
import sys
sys.path[:0] = [{str(CHECKOUT / "components")!r}]
import pulumi
from pulumi_command import remote
from tradewind.delivery.files import connection
from tradewind.delivery.host_keys import with_host_keys
from tradewind.platforms.base import Machine, SshAccess

config = pulumi.Config()
made = pulumi.ComponentResource("test:index:Machine", "one")
machine = Machine("one", config.require_secret("address"), pulumi.Output.from_input(config.require("identity")), made)
ssh = SshAccess("core", config.require_secret("key"), dial_attempts=1)
(known,) = with_host_keys([machine], ssh, pulumi.ResourceOptions())
pulumi.export("hostKey", known.host_key)
way, text = connection(known, ssh), config.require("text")
remote.Command("later", connection=way, create="sudo tee /run/delivered", stdin=text)
"""


@pytest.fixture
def stack(cluster: Cluster, tmp_path: Path) -> Iterator[Stack]:
    made = StackRunner(tmp_path, ("command",)).stack("keys", PROGRAM)
    key = cluster.stack.run("stack", "output", "--stack", "test", "--show-secrets", "sshPrivateKey")
    made.config("keys:key", key, secret=True)
    made.config("keys:address", cluster.addresses()[WORKER])
    made.config("keys:identity", "first")
    made.config("keys:text", "something")
    yield made
    made.destroy()
    for machine in (CONTROLLER, WORKER):
        cluster.on(machine, "rm", "-f", "/run/delivered")


def delivered(cluster: Cluster, machine: str) -> str:
    return cluster.on(machine, "sh", "-c", "cat /run/delivered 2> /dev/null || true")


def host_key(cluster: Cluster, machine: str) -> str:
    return cluster.on(machine, "cat", "/etc/ssh/ssh_host_ed25519_key.pub").strip()


def test_an_address_that_has_another_machine_gets_nothing_until_it_is_told(cluster: Cluster, stack: Stack) -> None:
    stack.up()
    outputs = json.loads(stack.run("stack", "output", "--stack", "test", "--show-secrets", "--json"))
    assert outputs["hostKey"] == host_key(cluster, WORKER) != host_key(cluster, CONTROLLER)
    assert delivered(cluster, WORKER) == "something"
    assert stack.changes() == []

    # The command that reads the key has no reason to run again: it is for the machine that was there.
    first = str(stack.resources()["one-host-key"]["urn"])
    stack.config("keys:address", cluster.addresses()[CONTROLLER])
    stack.config("keys:text", "a secret")
    with pytest.raises(PulumiError, match=r"(?i)host key"):
        stack.up("--exclude", first)
    assert delivered(cluster, CONTROLLER) == ""

    stack.config("keys:identity", "second")
    stack.up()
    assert delivered(cluster, CONTROLLER) == "a secret"
