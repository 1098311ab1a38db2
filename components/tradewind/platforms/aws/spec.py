"""`AwsSpec` and how the arguments of a cluster on AWS become one.

Pure. Reads: `AwsClusterArgs`. Makes: `AwsSpec`, or a `SpecError` with every problem. What another resource may make
(ids and ARNs) is handed on as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tradewind.choices import Architecture
from tradewind.kubelet import Role
from tradewind.platforms.aws.choices import CpuCredits, DiskType
from tradewind.platforms.aws.deltas import DELTAS
from tradewind.platforms.aws.rules import DISK_SIZE, DISK_SIZES, GP3_THROUGHPUT, RULES
from tradewind.platforms.hosts import checked_cloud_spec, checked_pool_spec
from tradewind.spec import checks, fields
from tradewind.spec.cloud import CloudRules, CloudSpec, Pool
from tradewind.spec.fields import Field, list_of, plain, section
from tradewind.spec.snippets import Translate, no_translation

_INSTANCE_TYPE = re.compile(r"[a-z][a-z0-9-]{1,15}\.[a-z0-9-]{2,20}")
_ZONE = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+[a-h]")
_PRICE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
_ID_TAIL = r"-[0-9a-f]{8,17}"
_ARN = re.compile(r"arn:aws[a-z-]*:[!-~]{1,1024}")
_HOSTED_ZONE = re.compile(r"Z[A-Z0-9]{1,31}")
_PROFILE = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_MOST_ZONES = 8
"""As many subnets of each kind have their place in the network (`network`)."""
_MOST_TARGET_GROUPS = 8
_LONGEST_NAME = 40
"""That of any cluster: names with limits of their own, such as those of load balancers, are shortened by AWS."""


@dataclass(frozen=True, kw_only=True)
class AwsMachineSpec:
    """EC2 instances of a kind."""

    instance_type: str
    disk_size: int
    """GiB."""
    disk_type: DiskType
    disk_iops: int | None
    """None: the type's own."""
    disk_throughput: int | None
    """MiB/s; None: the type's own."""
    cpu_credits: CpuCredits | None
    """None: the instance type's own."""
    metadata_hop_limit: int
    spot: bool
    spot_max_price: str | None
    """USD an hour; None: the on-demand price."""
    instance_profile: Any = None
    """Name, or an output of one."""
    target_group_arns: tuple[Any, ...] = ()
    """ARNs, or outputs of them."""


@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """A VPC of the user's own. Ids and addresses may be outputs."""

    vpc_id: Any
    subnet_ids: tuple[Any, ...]
    private_subnet_ids: tuple[Any, ...]
    nat_addresses: tuple[Any, ...]


@dataclass(frozen=True)
class Nat:
    """A NAT, from which private nodes come."""

    name: str
    """Unique, and the same whatever others there are: its zone, or its address; else its place in the list."""
    address: Any
    """Public IPv4 address, or an output of it; None of one that is made."""


@dataclass(frozen=True, kw_only=True)
class AwsSpec:
    """Everything that was chosen about a cluster on AWS."""

    cloud: CloudSpec[AwsMachineSpec]
    zones: tuple[str, ...]
    """Of a network that is made; empty with an existing one."""
    network: ExistingNetwork | None
    """None: one is made."""
    ipv6: bool
    """Whether machines and load balancers have IPv6 addresses."""
    dns_zone_id: Any
    """Id, or an output of one."""
    disk_kms_key_arn: Any
    """ARN, or an output of one; None: the account's key."""

    @property
    def name(self) -> str:
        """Name of the cluster."""
        return self.cloud.name

    @property
    def nats(self) -> tuple[Nat, ...]:
        """The NATs of private nodes, in the order of zones or of `nat_addresses`."""
        if not self.cloud.private_nodes:
            return ()
        if self.network is None:
            return tuple(Nat(zone, None) for zone in self.zones)
        addresses = self.network.nat_addresses
        return tuple(Nat(each if isinstance(each, str) else str(i), each) for i, each in enumerate(addresses))


def aws_spec(args: Mapping[str, Any], translate: Translate = no_translation) -> AwsSpec:
    """The spec of validated arguments.

    Args:
        args: `AwsClusterArgs`.
        translate: how snippets in Butane become Ignition.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    return _spec(args, checked_cloud_spec(args, CLOUD_RULES, DELTAS, translate))


def aws_pool_spec(
    args: Mapping[str, Any], translate: Translate = no_translation
) -> tuple[AwsSpec, Pool[AwsMachineSpec]]:
    """The spec of a cluster and of a pool beside it.

    Args:
        args: `AwsWorkerPoolArgs`.
        translate: how snippets in Butane become Ignition.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    cloud, pool = checked_pool_spec(args, CLOUD_RULES, DELTAS, translate)
    return _spec(args["cluster"], cloud), pool


def _spec(args: Mapping[str, Any], cloud: CloudSpec[AwsMachineSpec]) -> AwsSpec:
    settled = cast("dict[str, Any]", plain({**args}))
    network = settled.get("network")
    return AwsSpec(
        cloud=cloud,
        zones=tuple(settled.get("zones", ())),
        network=_existing(network) if network else None,
        ipv6=network.get("ipv6", False) if network else True,
        dns_zone_id=settled["dns_zone_id"],
        disk_kms_key_arn=settled.get("disk_kms_key_arn"),
    )


def _existing(network: Mapping[str, Any]) -> ExistingNetwork:
    return ExistingNetwork(
        vpc_id=network["vpc_id"],
        subnet_ids=tuple(network["subnet_ids"]),
        private_subnet_ids=tuple(network.get("private_subnet_ids", ())),
        nat_addresses=tuple(network.get("nat_addresses", ())),
    )


def _machine(settings: Mapping[str, Any], role: Role, architecture: Architecture) -> AwsMachineSpec:
    smallest = "t4g.small" if architecture is Architecture.ARM64 else "t3.small"
    credits_ = settings.get("cpu_credits")
    return AwsMachineSpec(
        instance_type=settings.get("instance_type", smallest),
        disk_size=settings.get("disk_size", DISK_SIZE),
        disk_type=DiskType(settings.get("disk_type", DiskType.GP3)),
        disk_iops=settings.get("disk_iops"),
        disk_throughput=settings.get("disk_throughput"),
        cpu_credits=CpuCredits(credits_) if credits_ else None,
        metadata_hop_limit=settings.get("metadata_hop_limit", 1),
        spot=settings.get("spot", False),
        spot_max_price=settings.get("spot_max_price"),
        instance_profile=settings.get("instance_profile"),
        target_group_arns=tuple(settings.get("target_group_arns", ())),
    )


def _matching(pattern: re.Pattern[str], rule: str) -> checks.Check:
    return lambda value: None if checks.is_text(value) and pattern.fullmatch(value) else rule


def _late(pattern: re.Pattern[str], rule: str) -> checks.Check:
    return checks.late(_matching(pattern, rule))


def _id(kind: str) -> checks.Check:
    return _late(re.compile(kind + _ID_TAIL), f"must be the id of a {kind}, such as {kind}-0123456789abcdef0")


def _ipv4(value: object) -> str | None:
    rule = "must be an IPv4 address, such as 198.51.100.1"
    return checks.ip(value) or (None if checks.to_ipv4(value) else rule)


_arn = _late(_ARN, "must be an ARN, such as arn:aws:kms:eu-central-1:111122223333:key/...")

_MACHINE: Mapping[str, Field] = {
    "instance_type": fields.field(_matching(_INSTANCE_TYPE, "must be an instance type, such as m7i.large")),
    "disk_size": fields.field(checks.integer(*DISK_SIZES)),
    "disk_type": fields.field(checks.member_of(DiskType)),
    "disk_iops": fields.field(checks.integer(100, 256000)),
    "disk_throughput": fields.field(checks.integer(*GP3_THROUGHPUT)),
    "cpu_credits": fields.field(checks.member_of(CpuCredits)),
    "instance_profile": fields.field(_late(_PROFILE, "must be the name of an instance profile, which is no ARN")),
    "metadata_hop_limit": fields.field(checks.integer(1, 64)),
    "spot": fields.field(checks.boolean),
    "spot_max_price": fields.field(_matching(_PRICE, 'must be USD an hour as text, such as "0.05"')),
    "target_group_arns": Field(list_of(_arn, 0, _MOST_TARGET_GROUPS)),
}

_NETWORK: Mapping[str, Field] = {
    "vpc_id": fields.field(_id("vpc"), required=True),
    "subnet_ids": Field(list_of(_id("subnet"), 1, _MOST_ZONES), required=True),
    "private_subnet_ids": Field(list_of(_id("subnet"), 1, _MOST_ZONES)),
    "nat_addresses": Field(list_of(checks.late(_ipv4), 1, _MOST_ZONES)),
    "ipv6": fields.field(checks.boolean),
}

_zone = _matching(_ZONE, "must be an availability zone of a region, such as eu-central-1a, and no Local Zone")

CLOUD_RULES: CloudRules[AwsMachineSpec] = CloudRules(
    title="AWS cluster",
    longest_name=_LONGEST_NAME,
    machine=_MACHINE,
    machine_of=_machine,
    own={
        "dns_zone_id": fields.field(
            _late(_HOSTED_ZONE, "must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ"), required=True
        ),
        "zones": Field(list_of(_zone, 1, _MOST_ZONES)),
        "network": Field(section(_NETWORK)),
        "disk_kms_key_arn": fields.field(_arn),
    },
    rules=RULES,
)
"""What AWS says about its arguments."""
