"""`AzureSpec`, and how the arguments of a cluster or a pool on Azure become one.

Pure. Reads: `AzureClusterArgs`, `AzureWorkerPoolArgs`. Makes: `AzureSpec`, or a `SpecError` with every problem. What
another resource makes is handed on as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Network
from typing import Any, cast

from tradewind.choices import Architecture
from tradewind.host.metadata import PODS_READ_METADATA
from tradewind.host.options import HostDelta
from tradewind.kubelet import Role
from tradewind.platforms.azure import rules
from tradewind.platforms.azure.choices import AzureDiskType, AzureEphemeralDisk, Family
from tradewind.platforms.azure.deltas import DELTAS
from tradewind.platforms.hosts import checked_cloud_spec, checked_pool_spec
from tradewind.spec import checks, fields
from tradewind.spec.cloud import CloudRules, CloudSpec, Pool
from tradewind.spec.fields import Field, list_of, plain
from tradewind.spec.rules import is_true
from tradewind.spec.snippets import Translate, no_translation

_TYPES = {
    (Role.CONTROLLER, Architecture.AMD64): "Standard_B2s",
    (Role.CONTROLLER, Architecture.ARM64): "Standard_B2pls_v2",
    (Role.WORKER, Architecture.AMD64): "Standard_D2as_v5",
    (Role.WORKER, Architecture.ARM64): "Standard_D2ps_v5",
}
_DISK_TYPES = {Role.CONTROLLER: AzureDiskType.PREMIUM_SSD, Role.WORKER: AzureDiskType.STANDARD_SSD}
_LONGEST_NAME = 30
"""A machine of a scale set is called `<cluster>-<pool>` with 8 characters for the set and 9 for itself, 64 in all."""
_SUBNET_PREFIX = 64


@dataclass(frozen=True, kw_only=True)
class AzureMachineSpec:
    """Settings of virtual machines."""

    type: str
    disk_type: AzureDiskType
    disk_size: int
    """GiB."""
    ephemeral_disk: AzureEphemeralDisk | None
    spot: bool
    image_id: Any = None
    """Late. None: the cluster's."""
    identity_ids: tuple[Any, ...] = ()
    """Late."""


@dataclass(frozen=True, kw_only=True)
class AzureSpec:
    """Everything that was chosen about a cluster on Azure."""

    cloud: CloudSpec[AzureMachineSpec]
    location: str
    dns_zone_group: str
    zones: tuple[str, ...]
    ipv6_cidr: IPv6Network | None
    """None: machines have no IPv6."""
    ipv6_load_balancing: bool
    http_load_balancing: bool
    encryption_at_host: bool
    azure_authorized_key: str | None
    pods_read_metadata: bool
    image_id: Any = None
    """Late. None: that of the marketplace."""
    virtual_network_id: Any = None
    """Late. None: the cluster makes a network."""
    disk_encryption_set_id: Any = None
    """Late. None: Azure's keys."""

    @property
    def delta(self) -> HostDelta:
        """The differences of its machines."""
        return DELTAS[self.pods_read_metadata][self.cloud.operating_system]

    @property
    def families(self) -> tuple[Family, ...]:
        """Versions of IP of the machines."""
        return (Family.IPV4,) if self.ipv6_cidr is None else (Family.IPV4, Family.IPV6)

    @property
    def balanced_families(self) -> tuple[Family, ...]:
        """Versions of IP that the load balancer takes."""
        return tuple(each for each in self.families if each is Family.IPV4 or self.ipv6_load_balancing)

    def subnet(self, role: Role) -> Mapping[Family, str]:
        """Ranges of the subnet of a role: half of the machines' IPv4 range, and a /64."""
        place = [Role.CONTROLLER, Role.WORKER].index(role)
        ranges: dict[Family, str] = {Family.IPV4: str(list(self.cloud.host_cidr.subnets(1))[place])}
        if self.ipv6_cidr is not None:
            first = int(self.ipv6_cidr.network_address) + (place << _SUBNET_PREFIX)
            ranges[Family.IPV6] = str(IPv6Network((first, _SUBNET_PREFIX)))
        return ranges

    @property
    def probes_nodes(self) -> bool:
        """Whether kube-proxy says on every worker whether its node is well."""
        cluster = self.cloud.cluster
        return cluster.kube_proxy and cluster.network.networking.value != "none"


def _machine(settings: Mapping[str, Any], role: Role, architecture: Architecture) -> AzureMachineSpec:
    ephemeral = settings.get("ephemeral_disk")
    # A disk of the host's has no kind of its own.
    kind = AzureDiskType.STANDARD_HDD if ephemeral else _DISK_TYPES[role]
    return AzureMachineSpec(
        type=settings.get("type", _TYPES[role, architecture]),
        disk_type=AzureDiskType(settings.get("disk_type", kind)),
        disk_size=settings.get("disk_size", 30),
        ephemeral_disk=AzureEphemeralDisk(ephemeral) if ephemeral else None,
        spot=settings.get("spot", False),
        image_id=settings.get("image_id"),
        identity_ids=tuple(settings.get("identity_ids", ())),
    )


_IMAGE_ID = checks.late(rules.resource_id("Microsoft.Compute/images", "Microsoft.Compute/galleries/images/versions"))
_IDENTITY_ID = checks.late(rules.resource_id("Microsoft.ManagedIdentity/userAssignedIdentities"))

RULES = CloudRules(
    title="Azure cluster",
    longest_name=_LONGEST_NAME,
    machine={
        "type": fields.field(rules.machine_size),
        "disk_type": fields.field(checks.member_of(AzureDiskType)),
        "disk_size": fields.field(checks.integer(30, 4095)),
        "ephemeral_disk": fields.field(checks.member_of(AzureEphemeralDisk)),
        "spot": fields.field(checks.boolean),
        "image_id": fields.field(_IMAGE_ID),
        "identity_ids": Field(list_of(_IDENTITY_ID, 0, 8)),
    },
    machine_of=_machine,
    own={
        "location": fields.field(rules.location, required=True),
        "dns_zone_group": fields.field(rules.resource_group, required=True),
        "image_id": fields.field(_IMAGE_ID),
        "zones": Field(list_of(checks.one_of(["1", "2", "3"]), 1, 3)),
        "virtual_network_id": fields.field(checks.late(rules.resource_id("Microsoft.Network/virtualNetworks"))),
        "ipv6_cidr": fields.field(rules.ipv6_range),
        "ipv6_load_balancing": fields.field(checks.boolean),
        "http_load_balancing": fields.field(checks.boolean),
        "encryption_at_host": fields.field(checks.boolean),
        "disk_encryption_set_id": fields.field(checks.late(rules.resource_id("Microsoft.Compute/diskEncryptionSets"))),
        "azure_authorized_key": fields.field(rules.rsa_key),
        PODS_READ_METADATA: fields.field(checks.boolean),
    },
    rules=rules.CROSS_RULES,
)


def azure_spec(args: Mapping[str, Any], translate: Translate = no_translation) -> AzureSpec:
    """The spec of a cluster's validated arguments.

    Args:
        args: `AzureClusterArgs`.
        translate: how snippets in Butane become Ignition.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    return _azure(checked_cloud_spec(args, RULES, DELTAS[is_true(args, PODS_READ_METADATA)], translate), args)


def azure_pool_spec(
    args: Mapping[str, Any], translate: Translate = no_translation
) -> tuple[AzureSpec, Pool[AzureMachineSpec]]:
    """The spec of a cluster with one pool, and the pool.

    Args:
        args: `AzureWorkerPoolArgs`.
        translate: how snippets in Butane become Ignition.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    cluster = args.get("cluster") if isinstance(args, Mapping) else None
    cloud, pool = checked_pool_spec(args, RULES, DELTAS[is_true(cluster, PODS_READ_METADATA)], translate)
    return _azure(cloud, args["cluster"]), pool


def _azure(cloud: CloudSpec[AzureMachineSpec], args: Mapping[str, Any]) -> AzureSpec:
    settled = cast("dict[str, Any]", plain(args))
    return AzureSpec(
        cloud=cloud,
        location=settled["location"],
        dns_zone_group=settled["dns_zone_group"],
        zones=tuple(settled.get("zones", ())),
        ipv6_cidr=_ipv6_cidr(settled, cloud.cluster.api_servers[0]),
        ipv6_load_balancing=settled.get("ipv6_load_balancing", False),
        http_load_balancing=settled.get("http_load_balancing", False),
        encryption_at_host=settled.get("encryption_at_host", False),
        azure_authorized_key=settled.get("azure_authorized_key"),
        pods_read_metadata=settled.get(PODS_READ_METADATA, False),
        image_id=settled.get("image_id"),
        virtual_network_id=settled.get("virtual_network_id"),
        disk_encryption_set_id=settled.get("disk_encryption_set_id"),
    )


def _ipv6_cidr(args: Mapping[str, Any], api_host: str) -> IPv6Network | None:
    if "ipv6_cidr" in args:
        return IPv6Network(args["ipv6_cidr"])
    return None if "virtual_network_id" in args else unique_local(api_host)


def unique_local(name: str) -> IPv6Network:
    """A range of fd00::/8 whose 40 bits follow from a name that is used once, so that a preview knows it.

    Source: https://www.rfc-editor.org/rfc/rfc4193#section-3.2
    """
    return IPv6Network((b"\xfd" + sha256(name.encode()).digest()[:5] + bytes(10), 48))


def virtual_network(resource_id: str) -> tuple[str, str]:
    """Resource group and name of a network, by its id."""
    parts = resource_id.split("/")
    return parts[4], parts[8]
