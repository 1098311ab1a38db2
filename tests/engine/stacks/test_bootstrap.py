"""The apply on the first controller under the real engine: one that failed is repeated, and a finished one is not.

The machine is an SSH server of this host, where sudo, systemctl and journalctl are functions of the command's shell.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ssh_server
from tests.support.pulumi_stack import Stack, StackRunner
from tools.paths import CHECKOUT

PROGRAM = f"""
import sys
sys.path.insert(0, {str(CHECKOUT / "components")!r})
import pulumi
from tradewind.delivery.bootstrap import bootstrap
from tradewind.platforms.base import Machine, SshAccess

config = pulumi.Config("test")
reached = config.require_object("connection")
folder, objects = config.require("folder"), config.get("objects")
shell = f'''sudo() {{{{ "$@"; }}}}
systemctl() {{{{ echo "$1" >> {{folder}}/runs; test ! -e {{folder}}/broken; }}}}
journalctl() {{{{ echo "apply: refused: coredns"; }}}}
rm() {{{{ test "$*" = "-f /opt/bootstrap/bootstrap.done" && echo forget >> {{folder}}/runs; }}}}
'''


def on_this_host(given):
    if given.type_ != "command:remote:Command":
        return None
    props = dict(given.props)
    props |= {{verb: shell + props[verb] for verb in ("create", "update")}} | {{"connection": reached}}
    return pulumi.ResourceTransformationResult(props, given.opts)


pulumi.runtime.register_stack_transformation(on_this_host)
machine = Machine(
    name="test-controller-0",
    address=pulumi.Output.from_input("127.0.0.1"),
    identity=pulumi.Output.from_input(config.require("identity")),
    resource=pulumi.ComponentResource("test:index:Machine", "machine"),
)
ssh = SshAccess(user="core", private_key=pulumi.Output.secret(reached["privateKey"]))
digest = pulumi.Output.from_input(objects) if objects else None
bootstrap("test-bootstrap", machine, ssh, digest, pulumi.ResourceOptions())
"""


class Controller:
    """A machine with bootstrap.service, and the stack that applies there."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack, self.broken, self.journal = stack, folder / "broken", folder / "runs"

    def up(self, **settings: str) -> list[str]:
        """What an `up` with these settings, besides those before, has run."""
        self.journal.write_text("")
        for key, value in settings.items():
            self.stack.config(f"test:{key}", value)
        self.stack.up()
        return self.journal.read_text().split()

    def fails(self) -> str:
        """What an `up` says whose apply fails."""
        self.broken.touch()
        try:
            return self.stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
        finally:
            self.broken.unlink()


@pytest.fixture(name="controller")
def fixture_controller(tmp_path: Path) -> Iterator[Controller]:
    server = ssh_server.prepare_ssh_server(tmp_path)
    stack = StackRunner(tmp_path / "pulumi", ("command",)).stack("bootstrap", PROGRAM)
    stack.config("test:connection", json.dumps(server.connection), secret=True)
    stack.config("test:folder", str(tmp_path))
    stack.config("test:identity", "one")
    with ssh_server.serving(server):
        yield Controller(stack, tmp_path)


def test_a_failed_apply_is_repeated_by_the_next_up_and_a_finished_one_is_not(controller: Controller) -> None:
    said = controller.fails()
    assert "apply: refused: coredns" in said
    assert controller.up() == ["start"]
    assert controller.up() == []
    # Another machine in its place has applied nothing yet.
    assert controller.up(identity="two") == ["start"]


def test_objects_that_no_resource_owns_are_applied_again_when_they_change(controller: Controller) -> None:
    assert controller.up(objects="first") == ["forget", "restart"]
    assert controller.up() == []
    assert controller.up(objects="second") == ["forget", "restart"]
    controller.stack.config("test:objects", "third")
    assert "apply: refused: coredns" in controller.fails()
    assert controller.up() == ["forget", "restart"]
    assert controller.up() == []
