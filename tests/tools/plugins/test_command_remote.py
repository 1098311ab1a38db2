"""The stand-in `command` plugin, commands and copies over SSH, over the wire and against a real SSH server."""

import socket
import threading
import time

import asyncssh
import grpc
import pytest

from tests.support.plugin_process import running_plugin
from tests.support.ssh_server import free_port, prepare_ssh_server, serving
from tools.plugins.base.values import UNKNOWN, Archive, Asset, Secret

REMOTE = "command:remote:Command"
COPY_FILE = "command:remote:CopyFile"
COPY = "command:remote:CopyToRemote"
NONE = 1
UPDATE, ADD_REPLACE, UPDATE_REPLACE = 4, 1, 5


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = prepare_ssh_server(tmp_path_factory.mktemp("ssh"))
    with serving(server):
        yield server


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    with running_plugin("command", tmp_path_factory.mktemp("command")) as client:
        yield client


@pytest.fixture
def connection(server):
    return Secret(server.connection)


def kinds(answer):
    return {path: entry.kind for path, entry in answer.detailedDiff.items()}


def failure_of(work):
    with pytest.raises(grpc.RpcError) as error:
        work()
    return error.value.details()


def test_connection_defaults_are_kept_and_all_of_it_is_secret(plugin):
    inputs, failures = plugin.check(REMOTE, {"connection": {"host": "a", "proxy": {"host": "b", "port": 2222}}})
    assert failures == []
    defaults = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
    proxy = defaults | {"host": "b", "port": 2222}
    assert inputs == {"connection": Secret(defaults | {"host": "a", "proxy": proxy})}


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({}, "connection: Missing required field 'connection' on 'remote.CommandInputs'"),
        ({"connection": {}}, "connection.host: Missing required field 'host' on 'remote.Connection'"),
        (
            {"connection": Secret({"host": "a", "proxy": {"host": "b", "keyfile": "c"}})},
            "connection.proxy.keyfile: Unrecognized field 'keyfile' on 'remote.ProxyConnection'",
        ),
    ],
)
def test_check_failures(plugin, inputs, failure):
    assert plugin.check(REMOTE, inputs)[1] == [failure]


def test_an_unknown_connection_passes_the_check(plugin):
    assert plugin.check(REMOTE, {"connection": UNKNOWN})[1] == []
    assert plugin.check(REMOTE, {"connection": {"host": UNKNOWN}})[1] == []


def test_a_command_with_stdin_and_accepted_variables(plugin, connection):
    inputs = {
        "connection": connection,
        "create": 'cat; echo "$ALLOWED-$REFUSED"; echo err >&2',
        "stdin": Secret("in\n"),
        "environment": {"ALLOWED": "a value", "REFUSED": "x"},
    }
    made = plugin.create(REMOTE, inputs, "node")
    assert made.id.startswith("node")
    assert len(made.id) == len("node") + 8
    assert made.outputs == made.inputs | {"stdout": "in\na value-", "stderr": "err"}
    assert isinstance(made.outputs["connection"], Secret)


def test_update_and_delete(plugin, connection, tmp_path):
    show = 'echo "$PULUMI_COMMAND_STDOUT-$PULUMI_COMMAND_STDERR"'
    made = plugin.create(REMOTE, {"connection": connection, "create": "echo one; echo two >&2"})
    updated = plugin.update(made, {"connection": connection, "create": "false", "update": show})
    assert updated.outputs["stdout"] == "one-two"
    again = plugin.update(updated, {"connection": connection, "create": show, "delete": f"{show} > {tmp_path}/gone"})
    assert again.outputs["stdout"] == "one-two-"
    plugin.delete(again)
    assert (tmp_path / "gone").read_text() == "one-two--\n"


def test_much_output_and_stdin_that_nobody_reads(plugin, connection):
    inputs = {"connection": connection, "logging": "none", "stdin": "x" * 3_000_000}
    counted = plugin.create(REMOTE, inputs | {"create": "wc -c"})
    assert counted.outputs["stdout"].strip() == "3000000"
    assert plugin.create(REMOTE, inputs | {"create": "true"}).outputs["stdout"] == ""
    much = plugin.create(REMOTE, inputs | {"create": "head -c 3000000 /dev/zero | tr '\\0' y"})
    assert len(much.outputs["stdout"]) == 3_000_000


def test_a_failing_command(plugin, connection):
    failure = failure_of(
        lambda: plugin.create(REMOTE, {"connection": connection, "create": "echo out; echo err >&2; exit 7"})
    )
    assert failure.startswith('Process exited with status 7: running "echo out; echo err >&2; exit 7":\n')
    assert sorted(failure.splitlines()[1:]) == ["err", "out"]


def test_a_preview_connects_to_nothing(plugin):
    inputs = {"connection": {"host": UNKNOWN}, "create": "true"}
    made = plugin.create(REMOTE, inputs, preview=True)
    assert (made.outputs["stdout"], made.outputs["stderr"]) == (UNKNOWN, UNKNOWN)


def test_differences(plugin, connection, server):
    made = plugin.create(REMOTE, {"connection": connection, "create": "true", "triggers": ["a"]})
    assert plugin.diff(made, {"connection": connection, "create": "true", "triggers": ["a"]}).changes == NONE
    moved = Secret(server.connection | {"host": "localhost"})
    answer = plugin.diff(made, {"connection": moved, "create": "true", "triggers": ["a"]})
    assert kinds(answer) == {"connection": UPDATE}
    assert list(answer.replaces) == []
    answer = plugin.diff(made, {"connection": connection, "create": "true", "triggers": ["a", "b"]})
    assert kinds(answer) == {"triggers[1]": ADD_REPLACE}


def test_another_host_key_is_refused(plugin, server):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    connection = server.connection | {"hostKey": other, "dialErrorLimit": 1}
    failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}))
    assert failure.startswith(f"after 2 failed attempts to reach 127.0.0.1:{server.port}: ")
    assert "Host key is not trusted" in failure
    del connection["hostKey"]
    assert plugin.create(REMOTE, {"connection": connection, "create": "echo in"}).outputs["stdout"] == "in"


def test_another_private_key_is_refused_and_never_shown(plugin, server):
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    connection = server.connection | {"privateKey": other, "dialErrorLimit": 0}
    failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}))
    assert "Permission denied" in failure
    assert other.splitlines()[1] not in failure


def test_an_encrypted_key(plugin, server):
    key = asyncssh.import_private_key(server.private_key)
    connection = server.connection | {"privateKey": key.export_private_key(passphrase="words").decode()}
    without = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}))
    assert without.startswith("the private key of the connection cannot be read: ")
    connection["privateKeyPassword"] = "words"
    assert plugin.create(REMOTE, {"connection": connection, "create": "echo in"}).outputs["stdout"] == "in"


def test_dialing_again_until_the_server_is_there(plugin, tmp_path):
    server, made = prepare_ssh_server(tmp_path), []
    inputs = {"connection": server.connection | {"dialErrorLimit": -1}, "create": "echo in"}
    thread = threading.Thread(target=lambda: made.append(plugin.create(REMOTE, inputs)))
    with socket.create_server(("127.0.0.1", server.port)) as listener:
        thread.start()
        for _ in range(3):
            listener.accept()[0].close()
    with serving(server):
        thread.join(60)
    assert made[0].outputs["stdout"] == "in"


def test_dialing_without_end_ends_with_the_timeout(plugin):
    connection = {"host": "127.0.0.1", "port": free_port(), "dialErrorLimit": -1}
    failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}, timeout=1))
    assert failure == "context deadline exceeded"


def test_a_server_that_does_not_answer(plugin):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = {"host": "127.0.0.1", "port": listener.getsockname()[1], "dialErrorLimit": 0, "perDialTimeout": 1}
        failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}))
    assert failure.endswith(": i/o timeout")


def test_the_limit_of_failed_dials(plugin):
    port = free_port()
    connection = {"host": "127.0.0.1", "port": port, "dialErrorLimit": 2}
    failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}))
    assert failure.startswith(f"after 3 failed attempts to reach 127.0.0.1:{port}: ")


def test_through_a_proxy(plugin, server):
    connection = server.connection | {"proxy": server.connection}
    made = plugin.create(REMOTE, {"connection": connection, "create": "echo through"})
    assert made.outputs["stdout"] == "through"
    closed = server.connection | {"proxy": server.connection | {"port": free_port()}, "dialErrorLimit": 0}
    assert "failed attempts" in failure_of(lambda: plugin.create(REMOTE, {"connection": closed, "create": "true"}))


def test_an_agent_that_is_not_there(plugin, server, tmp_path):
    connection = server.connection | {"agentSocketPath": str(tmp_path / "none")}
    failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "true"}))
    assert failure.startswith(f"the SSH agent at {tmp_path}/none cannot be used: ")


def test_a_timeout_ends_a_command(plugin, connection):
    started = time.monotonic()
    failure = failure_of(lambda: plugin.create(REMOTE, {"connection": connection, "create": "sleep 1000"}, timeout=2))
    assert failure == "context deadline exceeded"
    assert time.monotonic() - started < 30


@pytest.fixture
def tree(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep").mkdir(parents=True)
    target.mkdir()
    (source / "a").write_bytes(bytes(range(256)) * 9000)
    (source / "deep" / "b").write_text("b")
    return source, target


def test_copy_a_file(plugin, connection, tree):
    source, target = tree
    inputs = {"connection": connection, "source": Asset("aa", path=str(source / "a")), "remotePath": f"{target}/copy"}
    made = plugin.create(COPY, inputs)
    assert (target / "copy").read_bytes() == (source / "a").read_bytes()
    assert len(made.id) == 8
    assert made.outputs == made.inputs
    plugin.create(COPY, inputs | {"remotePath": str(target)})
    assert (target / "a").exists()
    plugin.delete(made)
    assert (target / "copy").exists()


def test_copy_text(plugin, connection, tree):
    _, target = tree
    inputs = {"connection": connection, "source": Asset("aa", text="text ü"), "remotePath": f"{target}/copy"}
    made = plugin.create(COPY, inputs)
    assert (target / "copy").read_text() == "text ü"
    plugin.update(made, inputs | {"source": Asset("bb", text="short")})
    assert (target / "copy").read_text() == "short"
    failure = failure_of(lambda: plugin.create(COPY, inputs | {"remotePath": str(target)}))
    assert "when using a text asset, remotePath must be a file path" in failure
    failure = failure_of(lambda: plugin.create(COPY, inputs | {"remotePath": f"{target}/no/such"}))
    assert failure.startswith(f"failed to create remote file {target}/no/such: ")


def test_copy_a_folder(plugin, connection, tree):
    source, target = tree
    inputs = {"connection": connection, "source": Archive("aa", path=str(source)), "remotePath": f"{target}/new"}
    plugin.create(COPY, inputs)
    assert (target / "new/source/deep/b").read_text() == "b"
    plugin.create(COPY, inputs | {"source": Archive("aa", path=f"{source}/"), "remotePath": str(target)})
    assert (target / "deep/b").read_text() == "b"
    (target / "file").write_text("")
    failure = failure_of(lambda: plugin.create(COPY, inputs | {"remotePath": f"{target}/file"}))
    assert "exists but is not a directory" in failure


def test_what_a_copy_is_made_again_for(plugin, connection, tree):
    source, target = tree
    inputs = {"connection": connection, "source": Asset("aa", path=str(source / "a")), "remotePath": f"{target}/copy"}
    made = plugin.create(COPY, inputs)
    moved = inputs | {"source": Asset("aa", path="/elsewhere")}
    assert plugin.diff(made, moved).changes == NONE
    assert kinds(plugin.diff(made, inputs | {"source": Asset("bb", path=str(source / "a"))})) == {"source": UPDATE}
    assert kinds(plugin.diff(made, inputs | {"triggers": [1]})) == {"triggers": ADD_REPLACE}


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        (Asset("a", uri="https://x"), "asset: asset must be a path-based file asset or a text asset"),
        (Archive("a", assets={}), "archive: archive must be a path to a file or directory"),
        (
            "text",
            "source: Field 'source' on 'remote.CopyToRemoteInputs' must be a 'asset or archive'; got 'str' instead",
        ),
    ],
)
def test_sources_that_cannot_be_copied(plugin, source, failure):
    inputs = {"connection": {"host": "a"}, "source": source, "remotePath": "/x"}
    assert plugin.check(COPY, inputs)[1] == [failure]


def test_copy_file_is_replaced_by_every_change(plugin, connection, tree):
    source, target = tree
    inputs = {"connection": connection, "localPath": str(source / "a"), "remotePath": f"{target}/copy"}
    made = plugin.create(COPY_FILE, inputs)
    assert (target / "copy").read_bytes() == (source / "a").read_bytes()
    assert kinds(plugin.diff(made, inputs | {"remotePath": "/x"})) == {"remotePath": UPDATE_REPLACE}
    failure = failure_of(lambda: plugin.create(COPY_FILE, inputs | {"localPath": "/no/such"}))
    assert failure == "open /no/such: no such file or directory"
