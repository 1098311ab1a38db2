"""`GoogleCloudSpec` and how the arguments of a cluster on Google Cloud become one.

Pure. Reads: `GoogleCloudClusterArgs`. Makes: `GoogleCloudSpec`, or a `SpecError` with every problem.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, Any, cast

from tradewind import constants
from tradewind.choices import Architecture, OperatingSystem
from tradewind.errors import Problem
from tradewind.host.metadata import PODS_READ_METADATA
from tradewind.host.options import HostDelta
from tradewind.kubelet import Role
from tradewind.platforms.google_cloud.choices import DiskType
from tradewind.platforms.google_cloud.deltas import DELTAS
from tradewind.platforms.hosts import checked_cloud_spec, checked_pool_spec
from tradewind.spec import checks, fields
from tradewind.spec.cloud import CONTROLLER_MACHINE, MACHINE, WORKER_MACHINE, CloudRules, CloudSpec, Pool
from tradewind.spec.fields import Field, is_list, leaf, list_of, plain, section
from tradewind.spec.rules import Rule, is_true, text_of
from tradewind.spec.shown import shown
from tradewind.spec.snippets import Translate, no_translation

if TYPE_CHECKING:
    from tradewind.platforms.google_cloud.args import GoogleCloudClusterArgs, GoogleCloudWorkerPoolArgs

_LONGEST_NAME = 27
"""Names of resources have 63 characters (https://cloud.google.com/compute/docs/naming-resources): the longest,
`<name>-controller-apiserver-health`, and 8 that the engine adds."""
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_MACHINE_TYPE = re.compile(r"[a-z][a-z0-9-]{1,62}")
_REGION = re.compile(r"[a-z]+(-[a-z]+)+[0-9]+")
_ZONE = re.compile(rf"{_REGION.pattern}-[a-z]+")
_PROJECT = re.compile(r"([a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_MOST_ZONES = 8
_MOST_ACCELERATORS = 16
_DEFAULT_TYPES = {Architecture.AMD64: "e2-medium", Architecture.ARM64: "t2a-standard-1"}
_DEFAULT_DISK_GB = 30


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """Accelerators of one type on each machine."""

    type: str
    count: int


@dataclass(frozen=True, kw_only=True)
class GoogleCloudMachineSpec:
    """Settings of machines that are alike."""

    type: str
    disk_type: DiskType
    disk_size_gb: int
    spot: bool
    accelerators: tuple[Accelerator, ...]
    secure_boot: bool

    @property
    def scheduling(self) -> Mapping[str, Any]:
        """What becomes of a machine when its host is maintained and, for spot instances, when it is taken away.

        One with accelerators cannot move to another host. A group deletes no spot instance, but starts it again.
        """
        if self.spot:
            return {
                "provisioning_model": "SPOT",
                "preemptible": True,
                "automatic_restart": False,
                "on_host_maintenance": "TERMINATE",
                "instance_termination_action": "STOP",
            }
        return {"automatic_restart": True, "on_host_maintenance": "TERMINATE" if self.accelerators else "MIGRATE"}


@dataclass(frozen=True, kw_only=True)
class GoogleCloudSpec:
    """Everything that was chosen about a cluster on Google Cloud."""

    cloud: CloudSpec[GoogleCloudMachineSpec]
    region: str
    zones: tuple[str, ...]
    """Empty: all zones of the region but AI zones."""
    dns_managed_zone: str
    dns_project: str | None
    """None: the provider's."""
    own_network: bool
    """Whether the network is the user's."""
    http_load_balancing: bool
    pods_read_metadata: bool

    @property
    def delta(self) -> HostDelta:
        """The differences of its machines."""
        return DELTAS[self.pods_read_metadata][self.cloud.operating_system]

    @property
    def name(self) -> str:
        """Name of the cluster."""
        return self.cloud.name


def google_cloud_spec(args: "GoogleCloudClusterArgs", translate: Translate = no_translation) -> GoogleCloudSpec:
    """The spec of validated arguments.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    return _of_cloud(checked_cloud_spec(args, RULES, DELTAS[is_true(args, PODS_READ_METADATA)], translate), args)


def google_cloud_pool(
    args: "GoogleCloudWorkerPoolArgs", translate: Translate = no_translation
) -> tuple[GoogleCloudSpec, Pool[GoogleCloudMachineSpec]]:
    """The spec of a cluster with one pool more, and the pool.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    cluster = args.get("cluster") if isinstance(args, Mapping) else None
    cloud, pool = checked_pool_spec(args, RULES, DELTAS[is_true(cluster, PODS_READ_METADATA)], translate)
    return _of_cloud(cloud, args["cluster"]), pool


def _of_cloud(cloud: CloudSpec[GoogleCloudMachineSpec], args: "GoogleCloudClusterArgs") -> GoogleCloudSpec:
    """The spec, with what is Google Cloud's alone from the same validated arguments."""
    settled = cast("dict[str, Any]", plain({**args}))
    return GoogleCloudSpec(
        cloud=cloud,
        region=settled["region"],
        zones=tuple(settled.get("zones", ())),
        dns_managed_zone=settled["dns_managed_zone"],
        dns_project=settled.get("dns_project"),
        own_network="network" in settled,
        http_load_balancing=settled.get("http_load_balancing", False),
        pods_read_metadata=settled.get(PODS_READ_METADATA, False),
    )


def ipv4_ranges(ranges: Sequence[str]) -> tuple[str, ...]:
    """Those of IPv4: machines have no other addresses, and a firewall rule is of one family."""
    return tuple(each for each in ranges if isinstance(ip_network(each), IPv4Network))


def _machine(settings: Mapping[str, Any], role: Role, architecture: Architecture) -> GoogleCloudMachineSpec:
    del role
    return GoogleCloudMachineSpec(
        type=settings.get("type", _DEFAULT_TYPES[architecture]),
        disk_type=DiskType(settings.get("disk_type", DiskType.PD_BALANCED)),
        disk_size_gb=settings.get("disk_size_gb", _DEFAULT_DISK_GB),
        spot=settings.get("spot", False),
        accelerators=tuple(
            Accelerator(type=each["type"], count=each.get("count", 1)) for each in settings.get("accelerators", ())
        ),
        secure_boot=settings.get("secure_boot", False),
    )


def _of(pattern: re.Pattern[str], rule: str) -> checks.Check:
    return lambda value: None if checks.is_text(value) and pattern.fullmatch(value) else rule


_TYPE = _of(_MACHINE_TYPE, "must be a type of Google Cloud's, such as e2-medium")
_EMAIL = checks.late(
    _of(
        re.compile(r"[a-z0-9.@-]{1,128}\.gserviceaccount\.com"),
        "must be the email of a service account, such as name@project.iam.gserviceaccount.com",
    )
)
_LINK = checks.late(checks.word)
_ACCELERATOR = {
    "type": fields.field(_TYPE, required=True),
    "count": fields.field(checks.integer(1, _MOST_ACCELERATORS)),
}
_MACHINE: Mapping[str, Field] = {
    "type": fields.field(_TYPE),
    "disk_type": fields.field(checks.member_of(DiskType)),
    "disk_size_gb": fields.field(checks.integer(10, 65536)),
    "spot": fields.field(checks.boolean),
    "accelerators": Field(list_of(section(_ACCELERATOR), 0, 4, nested=True)),
    "secure_boot": fields.field(checks.boolean),
}
_OWN: Mapping[str, Field] = {
    "region": fields.field(_of(_REGION, "must be a region, such as europe-west1"), required=True),
    "zones": Field(list_of(_of(_ZONE, "must be a zone, such as europe-west1-b"), 1, _MOST_ZONES)),
    "dns_managed_zone": fields.field(
        _of(re.compile(_NAME.pattern[:-1] + "{0,62}"), "must be the name of a managed zone"), required=True
    ),
    "dns_project": fields.field(_of(_PROJECT, "must be the id of a project")),
    "network": Field(
        section({"network": fields.field(_LINK, required=True), "subnetwork": fields.field(_LINK, required=True)})
    ),
    "http_load_balancing": fields.field(checks.boolean),
    PODS_READ_METADATA: fields.field(checks.boolean),
    "controller_service_account": fields.field(_EMAIL),
    "worker_service_account": fields.field(_EMAIL),
    "disk_kms_key": fields.field(_LINK),
}


def _name_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Names of resources begin with that of the cluster, and theirs begin with a letter."""
    name = leaf(args.get("name"))
    if checks.dns_label(_LONGEST_NAME)(name) is None and not _NAME.fullmatch(str(name)):
        yield Problem("name", shown(name), "must begin with a letter, as names on Google Cloud do")


def _api_port_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Passthrough load balancers do not translate ports."""
    port = leaf(args.get("api_port", constants.API_PORT))
    if isinstance(port, int) and port != constants.API_PORT:
        rule = f"must be {constants.API_PORT}: load balancers pass connections on with the port they came to"
        yield Problem("api_port", shown(port), rule)


def _zone_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Zones are the region's."""
    region, zones = leaf(args.get("region")), args.get("zones")
    for index, zone in enumerate(zones[:_MOST_ZONES] if is_list(zones) and checks.is_text(region) else ()):
        name = leaf(zone)
        if checks.is_text(name) and _ZONE.fullmatch(name) and name.rpartition("-")[0] != region:
            yield Problem(f"zones[{index}]", shown(name), f"must be a zone of {region}")


def _range_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Machines and the API server have IPv4 addresses only: somebody has to get in."""
    for name in ("api_allowed_cidrs", "ssh_allowed_cidrs"):
        ranges = args.get(name)
        known = [leaf(each) for each in ranges] if is_list(ranges) else []
        if known and all(checks.cidr(each) is None and ":" in str(each) for each in known):
            yield Problem(name, shown(known[0]), "must have an IPv4 range: nothing is reached by IPv6")


def _reach_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """What is inside a network that this program makes is not reached from elsewhere."""
    if "network" in args:
        return
    if leaf(args.get("private_nodes")) is True and "bastion" not in args:
        yield Problem(
            "private_nodes", "True", "must go with a bastion or a network of your own, through which SSH comes"
        )
    if leaf(args.get("internal_api")) is True and leaf(args.get("owned_objects")) is not False:
        rule = "must go with a network of your own that this program reaches, or with owned_objects: false"
        yield Problem("internal_api", "True", rule)


def _image_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Flatcar has no arm64 images here (https://github.com/flatcar/Flatcar/issues/2000)."""
    if leaf(args.get("operating_system")) != OperatingSystem.FLATCAR.value:
        return
    for path, settings in (("architecture", args), *_pools(args, "architecture")):
        if text_of(settings).get("architecture") == Architecture.ARM64.value:
            yield Problem(path, shown(Architecture.ARM64.value), "must be amd64: Flatcar has no other images here")


def _machine_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Controllers stay, and secure boot needs an image that is signed for it."""
    if is_true(args.get(CONTROLLER_MACHINE), "spot"):
        yield Problem(f"{CONTROLLER_MACHINE}.spot", "True", "must be false: a controller holds etcd's data")
    plain_amd64 = text_of(args).get("architecture") != Architecture.ARM64.value
    signed = leaf(args.get("operating_system")) != OperatingSystem.FLATCAR.value
    places = [(name, args.get(name), plain_amd64) for name in (CONTROLLER_MACHINE, WORKER_MACHINE)]
    for path, pool in _pools(args, MACHINE):
        own = text_of(pool).get("architecture")
        amd64 = plain_amd64 if own is None else own != Architecture.ARM64.value
        places.append((path, pool.get(MACHINE), amd64))
    for path, settings, amd64 in places:
        if is_true(settings, "secure_boot") and not (signed and amd64):
            yield Problem(f"{path}.secure_boot", "True", "must be false but with fedora-coreos on amd64")


def _pools(args: Mapping[object, object], key: str) -> Iterator[tuple[str, Mapping[object, object]]]:
    """Pools that are mappings at all, with the path of a field of theirs."""
    listed = args.get("worker_pools")
    for index, pool in enumerate(listed if is_list(listed) else ()):
        if isinstance(pool, Mapping):
            yield f"worker_pools[{index}].{key}", pool


_RULES: Sequence[Rule] = (
    _name_problems,
    _api_port_problems,
    _zone_problems,
    _range_problems,
    _reach_problems,
    _image_problems,
    _machine_problems,
)

RULES: CloudRules[GoogleCloudMachineSpec] = CloudRules(
    title="Google Cloud cluster",
    longest_name=_LONGEST_NAME,
    machine=_MACHINE,
    machine_of=_machine,
    own=_OWN,
    rules=_RULES,
)
"""What Google Cloud says about its arguments."""
