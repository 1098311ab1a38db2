"""The engine's ResourceProvider service, translated to and from a `Provider`.

Reads: `resource`, `wire`; protobuf requests.
Makes: `Service`, the gRPC servicer.
"""

import json
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tools.plugins.base.diff import Difference, format_path
from tools.plugins.base.engine import EngineLog
from tools.plugins.base.errors import PluginError, ResourceInitError
from tools.plugins.base.resource import (
    CheckCall,
    Checked,
    CreateCall,
    DeleteCall,
    DiffCall,
    Provider,
    ReadCall,
    Resource,
    UpdateCall,
)
from tools.plugins.base.wire import decode, encode

Handler = TypeVar("Handler", bound=Callable[..., Any])
Message = Any
"""A protobuf message or a gRPC context; their generated types say no more."""


def answers(method: Handler) -> Handler:
    """Turn what a step raises into a gRPC error whose details are the message for the user."""

    @wraps(method)
    def run(self: "Service", request: Message, context: Message) -> Message:
        try:
            return method(self, request, context)
        except ResourceInitError as error:
            _abort_with_state(context, error, getattr(request, "news", None) or getattr(request, "properties", None))
        except PluginError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:  # the process must outlive a bug in one step
            traceback.print_exc(file=sys.stderr)
            context.abort(grpc.StatusCode.INTERNAL, f"bug in the plugin: {type(error).__name__}: {error}")

    return run  # type: ignore[return-value]


class Service(provider_pb2_grpc.ResourceProviderServicer):
    """One engine's calls to one provider."""

    def __init__(self, provider: Provider, log: EngineLog) -> None:
        self._provider = provider
        self._log = log

    @answers
    def Handshake(self, request: Message, _: Message) -> Message:  # noqa: N802  the protocol's names, as below
        """Agree on what the engine may send."""
        if request.engine_address:
            self._log.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=self._provider.accepts_secrets,
            accept_resources=True,
            accept_outputs=False,
            supports_autonaming_configuration=self._provider.autonames,
        )

    @answers
    def Attach(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Learn the engine's address."""
        self._log.attach(request.address)
        return empty_pb2.Empty()

    @answers
    def GetPluginInfo(self, _request: Message, _: Message) -> Message:  # noqa: N802
        """Say the version."""
        return plugin_pb2.PluginInfo(version=self._provider.version)

    @answers
    def GetSchema(self, _request: Message, _: Message) -> Message:  # noqa: N802
        """Give the names of the package; its full schema is in the SDKs that users install."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(self._provider.schema()))

    @answers
    def GetMapping(self, _request: Message, _: Message) -> Message:  # noqa: N802
        """Answer that there is no mapping for converters."""
        return provider_pb2.GetMappingResponse()

    @answers
    def Cancel(self, _request: Message, _: Message) -> Message:  # noqa: N802
        """Tell the steps under way to stop."""
        self._provider.engine.cancelled.set()
        return empty_pb2.Empty()

    @answers
    def CheckConfig(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Validate the provider's inputs."""
        return _checked(self._provider.check_config(_check_call(request)))

    @answers
    def DiffConfig(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Compare the provider's inputs."""
        return _difference(self._provider.diff_config(_diff_call(request)))

    @answers
    def Configure(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Take the provider's inputs."""
        self._provider.configure(decode(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=self._provider.accepts_secrets,
            supportsPreview=True,
            acceptResources=True,
            acceptOutputs=False,
            supports_autonaming_configuration=self._provider.autonames,
        )

    @answers
    def Check(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Validate a resource's inputs."""
        return _checked(self._resource(request).check(_check_call(request)))

    @answers
    def Diff(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Compare a resource's state with its inputs."""
        return _difference(self._resource(request).diff(_diff_call(request)))

    @answers
    def Create(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Make a resource, or say what it would be."""
        made = self._resource(request).create(
            CreateCall(request.urn, _name(request), decode(request.properties), request.preview, request.timeout)
        )
        return provider_pb2.CreateResponse(id=made.id, properties=encode(made.outputs))

    @answers
    def Read(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Look a resource up."""
        call = ReadCall(
            request.urn, _name(request), request.id, decode(request.properties), decode(request.inputs), request.timeout
        )
        found = self._resource(request).read(call)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=found.id, properties=encode(found.outputs), inputs=encode(found.inputs))

    @answers
    def Update(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Change a resource in place, or say what it would become."""
        outputs = self._resource(request).update(
            UpdateCall(
                request.urn,
                _name(request),
                request.id,
                decode(request.olds),
                decode(request.old_inputs),
                decode(request.news),
                request.preview,
                request.timeout,
                tuple(request.ignoreChanges),
            )
        )
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    @answers
    def Delete(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Remove a resource."""
        self._resource(request).delete(
            DeleteCall(
                request.urn,
                _name(request),
                request.id,
                decode(request.properties),
                decode(request.old_inputs),
                request.timeout,
            )
        )
        return empty_pb2.Empty()

    @answers
    def Invoke(self, request: Message, _: Message) -> Message:  # noqa: N802
        """Call a function."""
        result = self._provider.function(request.tok)(decode(request.args))
        return provider_pb2.InvokeResponse(**{"return": encode(result)})

    def _resource(self, request: Message) -> Resource:
        return self._provider.resource(request.type or request.urn.split("::")[2].rsplit("$", 1)[-1])


def _name(request: Message) -> str:
    return str(request.name or request.urn.rsplit("::", 1)[-1])


def _check_call(request: Message) -> CheckCall:
    return CheckCall(
        urn=request.urn,
        name=_name(request),
        news=decode(request.news),
        olds=decode(request.olds),
        seed=request.randomSeed,
        autoname=request.autonaming.proposed_name if request.HasField("autonaming") else "",
        autoname_off=request.HasField("autonaming") and request.autonaming.mode == request.autonaming.DISABLE,
    )


def _checked(answer: Checked) -> Message:
    failures = [
        provider_pb2.CheckFailure(property=failure.property, reason=failure.reason) for failure in answer.failures
    ]
    return provider_pb2.CheckResponse(inputs=encode(answer.inputs), failures=failures)


def _diff_call(request: Message) -> DiffCall:
    return DiffCall(
        urn=request.urn,
        name=_name(request),
        id=request.id,
        outputs=decode(request.olds),
        old_inputs=decode(request.old_inputs),
        news=decode(request.news),
        ignore=tuple(request.ignoreChanges),
    )


def _difference(answer: Difference) -> Message:
    some = provider_pb2.DiffResponse.DIFF_SOME if answer.changes else provider_pb2.DiffResponse.DIFF_NONE
    response = provider_pb2.DiffResponse(
        changes=some,
        replaces=answer.replaces,
        diffs=answer.names,
        stables=answer.stables,
        deleteBeforeReplace=answer.delete_first,
        hasDetailedDiff=answer.detailed and bool(answer.changes),
    )
    for path, change in answer.changes.items() if answer.detailed else ():
        kind = change.kind.value + ("_REPLACE" if change.replace else "")
        entry = response.detailedDiff[format_path(path)]
        entry.kind = provider_pb2.PropertyDiff.Kind.Value(kind)
        entry.inputDiff = change.inputs
    return response


def _abort_with_state(context: Message, error: ResourceInitError, inputs: Message) -> NoReturn:
    from pulumi.runtime.proto import status_pb2  # noqa: PLC0415  only needed when a resource fails half way

    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.identity,
        properties=encode(error.outputs),
        reasons=error.reasons,
        inputs=inputs if error.inputs is None else encode(error.inputs),
    )
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=str(error))
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(error))
    raise AssertionError("abort always raises")
