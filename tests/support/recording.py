"""Components under Pulumi's mocks: everything that a program registers, as the engine would see it.

Reads: a program, a function without arguments. Makes: `Recording`. Nothing is asserted inside an apply: a program runs
to its end first, with every output settled, and tests look at what was recorded.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks

from tradewind.delivery.host_keys import READ_HOST_KEY

SECRET = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE = "4dabf18193072939515e22adb298388d"
VALIDITY_END = "2030-06-01T12:00:00.5+02:00"


@dataclass
class Registered:
    """One resource, or one component, in the order of registration."""

    urn: str
    type: str
    name: str
    parent: str
    """URN; empty at the top."""
    inputs: dict[str, Any]
    """Secrets unwrapped at every depth."""
    secrets: set[str]
    """Names of the inputs that are secret or hold a secret."""
    depends_on: set[str]
    request: Any
    """The whole request, for options that few tests look at."""


@dataclass
class Recording:
    """What a program registered, and what it returned."""

    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    """Outputs that components registered, by URN; secrets as `Secret`."""
    result: Any = None

    def __getitem__(self, name: str) -> Registered:
        """The only resource of that name, components aside."""
        (found,) = [each for each in self.resources if each.name == name and each.request.custom]
        return found

    def of_type(self, token: str) -> list[Registered]:
        return [each for each in self.resources if each.type == token]

    def component(self, token: str) -> Registered:
        """The only component of that type."""
        (found,) = self.of_type(token)
        return found

    def children(self, parent: Registered) -> list[Registered]:
        return [each for each in self.resources if each.parent == parent.urn]

    @property
    def urns(self) -> str:
        """Every URN, one a line, sorted."""
        return "".join(sorted(f"{each.urn}\n" for each in self.resources))


@dataclass(frozen=True)
class Secret:
    """A secret value in recorded outputs."""

    value: Any


Made = Callable[[mocks.MockResourceArgs], dict[str, Any]]
"""What a resource gives back beside its inputs."""
Called = Callable[[dict[str, Any]], dict[str, Any]]
"""What a function of a provider gives back for its arguments."""


def record(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    made: Mapping[str, Made] | None = None,
    calls: Mapping[str, Called] | None = None,
) -> Recording:
    """Run a program against mocks until every output is settled. What it raises, this raises.

    Args:
        program: what to run.
        preview: whether the engine would only look.
        made: outputs of resources of a platform, by type token.
        calls: the functions that the program may call, by token.
    """
    monitor = _Monitor(_Values({**_MADE, **(made or {})}, calls or {}))

    @pulumi.runtime.test
    def run() -> None:
        monitor.recording.result = program()

    with _event_loop():
        mocks.set_mocks(monitor.mocks, project="project", stack="stack", preview=preview, monitor=monitor)
        run()
    return monitor.recording


@contextmanager
def _event_loop() -> Iterator[None]:
    """An event loop for this thread that is closed at the end; Pulumi would leave one open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class _Monitor(mocks.MockMonitor):
    """Pulumi's mock monitor, keeping what it is asked."""

    def __init__(self, values: "_Values") -> None:
        super().__init__(values)
        self.recording = Recording()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine makes it: types of all parents but the stack."""
        types = [each for each in (parent.split("::")[2] if parent else "").split("$") if each]
        chain = "$".join([*(each for each in types if each != "pulumi:pulumi:Stack"), type_])
        return f"urn:pulumi:stack::project::{chain}::{name}"

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        with _event_loop():  # the engine is asked in threads of its own
            return super().Invoke(request)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        with _event_loop():
            response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            plain = json_format.MessageToDict(request.object)
            assert response.urn not in {each.urn for each in self.recording.resources}, f"twice: {response.urn}"
            self.recording.resources.append(
                Registered(
                    urn=response.urn,
                    type=request.type,
                    name=request.name,
                    parent=request.parent,
                    inputs=_reveal(plain),
                    secrets={key for key, value in plain.items() if _holds_secret(value)},
                    depends_on=set(request.dependencies),
                    request=request,
                )
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        values = json_format.MessageToDict(request.outputs)
        self.recording.outputs[request.urn] = {
            key: Secret(_reveal(value)) if _holds_secret(value) else value for key, value in values.items()
        }
        return super().RegisterResourceOutputs(request)


class _Values(mocks.Mocks):
    """Outputs that tell where they come from."""

    def __init__(self, made: Mapping[str, Made], calls: Mapping[str, Called]) -> None:
        self._made = made
        self._calls = calls

    def call(self, args: mocks.MockCallArgs) -> Any:
        assert args.token in self._calls, f"no function but {sorted(self._calls)} is called, but {args.token} was"
        return self._calls[args.token](args.args)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made = self._made.get(args.typ, lambda _: {})(args)
        return f"{args.name}-id", {**args.inputs, **made}


def _private_key(args: mocks.MockResourceArgs) -> dict[str, Any]:
    return {
        "privateKeyPem": _secret(f"key {args.name}"),
        "privateKeyOpenssh": _secret(f"openssh key {args.name}"),
        "publicKeyPem": f"public {args.name}",
        "publicKeyOpenssh": f"openssh public {args.name}\n",
    }


def _certificate(args: mocks.MockResourceArgs) -> dict[str, Any]:
    return {"certPem": f"cert {args.name}", "validityEndTime": VALIDITY_END}


def _local_command(args: mocks.MockResourceArgs) -> dict[str, Any]:
    identity = json.loads(args.inputs["environment"].get("TRADEWIND_MACHINE", "{}"))
    facts = {"id": f"id of {args.name}", "address": identity.get("address"), "hostKey": f"host key of {args.name}"}
    return {"stdout": f"progress\n{json.dumps(facts)}"}


def _remote_command(args: mocks.MockResourceArgs) -> dict[str, Any]:
    return {"stdout": f"host key of {args.name}\n" if args.inputs["create"] == READ_HOST_KEY else ""}


_MADE: dict[str, Made] = {
    "tls:index/privateKey:PrivateKey": _private_key,
    "tls:index/selfSignedCert:SelfSignedCert": _certificate,
    "tls:index/locallySignedCert:LocallySignedCert": _certificate,
    "tls:index/certRequest:CertRequest": lambda args: {"certRequestPem": f"csr {args.name}"},
    "random:index/randomString:RandomString": lambda args: {"result": "abc123"},
    "random:index/randomPassword:RandomPassword": lambda args: {
        "result": _secret("s" * int(args.inputs["length"])),
    },
    "command:local:Command": _local_command,
    "command:remote:Command": _remote_command,
}


def _secret(value: Any) -> Any:
    return {SIGNATURE: SECRET, "value": value}


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def _holds_secret(value: Any) -> bool:
    if _is_secret(value):
        return True
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds_secret(each) for each in entries)


def _reveal(value: Any) -> Any:
    if _is_secret(value):
        return _reveal(value["value"])
    if isinstance(value, dict):
        return {key: _reveal(each) for key, each in value.items()}
    return [_reveal(each) for each in value] if isinstance(value, list) else value
