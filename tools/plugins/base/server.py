"""The gRPC side of a plugin process: the engine's ResourceProvider service over a `Provider`.

Reads: a `Provider`; the engine's requests.
Makes: `serve`, which prints the port on stdout (what the engine waits for) and runs until the engine is done with it.
"""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tools.plugins.base.engine import EngineLog
from tools.plugins.base.resource import Engine, Provider
from tools.plugins.base.service import Service

# One thread for each step under way: a step can wait for minutes, and threads are made only when needed.
THREADS = 256
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
PARENT_CHECK_SECONDS = 2.0
STOP_SECONDS = 2.0


def serve(provider: Provider, address: str) -> None:
    """Serve the provider to the engine at address ("" if it attaches later) until a signal or the end of the parent."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    log = EngineLog(address)
    provider.engine = Engine(log)
    server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Service(provider, log), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    parent = os.getppid()
    print(port, flush=True)
    while not done.wait(PARENT_CHECK_SECONDS) and os.getppid() == parent:
        pass
    provider.engine.cancelled.set()
    server.stop(grace=STOP_SECONDS).wait()
    os._exit(0)  # a thread that still waits for something outside must not keep the process
