"""Outputs that a cloud would compute: by the name of the property, else by its kind.

Reads: `subject`, `naming`, `types`.
Makes: `value`.
"""

import re
from collections.abc import Callable

from tools.plugins.base.diff import Path
from tools.plugins.base.values import Value
from tools.plugins.recording import naming
from tools.plugins.recording.subject import ACCOUNT, PROJECT, SUBSCRIPTION, Subject
from tools.plugins.recording.types import Kind, Type

_TIME = "2026-01-01T00:00:00Z"
_DEPTH = 6
"""Objects in objects that are made at most: some types contain themselves."""


def value(subject: Subject, path: Path, declared: Type, *, required: bool) -> Value:
    """A value for the property at a path; None if it may be absent and its name says nothing."""
    made = _named(subject, path, declared, required=required)
    if made is not None or not required:
        return made
    if declared.values:
        return declared.values[0]
    if declared.kind is Kind.STRING:
        return f"{path[-1]}-{subject.digest(*path)[:8]}"
    if declared.kind is Kind.OBJECT:
        return _object(subject, path, declared)
    if declared.kind is Kind.UNION:
        return value(subject, path, declared.of[0], required=True)
    return {Kind.INTEGER: 1, Kind.NUMBER: 1, Kind.BOOLEAN: False, Kind.LIST: []}.get(declared.kind, {})


def _object(subject: Subject, path: Path, declared: Type) -> Value:
    properties = subject.description.objects[declared.name]
    if len(path) > _DEPTH:
        return {}
    made = {name: value(subject, (*path, name), each.type, required=each.required) for name, each in properties.items()}
    return {name: each for name, each in made.items() if each is not None}


def _named(subject: Subject, path: Path, declared: Type, *, required: bool) -> Value:
    """What the name of a property asks for; a list of texts gets one element."""
    if declared.kind is Kind.LIST:
        element = _named(subject, path, declared.of[0], required=required)
        # Lists of ids or names are filled by what refers to them.
        return [element] if element is not None and re.search("(?i)address|cidr", str(path[-1])) else None
    if declared.kind not in (Kind.STRING, Kind.INTEGER):
        return None
    name = str(path[-1])
    for pattern, make in (*_COMPUTED, *_TYPICAL) if required else _COMPUTED:
        if pattern.fullmatch(name):
            made = make(subject, path)
            return made if isinstance(made, str) is (declared.kind is Kind.STRING) else None
    return None


def _part_id(subject: Subject, path: Path) -> str | None:
    """The id of a part of an Azure resource, such as a load balancer's pool: its list and name under the resource's."""
    if subject.plugin != "azure-native" or len(path) == 1:
        return None
    return "/".join([naming.identity(subject), *(str(part) for part in path[:-1])])


def _reference(subject: Subject, path: Path) -> str:
    """An id of another resource, such as a VPC's main route table."""
    digest = subject.digest(*path)
    return f"{re.sub('Id$', '', str(path[-1]))}-{digest[:17]}" if subject.plugin == "aws" else subject.uuid(*path)


def _self_link(subject: Subject, _: Path) -> str:
    return f"https://www.googleapis.com/compute/v1/{naming.identity(subject)}"


def _instance_group(subject: Subject, path: Path) -> str:
    return _self_link(subject, path).replace("instanceGroupManagers", "instanceGroups")


def _ipv6_block(subject: Subject, _: Path) -> str:
    return subject.ipv6_block(56 if subject.type == "Vpc" else 64)


def _dns_name(subject: Subject, path: Path) -> str:
    return f"{subject.own_name}-{subject.digest(*path)[:16]}.{subject.region}.example.com"


def _public_address(subject: Subject, path: Path) -> str:
    version = str(subject.inputs.get("ipVersion") or subject.inputs.get("publicIPAddressVersion") or "")
    if version.upper() == "IPV6":
        return subject.ipv6(path)
    inside = subject.inputs.get("addressType") == "INTERNAL"
    return subject.private_ipv4(path) if inside else subject.public_ipv4(path)


def _azure_type(subject: Subject, path: Path) -> str | None:
    return naming.azure_type(subject) if subject.plugin == "azure-native" and len(path) == 1 else None


def _rule(pattern: str, make: Callable[[Subject, Path], Value]) -> tuple["re.Pattern[str]", Callable[..., Value]]:
    return re.compile(pattern), make


_COMPUTED = (
    _rule("id", _part_id),
    _rule("(?i).*ipv6.*address(es)?", lambda subject, path: subject.ipv6(path)),
    _rule(
        "(?i)private_?ip(v4)?(address)?(es)?|networkIp|ipv4AddressPrivate",
        lambda subject, path: subject.private_ipv4(path),
    ),
    _rule("(?i)(public|nat)?ip(v4)?(address)?|address", _public_address),
    _rule("selfLink", _self_link),
)
"""Computed also where the package calls the property optional."""
_TYPICAL = (
    _rule("id", lambda subject, _: naming.identity(subject)),
    _rule("arn", lambda subject, _: naming.arn(subject)),
    _rule("name", lambda subject, path: subject.own_name if len(path) == 1 else None),
    _rule("(?i).*ipv6(cidr)?(block|range|prefix)s?", _ipv6_block),
    _rule("(?i)(dnsName|fqdn|(public|private)Dns)", _dns_name),
    _rule("instanceGroup", _instance_group),
    _rule("region|location", lambda subject, _: subject.region),
    _rule("zone|availabilityZone", lambda subject, _: subject.region + ("-a" if subject.plugin == "gcp" else "a")),
    _rule("project", lambda subject, _: subject.config.get("project") or PROJECT),
    _rule("subscriptionId", lambda *_: SUBSCRIPTION),
    _rule("accountId|ownerId", lambda *_: ACCOUNT),
    _rule("zoneId|hostedZoneId", lambda subject, path: f"Z{subject.digest(*path)[:20].upper()}"),
    _rule("latestVersion|defaultVersion", lambda *_: 1),
    _rule("instanceId", lambda subject, path: str(subject.number("instance", 10**18, 9 * 10**18))),
    _rule("dropletUrn|urn", lambda subject, _: f"do:{subject.type.lower()}:{naming.identity(subject)}"),
    _rule("vmId|uniqueId|resourceGuid", lambda subject, path: subject.uuid(*path)),
    _rule("type", _azure_type),
    _rule("provisioningState", lambda *_: "Succeeded"),
    _rule("createdAt|creationTimestamp|timeCreated", lambda *_: _TIME),
    _rule("stdout|stderr", lambda *_: ""),
    _rule(".+Id", _reference),
)
"""How properties of these names look; the first that fits."""
