"""The engine's end of a plugin's messages."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc


@dataclass
class Messages(engine_pb2_grpc.EngineServicer):
    """What was said: (severity, message, urn, ephemeral) each."""

    address: str = ""
    said: list[tuple[int, str, str, bool]] = field(default_factory=list)

    def Log(self, request: Any, _: Any) -> Any:  # noqa: N802  the protocol's name
        self.said.append((request.severity, request.message, request.urn, request.ephemeral))
        return empty_pb2.Empty()


@contextmanager
def listening_engine() -> Iterator[Messages]:
    """Serve the part of the engine that plugins talk to."""
    messages, server = Messages(), grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(messages, server)
    messages.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield messages
    finally:
        server.stop(None).wait()
