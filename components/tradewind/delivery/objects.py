"""The second reader of the in-cluster objects: resources that own them once the first controller has applied them.

Reads: the same list that bootstrap.service applies. Makes: one resource per object, which adopts it by server-side
apply, so that every later change shows in a preview.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from tradewind import naming
from tradewind.serialize import Object

_ADOPT = {"pulumi.com/patchForce": "true"}
"""Takes over the fields that bootstrap.service applied under its own name."""


class ClusterObjects(pulumi.ComponentResource):
    """Objects in the cluster, each by a resource of its own kind."""

    def __init__(
        self,
        name: str,
        objects: Iterable[Object],
        token_secret: pulumi.Output[Object],
        provider: kubernetes.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Own `objects`, and the Secret of the bootstrap token, through `provider`."""
        super().__init__("tradewind:index:ClusterObjects", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, provider=provider, version=_version())
        for each in objects:
            metadata = each["metadata"]
            resource_name = naming.api_object(name, each["kind"], metadata.get("namespace"), metadata["name"])
            _Object(resource_name, each, {"metadata": _adopting(metadata)}, child)
        _token(naming.child(name, "bootstrap-token"), token_secret, child)
        self.register_outputs({})


class _Object(pulumi.CustomResource):
    """An object of any kind, under the type token that the kubernetes package gives the kind."""

    def __init__(
        self, name: str, each: Object, props: dict[str, pulumi.Input[object]], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(_type_token(each["apiVersion"], each["kind"]), name, {**_properties(each), **props}, opts)


def _token(name: str, secret: pulumi.Output[Object], opts: pulumi.ResourceOptions) -> None:
    """The token's Secret. Its name holds the token's id, which is public; only its data is secret."""
    metadata = pulumi.Output.unsecret(secret.apply(lambda known: _adopting(known["metadata"])))
    kind = {"apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token"}
    _Object(name, kind, {"metadata": metadata, "data": secret.apply(lambda known: known["data"])}, opts)


def _adopting(metadata: Object) -> Object:
    return {**metadata, "annotations": {**metadata.get("annotations", {}), **_ADOPT}}


def _properties(fields: Object) -> dict[str, Any]:
    """Fields under the kubernetes package's names of properties, which have no dashes: `x_kubernetes_...`."""
    return {_property(key): _value(each) for key, each in fields.items()}


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        return _properties(value)
    return [_value(each) for each in value] if isinstance(value, list) else value


def _property(key: str) -> str:
    return key.replace("-", "_") if key.startswith("x-kubernetes-") else key


def _type_token(api_version: str, kind: str) -> str:
    """The kubernetes package's token of a kind; the core group, which has no name, is called core there."""
    group = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group}:{kind}"


def _version() -> str:
    """Version of the kubernetes package, so that the engine asks for no other plugin."""
    return version("pulumi-kubernetes")
