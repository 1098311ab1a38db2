"""A plugin as its own process, talked to over gRPC the way the engine does."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tools.paths import CHECKOUT
from tools.plugins.base.wire import decode, encode

MAIN = CHECKOUT / "tools/plugins/base/main.py"
TIMEOUT_SECONDS = 60


@dataclass
class Made:
    """A created resource, as the engine keeps it."""

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Client:
    """The engine's side. Messages are sent with secrets and unknowns; errors are grpc.RpcError."""

    stub: Any
    process: "subprocess.Popen[str]"
    acceptance: dict[str, bool] = field(default_factory=dict)

    def check(self, token: str, inputs: dict[str, Any], name: str = "thing") -> tuple[dict[str, Any], list[str]]:
        """Check inputs; returns those for the state, and the failures as "property: reason"."""
        answer = self.stub.Check(provider_pb2.CheckRequest(urn=urn(token, name), news=encode(inputs)))
        return decode(answer.inputs), [f"{entry.property}: {entry.reason}" for entry in answer.failures]

    def create(
        self, token: str, inputs: dict[str, Any], name: str = "thing", *, preview: bool = False, timeout: float = 0
    ) -> Made:
        """Check and create."""
        checked, failures = self.check(token, inputs, name)
        assert failures == []
        request = provider_pb2.CreateRequest(
            urn=urn(token, name), properties=encode(checked), preview=preview, timeout=timeout
        )
        answer = self.stub.Create(request)
        return Made(urn(token, name), answer.id, checked, decode(answer.properties))

    def diff(self, made: Made, inputs: dict[str, Any]) -> Any:
        """Compare with other inputs; returns the protocol's answer."""
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=made.id,
                urn=made.urn,
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(self._checked(made, inputs)),
            )
        )

    def update(self, made: Made, inputs: dict[str, Any], *, preview: bool = False) -> Made:
        """Check and update."""
        checked = self._checked(made, inputs)
        request = provider_pb2.UpdateRequest(
            id=made.id,
            urn=made.urn,
            olds=encode(made.outputs),
            old_inputs=encode(made.inputs),
            news=encode(checked),
            preview=preview,
        )
        return Made(made.urn, made.id, checked, decode(self.stub.Update(request).properties))

    def read(self, token: str, identity: str, made: Made | None = None) -> Any:
        """Refresh a resource, or import one by its id."""
        return self.stub.Read(
            provider_pb2.ReadRequest(
                id=identity,
                urn=urn(token, "thing"),
                properties=encode(made.outputs) if made else None,
                inputs=encode(made.inputs) if made else None,
            )
        )

    def delete(self, made: Made) -> None:
        """Delete."""
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=made.id, urn=made.urn, properties=encode(made.outputs), old_inputs=encode(made.inputs)
            )
        )

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a function."""
        return decode(
            getattr(self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode(arguments))), "return")
        )

    def cancel(self) -> None:
        """Interrupt."""
        self.stub.Cancel(empty_pb2.Empty())

    def _checked(self, made: Made, inputs: dict[str, Any]) -> dict[str, Any]:
        checked, failures = self.check(made.urn.split("::")[2], inputs, made.urn.rpartition("::")[2])
        assert failures == []
        return checked


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::project::{token}::{name}"


@contextmanager
def running_plugin(name: str, folder: Path, engine: str = "") -> Iterator[Client]:
    """Start a plugin in a folder and stop it; engine is the address of an engine for its messages."""
    command = [sys.executable, "-I", "-S", str(MAIN), sysconfig.get_paths()["purelib"], name, engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.max_receive_message_length", -1)]) as channel:
                grpc.channel_ready_future(channel).result(TIMEOUT_SECONDS)
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
                yield Client(stub, process, {"secrets": answer.acceptSecrets, "preview": answer.supportsPreview})
        finally:
            process.terminate()
            process.wait(TIMEOUT_SECONDS)
