"""The names that clouds give to resources without one, and the ids that resources get from their names.

Reads: `subject`.
Makes: `name_property`, `autoname`, `identity`.
"""

from collections.abc import Callable, Mapping

from tools.plugins.base.values import Value
from tools.plugins.recording.sources import snake
from tools.plugins.recording.subject import ACCOUNT, PROJECT, SUBSCRIPTION, Subject
from tools.plugins.recording.types import Description, Kind

_WITHOUT_AUTONAMES = ("command", "kubernetes")


def name_property(plugin: str, token: str, description: Description) -> str | None:
    """The input that names a resource and that its package makes up when it is not given; None if there is none."""
    if plugin in _WITHOUT_AUTONAMES:
        return None
    optional = [name for name, each in description.inputs.items() if _is_text(each.type.kind) and not each.required]
    if plugin != "azure-native":
        always_there = description.outputs.get("name")
        return "name" if "name" in optional and always_there and always_there.required else None
    # Names of parents are required there; the own one is called after the type, more or less.
    words = set(snake(token.rpartition(":")[2]).split("_"))
    own = sorted((name for name in optional if name.endswith("Name")), key=lambda name: -len(words & _words(name)))
    return own[0] if own else None


def _is_text(kind: Kind) -> bool:
    return kind is Kind.STRING


def _words(name: str) -> set[str]:
    return set(snake(name).split("_"))


def autoname(plugin: str, name: str, digest: str) -> str:
    """A name for the resource that the program calls `name`."""
    return f"{name}{digest[:8]}" if plugin == "azure-native" else f"{name}-{digest[:7]}"


def identity(subject: Subject) -> str:
    """The id in the form of the subject's cloud."""
    return _IDENTITIES[subject.plugin](subject)


_AWS_PREFIXES = {
    "Eip": "eipalloc",
    "EgressOnlyInternetGateway": "eigw",
    "Instance": "i",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "NatGateway": "nat",
    "NetworkInterface": "eni",
    "Route": "r",
    "RouteTable": "rtb",
    "RouteTableAssociation": "rtbassoc",
    "SecurityGroup": "sg",
    "SecurityGroupEgressRule": "sgr",
    "SecurityGroupIngressRule": "sgr",
    "Subnet": "subnet",
    "Vpc": "vpc",
    "VpcEndpoint": "vpce",
}
_AWS_NAMED = ("autoscaling", "iam", "keyPair")
"""Modules whose ids are names."""


def _aws(subject: Subject) -> str:
    if subject.type in _AWS_PREFIXES:
        return f"{_AWS_PREFIXES[subject.type]}-{subject.digest('id')[:17]}"
    if subject.module.startswith(("lb/", "alb/")):
        return arn(subject)
    if subject.type == "Record":
        return "_".join(str(subject.inputs.get(part, "")) for part in ("zoneId", "name", "type"))
    if subject.type == "Zone":
        return f"Z{subject.digest('id')[:20].upper()}"
    if any(part in _AWS_NAMED for part in subject.module.split("/")):
        return subject.own_name
    return f"{snake(subject.type).replace('_', '-')}-{subject.digest('id')[:17]}"


_AWS_SERVICES = {"lb": "elasticloadbalancing", "alb": "elasticloadbalancing", "vpc": "ec2"}


def arn(subject: Subject) -> str:
    """The Amazon Resource Name."""
    module = subject.module.partition("/")[0]
    service = _AWS_SERVICES.get(module, module)
    kind = snake(subject.type).replace("_", "-")
    tail = (
        f"{subject.own_name}/{subject.digest('arn')[:16]}" if service == "elasticloadbalancing" else identity(subject)
    )
    region = "" if service == "iam" else subject.region
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{_ARN_KINDS.get(kind, kind)}/{tail}"


_ARN_KINDS = {"load-balancer": "loadbalancer/net", "target-group": "targetgroup"}

_AZURE_NAMESPACES = {
    "dns": "Network",
    "privatedns": "Network",
    "monitor": "Insights",
    "managedidentity": "ManagedIdentity",
}
_AZURE_KINDS = {"zones": {"dns": "dnsZones"}, "privateZones": {"privatedns": "privateDnsZones"}}


def _azure(subject: Subject) -> str:
    if subject.type == "ResourceGroup":
        return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{subject.own_name}"
    module = subject.module.partition("/")[0]
    group = subject.inputs.get("resourceGroupName")
    head = f"/subscriptions/{SUBSCRIPTION}" + (f"/resourceGroups/{group}" if group else "")
    parents = [
        f"/{_azure_kind(module, name.removesuffix('Name'))}/{subject.inputs.get(name)}"
        for name, each in subject.description.inputs.items()
        if each.required and name.endswith("Name") and name != "resourceGroupName"
    ]
    kind = subject.inputs.get("recordType") or _azure_kind(module, subject.type)
    return f"{head}/providers/{_azure_namespace(module)}{''.join(parents)}/{kind}/{subject.own_name}"


def _azure_namespace(module: str) -> str:
    return f"Microsoft.{_AZURE_NAMESPACES.get(module, module.capitalize())}"


def _azure_kind(module: str, name: str) -> str:
    """The path segment of a type, such as virtualNetworks of VirtualNetwork."""
    kind = plural(name)
    return _AZURE_KINDS.get(kind, {}).get(module, kind)


def azure_type(subject: Subject) -> str:
    """What Azure calls the type, such as Microsoft.Network/virtualNetworks."""
    module = subject.module.partition("/")[0]
    return f"{_azure_namespace(module)}/{_azure_kind(module, subject.type)}"


def plural(name: str) -> str:
    """The plural of a type's name with a small first letter; publicIPAddresses of PublicIPAddress."""
    small = name[0].lower() + name[1:]
    if small.endswith("y"):
        return f"{small[:-1]}ies"
    return f"{small}es" if small.endswith(("s", "ch")) else f"{small}s"


def _google(subject: Subject) -> str:
    project = f"projects/{subject.inputs.get('project') or subject.config.get('project') or PROJECT}"
    if subject.type == "RecordSet":
        zone, name, kind = (subject.inputs.get(part) for part in ("managedZone", "name", "type"))
        return f"{project}/managedZones/{zone}/rrsets/{name}/{kind}"
    zone, region = subject.inputs.get("zone"), subject.inputs.get("region")
    place = f"zones/{zone}" if zone else f"regions/{region}" if region else "global"
    return f"{project}/{place}/{plural(subject.type.removeprefix('Global').removeprefix('Region'))}/{subject.own_name}"


_DIGITALOCEAN_NUMBERED = ("Droplet", "DnsRecord", "SshKey", "CustomImage")
_DIGITALOCEAN_NAMED = ("Tag", "Domain")


def _digitalocean(subject: Subject) -> str:
    if subject.type in _DIGITALOCEAN_NUMBERED:
        return str(subject.number("id", 400_000_000, 500_000_000))
    return subject.own_name if subject.type in _DIGITALOCEAN_NAMED else subject.uuid("id")


def _kubernetes(subject: Subject) -> str:
    metadata: Mapping[str, Value] = subject.inputs.get("metadata") or {}
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata.get('name')}" if namespace else str(metadata.get("name"))


_IDENTITIES: Mapping[str, Callable[[Subject], str]] = {
    "aws": _aws,
    "azure-native": _azure,
    "command": lambda subject: f"{subject.resource}{subject.digest('id')[:8]}",
    "digitalocean": _digitalocean,
    "gcp": _google,
    "kubernetes": _kubernetes,
    "matchbox": lambda subject: subject.own_name,
}
