"""The way back from a plugin to the engine: messages for the user.

Reads: the engine's address.
Makes: `EngineLog`, the `Log` of a plugin process.
"""

import sys
import threading
from typing import Any

SEVERITIES = {"debug": 0, "info": 1, "warning": 2, "error": 3}
TIMEOUT_SECONDS = 10.0


class EngineLog:
    """Sends messages to the engine; to stderr while no engine is known."""

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._lock = threading.Lock()
        self._stub: Any = None

    def attach(self, address: str) -> None:
        """Use the engine at this address from now on."""
        with self._lock:
            self._address, self._stub = address, None

    def __call__(self, severity: str, message: str, *, urn: str = "", ephemeral: bool = False) -> None:
        """Send one message; see `resource.Log`. A message that cannot be sent goes to stderr, it fails no step."""
        import grpc  # noqa: PLC0415  most runs never log, and the engine's stubs cost start-up time
        from pulumi.runtime.proto import engine_pb2  # noqa: PLC0415

        stub = self._connect()
        if stub is None:
            print(f"{severity}: {message}", file=sys.stderr, flush=True)
            return
        request = engine_pb2.LogRequest(
            severity=SEVERITIES[severity],  # type: ignore[arg-type]  # the wire takes the number
            message=message.encode("utf-8", "replace").decode(),
            urn=urn,
            ephemeral=ephemeral,
        )
        try:
            stub.Log(request, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError:
            print(f"{severity}: {message}", file=sys.stderr, flush=True)

    def _connect(self) -> Any:  # noqa: ANN401  the generated stub has no type of its own
        with self._lock:
            if self._stub is None and self._address:
                import grpc  # noqa: PLC0415
                from pulumi.runtime.proto import engine_pb2_grpc  # noqa: PLC0415

                channel = grpc.insecure_channel(self._address, [("grpc.max_send_message_length", -1)])
                self._stub = engine_pb2_grpc.EngineStub(channel)
            return self._stub
