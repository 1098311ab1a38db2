"""The engine's wire format: property maps as protobuf Structs with signature keys for what JSON cannot say.

Reads: `values`.
Makes: `decode` and `encode`, inverse to each other, but an Output becomes a secret, an unknown or its plain value.
"""

from collections.abc import Mapping

from google.protobuf import struct_pb2

from tools.plugins.base.values import UNKNOWN, Archive, Asset, Props, ResourceReference, Secret, Unknown, Value

# The signatures and the sentinels are part of Pulumi's protocol (sdk/go/common/resource).
SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a protocol constant
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def decode(struct: struct_pb2.Struct) -> Props:
    """Turn a property map from the wire into plain values."""
    return {key: _decode_value(value) for key, value in struct.fields.items()}


def encode(props: Mapping[str, Value]) -> struct_pb2.Struct:
    """Turn a property map into its wire form."""
    struct = struct_pb2.Struct()
    for key, value in props.items():
        _encode_value(value, struct.fields[key])
    return struct


def _decode_value(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWNS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_object(decode(value.struct_value))
    return None


def _decode_object(fields: Props) -> Value:
    signature = fields.get(SIGNATURE)
    if signature is None:
        return fields
    if signature == SECRET:
        return Secret(fields.get("value"))
    if signature == ASSET:
        return Asset(fields.get("hash") or "", fields.get("text"), fields.get("path"), fields.get("uri"))
    if signature == ARCHIVE:
        return Archive(fields.get("hash") or "", fields.get("assets"), fields.get("path"), fields.get("uri"))
    if signature == RESOURCE:
        # A known component has no id at all; an empty id is how older engines say that it is not known yet.
        identity = fields.get("id")
        return ResourceReference(
            fields["urn"], UNKNOWN if identity == "" else identity, fields.get("packageVersion") or ""
        )
    if signature == OUTPUT:
        inner = fields.get("value", UNKNOWN)
        return Secret(inner) if fields.get("secret") else inner
    raise ValueError(f"unknown signature {signature!r} in a property value")


def _encode_value(value: Value, out: struct_pb2.Value) -> None:
    if value is None:
        out.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int | float):
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, Unknown):
        out.string_value = UNKNOWN_STRING
    elif isinstance(value, Mapping):
        _encode_object(value, out)
    elif isinstance(value, list | tuple):
        out.list_value.SetInParent()
        for item in value:
            _encode_value(item, out.list_value.values.add())
    else:
        _encode_object(_signed(value), out)


def _encode_object(fields: Mapping[str, Value], out: struct_pb2.Value) -> None:
    out.struct_value.SetInParent()
    for key, item in fields.items():
        _encode_value(item, out.struct_value.fields[key])


def _signed(value: Value) -> dict[str, Value]:
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": value.value}
    if isinstance(value, Asset):
        return {SIGNATURE: ASSET, "hash": value.hash} | _present(text=value.text, path=value.path, uri=value.uri)
    if isinstance(value, Archive):
        return {SIGNATURE: ARCHIVE, "hash": value.hash} | _present(assets=value.assets, path=value.path, uri=value.uri)
    if isinstance(value, ResourceReference):
        version = value.package_version or None
        return {SIGNATURE: RESOURCE, "urn": value.urn} | _present(id=value.id, packageVersion=version)
    raise TypeError(f"a {type(value).__name__} is not a property value")


def _present(**fields: Value) -> dict[str, Value]:
    return {key: item for key, item in fields.items() if item is not None}
