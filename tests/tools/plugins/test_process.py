"""A plugin's process: what every plugin does on the wire, whatever its resources are."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from tests.support.engine_log import listening_engine
from tests.support.plugin_process import running_plugin, urn
from tools.plugins.base.engine import EngineLog
from tools.plugins.base.errors import CheckFailure, PluginError, ResourceInitError
from tools.plugins.base.resource import Checked, Created, Engine, Provider, Resource
from tools.plugins.base.service import Service
from tools.plugins.base.wire import decode, encode
from tools.plugins.versions import VERSIONS

REQUIREMENTS = Path(__file__).parents[3] / "requirements.txt"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    with running_plugin("random", tmp_path_factory.mktemp("random")) as client:
        yield client


def test_versions_are_those_of_the_python_packages():
    pins = dict(line.split("==") for line in REQUIREMENTS.read_text().splitlines() if "==" in line)
    assert {f"pulumi-{name}": version for name, version in VERSIONS.items()}.items() <= pins.items()


def test_says_its_version(plugin):
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == VERSIONS["random"]


def test_handshake_and_configure_agree(plugin):
    shake = plugin.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
    assert shake.accept_secrets is plugin.acceptance["secrets"] is False
    assert plugin.acceptance["preview"] is True


def test_attaches_to_an_engine(plugin):
    assert plugin.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1")) == empty_pb2.Empty()


def test_unknown_types_and_functions_are_errors(plugin):
    with pytest.raises(grpc.RpcError, match=r"unrecognized resource type .*: random:index/randomFoo:RandomFoo"):
        plugin.check("random:index/randomFoo:RandomFoo", {})
    with pytest.raises(grpc.RpcError, match=r"unrecognized function .*: random:index:foo"):
        plugin.invoke("random:index:foo", {})


def test_unknown_configuration_is_a_failure(plugin):
    request = provider_pb2.CheckRequest(
        urn=urn("pulumi:providers:random", "default"), news=encode({"version": "1", "foo": "x"})
    )
    answer = plugin.stub.CheckConfig(request)
    assert [entry.reason for entry in answer.failures] == [
        "`foo` is not a valid configuration key for the random provider"
    ]


def test_parameterize_is_not_offered(plugin):
    with pytest.raises(grpc.RpcError) as error:
        plugin.stub.Parameterize(provider_pb2.ParameterizeRequest())
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_ends_at_a_signal(tmp_path):
    with running_plugin("random", tmp_path) as client:
        client.process.send_signal(signal.SIGINT)
        assert client.process.wait(30) == 0


def test_ends_with_its_parent(tmp_path):
    """The engine may be killed: its plugins must not stay behind."""
    program = (
        "import sys, os\n"
        "from pathlib import Path\n"
        "from tests.support.plugin_process import running_plugin\n"
        "with running_plugin('random', Path(sys.argv[1])) as client:\n"
        "    print(client.process.pid, flush=True)\n"
        "    os._exit(0)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(REQUIREMENTS.parent)}
    result = subprocess.run(
        [sys.executable, "-c", program, tmp_path], env=environment, capture_output=True, text=True, check=True
    )
    plugin = Path("/proc", result.stdout.strip())
    deadline = time.monotonic() + 30
    while plugin.exists() and "State:\tZ" not in (plugin / "status").read_text():
        assert time.monotonic() < deadline, "the plugin outlived its parent"
        time.sleep(0.1)


class Thing(Resource):
    """A resource that fails in every way."""

    def check(self, call):
        return Checked(call.news, [CheckFailure("is wrong", "a")] if call.news.get("a") == "wrong" else [])

    def diff(self, call):
        raise PluginError("no diff")

    def create(self, call):
        if call.inputs["a"] == "half":
            raise ResourceInitError("not ready", identity="half-id", outputs={"a": "half"}, reasons=["one", "two"])
        if call.inputs["a"] == "bug":
            raise KeyError("missing")
        return Created("id", call.inputs)

    def update(self, call):
        return call.news

    def delete(self, call):
        raise PluginError("cannot")


class Things(Provider):
    name = "things"
    version = "1.2.3"

    def resources(self):
        return {"things:index:Thing": Thing()}


@pytest.fixture
def things():
    provider, log = Things(), EngineLog()
    provider.engine = Engine(log)
    server = grpc.server(ThreadPoolExecutor(2))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Service(provider, log), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()


def create(stub, value):
    return stub.Create(provider_pb2.CreateRequest(urn=urn("things:index:Thing", "a"), properties=encode({"a": value})))


def test_check_failures_name_the_property(things):
    request = provider_pb2.CheckRequest(urn=urn("things:index:Thing", "a"), news=encode({"a": "wrong"}))
    failure = things.Check(request).failures[0]
    assert (failure.property, failure.reason) == ("a", "is wrong")


def test_an_error_is_its_message(things):
    with pytest.raises(grpc.RpcError) as error:
        things.Diff(provider_pb2.DiffRequest(urn=urn("things:index:Thing", "a")))
    assert error.value.details() == "no diff"


def test_a_bug_fails_the_step_and_not_the_process(things, capfd):
    with pytest.raises(grpc.RpcError, match="bug in the plugin: KeyError"):
        create(things, "bug")
    assert "Traceback" in capfd.readouterr().err
    assert create(things, "fine").id == "id"


def test_a_resource_that_is_not_ready_is_kept(things):
    with pytest.raises(grpc.RpcError) as error:
        create(things, "half")
    trailer = dict(error.value.trailing_metadata())["grpc-status-details-bin"]
    detail = provider_pb2.ErrorResourceInitFailed()
    status_pb2.Status.FromString(trailer).details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == ("half-id", ["one", "two"])
    assert decode(detail.properties) == decode(detail.inputs) == {"a": "half"}


def test_messages_reach_the_engine():
    with listening_engine() as engine:
        log = EngineLog()
        log.attach(engine.address)
        log("warning", "careful", urn="urn:x", ephemeral=True)
    assert engine.said == [(2, "careful", "urn:x", True)]


def test_messages_without_an_engine_go_to_stderr(capfd):
    EngineLog()("info", "hello")
    assert capfd.readouterr().err == "info: hello\n"
