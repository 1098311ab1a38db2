"""The stand-in `command` plugin under the real Pulumi CLI."""

import json
from pathlib import Path

import pytest

from tests.support.pulumi_stack import Stack, StackRunner
from tests.support.ssh_server import SshServer, prepare_ssh_server, serving

LOCAL = """
import pulumi
from pulumi_command import local

config = pulumi.Config()
command = local.Command(
    "command",
    create=config.get("create") or "echo made; touch made",
    update=config.get("update"),
    delete="echo deleted $PULUMI_COMMAND_STDOUT > deleted",
    environment={"A": config.get("a") or "1", "B": "2"},
    stdin=pulumi.Output.secret(config.get("stdin") or "hidden-one"),
    triggers=[config.get("trigger") or "1"],
)
pulumi.export("stdout", command.stdout)
"""
REMOTE = """
import pulumi
from pulumi_command import remote

config = pulumi.Config()
connection = remote.ConnectionArgs(**{
    name: value for name, value in {
        "host": "127.0.0.1",
        "port": config.require_int("port"),
        "user": config.require("user"),
        "private_key": config.require_secret("key"),
        "host_key": config.require("hostKey"),
    }.items()
})
remote.Command("command", connection=connection, create="echo made", update="echo updated",
               environment={"ALLOWED": config.get("allowed") or "1"})
remote.CopyToRemote("copy", connection=connection, remote_path=config.require("target"),
                    source=pulumi.StringAsset(config.get("text") or "one"))
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), ["command"])


@pytest.fixture(scope="module")
def stack(runner: StackRunner) -> Stack:
    """One stack that is up; tests only preview changes of its configuration."""
    stack = runner.stack("local", LOCAL)
    stack.preview()
    assert not (stack.folder / "made").exists()
    stack.up()
    assert (stack.folder / "made").exists()
    return stack


@pytest.mark.parametrize(
    ("key", "value", "op", "diffs"),
    [
        ("a", "3", "update", {"environment.A": "update"}),
        ("create", "echo other", "update", {"create": "update"}),
        ("update", "echo updated", "update", {"update": "add"}),
        ("stdin", "hidden-two", "update", {"stdin": "update"}),
        ("trigger", "2", "replace", {"triggers[0]": "update-replace"}),
    ],
)
def test_one_changed_input(stack: Stack, key: str, value: str, op: str, diffs: dict[str, str]):
    assert stack.changes() == []
    stack.config(key, value)
    try:
        (step,) = stack.changes()
        assert (step.name, step.op, step.diffs) == ("command", op, diffs)
    finally:
        stack.run("config", "rm", "--stack", "test", key)


def test_a_changed_secret_is_not_shown(stack: Stack):
    stack.config("stdin", "hidden-two")
    try:
        output = stack.run("preview", "--stack", "test", "--diff")
    finally:
        stack.run("config", "rm", "--stack", "test", "stdin")
    assert "stdin: [secret] => [secret]" in output
    assert "hidden" not in output


def test_state(stack: Stack):
    entry = stack.resources()["command"]
    assert entry["id"].startswith("command")
    assert len(entry["id"]) == len("command") + 8
    assert (entry["outputs"]["stdout"], entry["outputs"]["stderr"]) == ("made", "")
    assert "hidden-one" not in stack.state_text()


def test_life(runner: StackRunner):
    stack = runner.stack("life", LOCAL)
    stack.up()
    stack.config("update", 'echo "after $PULUMI_COMMAND_STDOUT"')
    stack.up()
    assert stack.resources()["command"]["outputs"]["stdout"] == "after made"
    stack.config("update", "echo no good; exit 5")
    output = stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert "exit status 5" in output
    assert "no good" in output
    assert stack.resources()["command"]["outputs"]["stdout"] == "after made"
    stack.destroy()
    assert (stack.folder / "deleted").read_text() == "deleted after made\n"
    assert stack.resources() == {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    server = prepare_ssh_server(tmp_path_factory.mktemp("ssh"))
    with serving(server):
        yield server


def test_remote(runner: StackRunner, server: SshServer, tmp_path: Path):
    stack = runner.stack("remote", REMOTE)
    stack.config("port", str(server.port))
    stack.config("user", server.connection["user"])
    stack.config("key", server.private_key, secret=True)
    stack.config("hostKey", server.host_key)
    stack.config("target", str(tmp_path / "copied"))
    stack.up()
    assert (tmp_path / "copied").read_text() == "one"
    assert stack.changes() == []
    assert "PRIVATE KEY" not in stack.state_text()
    stack.config("allowed", "2")
    stack.config("text", "two")
    steps = {step.name: (step.op, step.diffs) for step in stack.changes()}
    assert steps == {
        "command": ("update", {"environment.ALLOWED": "update"}),
        "copy": ("update", {"source": "update"}),
    }
    stack.up()
    assert (tmp_path / "copied").read_text() == "two"
    assert stack.resources()["command"]["outputs"]["stdout"] == "updated"
    assert stack.changes() == []
    stack.destroy()


def test_run_is_called_in_a_preview(runner: StackRunner):
    stack = runner.stack(
        "run",
        "import pulumi\nfrom pulumi_command import local\n"
        "pulumi.export('seen', local.run_output(command='echo seen').stdout)\n",
    )
    stack.up()
    assert json.loads(stack.run("stack", "output", "--stack", "test", "--json")) == {"seen": "seen"}
