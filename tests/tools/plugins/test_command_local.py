"""The stand-in `command` plugin, commands on this machine, over the wire."""

import hashlib
import io
import os
import re
import signal
import tarfile
import threading
import time
from pathlib import Path

import grpc
import pytest

from tests.support.engine_log import listening_engine
from tests.support.plugin_process import running_plugin
from tools.plugins.base.values import UNKNOWN, Archive, Asset, Secret
from tools.plugins.command.files import asset_archive

LOCAL = "command:local:Command"
RUN = "command:local:run"
UPDATE, DELETE, ADD = 4, 2, 0
UPDATE_REPLACE = 5
NONE, SOME = 1, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("command")


@pytest.fixture(scope="module")
def plugin(folder):
    with running_plugin("command", folder) as client:
        yield client


def kinds(answer):
    return {path: entry.kind for path, entry in answer.detailedDiff.items()}


def test_outputs_are_inputs_and_what_was_printed(plugin):
    inputs = {"create": "echo out; echo err >&2", "environment": {"A": "1"}, "delete": "true"}
    made = plugin.create(LOCAL, inputs)
    assert re.fullmatch("thing[0-9a-f]{8}", made.id)
    assert made.inputs == inputs
    assert made.outputs == inputs | {"stdout": "out", "stderr": "err"}


def test_one_newline_is_cut(plugin):
    assert plugin.create(LOCAL, {"create": "printf 'a\\n\\n'"}).outputs["stdout"] == "a\n"


def test_nothing_to_run(plugin):
    made = plugin.create(LOCAL, {"delete": "true"})
    assert made.outputs == {"delete": "true", "stdout": "", "stderr": ""}


def test_secrets_stay_where_they_are(plugin):
    inputs = {"create": "cat", "stdin": Secret("hidden"), "environment": {"A": Secret("x"), "B": "y"}}
    made = plugin.create(LOCAL, inputs)
    assert made.outputs == inputs | {"stdout": "hidden", "stderr": ""}


def test_environment_interpreter_dir_and_stdin(plugin, tmp_path):
    inputs = {
        "create": "import os, sys; print(os.getcwd(), os.environ['A'], sys.stdin.read())",
        "interpreter": ["python3", "-c"],
        "dir": str(tmp_path),
        "environment": {"A": "a value; $(false)"},
        "stdin": "in\nput",
    }
    assert plugin.create(LOCAL, inputs).outputs["stdout"] == f"{tmp_path} a value; $(false) in\nput"


def test_runs_where_the_program_is(plugin, folder):
    assert plugin.create(LOCAL, {"create": "pwd"}).outputs["stdout"] == str(folder)


def test_stdin_that_nobody_reads(plugin):
    assert plugin.create(LOCAL, {"create": "true", "stdin": "x" * 1_000_000}).outputs["stdout"] == ""


def test_much_output(plugin):
    inputs = {"create": "head -c 3000000 /dev/zero | tr '\\0' x; echo done >&2", "logging": "none"}
    outputs = plugin.create(LOCAL, inputs).outputs
    assert (len(outputs["stdout"]), outputs["stderr"]) == (3_000_000, "done")


def test_a_preview_runs_nothing(plugin, tmp_path):
    inputs = {"create": f"touch {tmp_path}/ran"}
    made = plugin.create(LOCAL, inputs, preview=True)
    assert made.outputs == inputs | {"stdout": UNKNOWN, "stderr": UNKNOWN}
    existing = plugin.create(LOCAL, {"create": "echo one"})
    updated = plugin.update(existing, inputs, preview=True)
    assert updated.outputs == inputs | {"stdout": UNKNOWN, "stderr": UNKNOWN}
    assert not (tmp_path / "ran").exists()


def test_a_new_kind_of_input_leaves_the_results_known_in_a_preview(plugin):
    made = plugin.create(LOCAL, {"create": "echo one"})
    updated = plugin.update(made, {"create": "echo one", "delete": "true"}, preview=True)
    assert updated.outputs == {"create": "echo one", "delete": "true", "stdout": "one", "stderr": ""}


def test_updates_run_update_or_create_with_the_last_output(plugin):
    made = plugin.create(LOCAL, {"create": "echo made; echo warned >&2"})
    show = 'echo "$PULUMI_COMMAND_STDOUT+$PULUMI_COMMAND_STDERR"'
    with_update = plugin.update(made, {"create": "false", "update": show})
    assert with_update.outputs["stdout"] == "made+warned"
    with_create = plugin.update(with_update, {"create": show})
    assert with_create.outputs["stdout"] == "made+warned+"
    without = plugin.update(made, {"create": show, "addPreviousOutputInEnv": False})
    assert without.outputs["stdout"] == "+"
    neither = plugin.update(made, {"delete": "true"})
    assert neither.outputs == {"delete": "true", "stdout": "made", "stderr": "warned"}


def test_delete_runs_with_the_last_output(plugin, tmp_path):
    made = plugin.create(
        LOCAL,
        {
            "create": "echo made",
            "delete": f'echo "$PULUMI_COMMAND_STDOUT $A" > {tmp_path}/deleted',
            "environment": {"A": Secret("1")},
        },
    )
    plugin.delete(made)
    assert (tmp_path / "deleted").read_text() == "made 1\n"
    plugin.delete(plugin.create(LOCAL, {"create": "true"}))


def test_differences_name_the_changed_key(plugin):
    inputs = {
        "create": "true",
        "environment": {"A": "1", "B": "2"},
        "stdin": Secret("one"),
        "triggers": [1, {"a": "b"}],
        "delete": "true",
    }
    made = plugin.create(LOCAL, inputs)
    assert plugin.diff(made, inputs).changes == NONE
    changed = inputs | {"environment": {"A": "1", "B": "3", "c.d": "4"}, "stdin": Secret("two"), "update": "true"}
    del changed["delete"]
    answer = plugin.diff(made, changed)
    assert kinds(answer) == {
        "environment.B": UPDATE,
        'environment["c.d"]': ADD,
        "stdin": UPDATE,
        "update": ADD,
        "delete": DELETE,
    }
    assert list(answer.replaces) == []


@pytest.mark.parametrize("triggers", [[2], [1, 2], [], [UNKNOWN], None])
def test_triggers_replace(plugin, triggers):
    made = plugin.create(LOCAL, {"create": "true", "triggers": [1]})
    answer = plugin.diff(made, {"create": "true", "triggers": triggers})
    assert list(answer.replaces) == ["triggers"]
    assert not answer.deleteBeforeReplace


def test_an_asset_as_a_trigger_counts_by_its_hash(plugin):
    made = plugin.create(LOCAL, {"create": "true", "triggers": [Asset("aa", path="/one")]})
    assert plugin.diff(made, {"create": "true", "triggers": [Asset("aa", path="/two")]}).changes == NONE
    assert kinds(plugin.diff(made, {"create": "true", "triggers": [Asset("bb", path="/one")]})) == {
        "triggers[0]": UPDATE_REPLACE
    }


def test_a_value_that_becomes_secret_is_a_change(plugin):
    made = plugin.create(LOCAL, {"create": "cat", "stdin": "text"})
    assert kinds(plugin.diff(made, {"create": "cat", "stdin": Secret("text")})) == {"stdin": UPDATE}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"create": "echo out; echo err >&2; exit 3"}, 'exit status 3: running "echo out; echo err >&2; exit 3":\n'),
        ({"create": "kill -9 $$"}, 'signal: killed: running "kill -9 $$":\n'),
        (
            {"create": "true", "dir": "/does/not/exist"},
            'chdir /does/not/exist: no such file or directory: running "true"',
        ),
        ({"create": "x", "interpreter": ["/no/such"]}, 'fork/exec /no/such: no such file or directory: running "x"'),
    ],
)
def test_failures(plugin, inputs, message):
    with pytest.raises(grpc.RpcError) as error:
        plugin.create(LOCAL, inputs)
    assert error.value.details().startswith(message)


def test_a_failure_shows_both_streams(plugin):
    with pytest.raises(grpc.RpcError) as error:
        plugin.create(LOCAL, {"create": "echo out; echo err >&2; exit 1", "logging": "none"})
    assert sorted(error.value.details().split(":\n", 1)[1].splitlines()) == ["err", "out"]


def test_a_timeout_ends_the_command_and_its_children(plugin, tmp_path):
    command = f"sleep 1000 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(grpc.RpcError, match="context deadline exceeded"):
        plugin.create(LOCAL, {"create": command}, timeout=1)
    assert_gone(int((tmp_path / "pid").read_text()))


def test_cancelling_ends_the_command(tmp_path):
    os.mkfifo(tmp_path / "started")
    failures = []
    with running_plugin("command", tmp_path) as client:

        def create():
            with pytest.raises(grpc.RpcError) as error:
                client.create(LOCAL, {"create": "echo $$ > started; exec sleep 1000"})
            failures.append(error.value.details())

        thread = threading.Thread(target=create)
        thread.start()
        pid = int((tmp_path / "started").read_text())
        client.cancel()
        thread.join(60)
        assert_gone(pid)
    assert failures[0].startswith("context canceled")


def assert_gone(pid):
    deadline = time.monotonic() + 30
    status = Path(f"/proc/{pid}/status")
    while status.exists() and "State:\tZ" not in status.read_text():
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError("the command was left running")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({"creat": "x"}, "creat: Unrecognized field 'creat' on 'local.CommandInputs'"),
        ({"create": 1}, "create: Field 'create' on 'local.CommandInputs' must be a 'string'; got 'int' instead"),
        ({"environment": {"A": 1}}, "environment: Field 'environment' on 'local.CommandInputs' must be a"),
        ({"logging": "loud"}, "logging: Field 'logging' on 'local.CommandInputs' must be one of stdout, stderr,"),
    ],
)
def test_check_failures(plugin, inputs, failure):
    (found,) = plugin.check(LOCAL, inputs)[1]
    assert found.startswith(failure)


def test_unknown_inputs_pass_the_check(plugin):
    inputs = {"create": UNKNOWN, "environment": {"A": UNKNOWN}, "stdin": Secret(UNKNOWN), "triggers": [UNKNOWN]}
    assert plugin.check(LOCAL, inputs) == (inputs, [])


@pytest.fixture
def tree(tmp_path):
    for name in ("assets/logos/logo.svg", "src/index.js", "src/secret.js", "src/deep/more.js", "top.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        (["assets/**", "src/**.js", "!**secret.*"], ["assets/logos/logo.svg", "src/deep/more.js", "src/index.js"]),
        (["*"], ["top.txt"]),
        (["src/*.js"], ["src/index.js", "src/secret.js"]),
        (["src/{index,secret}.js", "t[a-p]p.tx?"], ["src/index.js", "src/secret.js", "top.txt"]),
        (["t[!o]p.txt"], []),
    ],
)
def test_asset_paths(plugin, tree, globs, names):
    outputs = plugin.create(LOCAL, {"create": "true", "dir": str(tree), "assetPaths": globs}).outputs
    assert outputs["assets"] == {
        name: Asset(hashlib.sha256(name.encode()).hexdigest(), path=str(tree / name)) for name in names
    }


def test_archive_paths(plugin, tree):
    outputs = plugin.create(LOCAL, {"create": "true", "dir": str(tree), "archivePaths": ["src/*.js"]}).outputs
    assert isinstance(outputs["archive"], Archive)
    assert set(outputs["archive"].assets) == {"src/index.js", "src/secret.js"}
    assert len(outputs["archive"].hash) == 64


def test_the_hash_of_an_archive_is_that_of_a_tar_file(tmp_path, monkeypatch):
    """The same bytes are readable as a tar file with these names, sizes and modes."""
    long = "a" * 60 + "/" + "b" * 60
    for name, content in (("x", b"content"), (long, b"")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    written = io.BytesIO()
    real = hashlib.sha256

    class Spy:
        def __init__(self):
            self.digest = real()

        def update(self, content):
            written.write(content)
            self.digest.update(content)

        def hexdigest(self):
            return self.digest.hexdigest()

    monkeypatch.setattr("tools.plugins.command.files.hashlib.sha256", Spy)
    archive = asset_archive({name: Asset(path=str(tmp_path / name)) for name in ("x", long)})
    assert archive.hash == real(written.getvalue()).hexdigest()
    written.seek(0)
    with tarfile.open(fileobj=written) as tar:
        assert [(item.name, item.size, item.mode, item.mtime) for item in tar] == [
            (long, 0, 0o600, 0),
            ("x", 7, 0o600, 0),
        ]
    assert len(written.getvalue()) == 512 + 1024 + 1024


def test_run_is_a_function(plugin):
    result = plugin.invoke(RUN, {"command": "cat; echo $A", "stdin": "in ", "environment": {"A": "b"}})
    assert (result["stdout"], result["stderr"], result["command"]) == ("in b", "", "cat; echo $A")
    with pytest.raises(grpc.RpcError, match="exit status 4"):
        plugin.invoke(RUN, {"command": "exit 4"})
    with pytest.raises(grpc.RpcError, match=r"Missing required field 'command' on 'local.RunInputs'"):
        plugin.invoke(RUN, {})


@pytest.mark.parametrize(
    ("logging", "shown"),
    [
        (None, ["err", "one", "two"]),
        ("stdoutAndStderr", ["err", "one", "two"]),
        ("stdout", ["one", "two"]),
        ("stderr", ["err"]),
        ("none", []),
    ],
)
def test_logging(tmp_path, logging, shown):
    with listening_engine() as engine, running_plugin("command", tmp_path, engine.address) as client:
        made = client.create(LOCAL, {"create": "echo one; printf two; echo err >&2", "logging": logging})
        assert (made.outputs["stdout"], made.outputs["stderr"]) == ("one\ntwo", "err")
    assert sorted(engine.said) == [(1, text, made.urn, True) for text in shown]
