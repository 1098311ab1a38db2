"""The rules of `BareMetalClusterArgs`: single fields, and what fields have to be like together.

Pure. Reads: the arguments. Makes: problems. Sources: https://coreos.github.io/coreos-installer/getting-started/,
https://fedoraproject.org/wiki/Changes/CoreOSNetbootFilenames and https://www.flatcar.org/releases
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tradewind import constants, naming
from tradewind.choices import Architecture, OperatingSystem, OsStream
from tradewind.errors import Problem
from tradewind.platforms.bare_metal.choices import DownloadProtocol
from tradewind.spec import checks, fields, kubelet, kubelet_images, platform, pools
from tradewind.spec.fields import Field, field, is_list, leaf, list_of, section
from tradewind.spec.rules import MOST_NODES, Rule, number, pods_fit, text_of
from tradewind.spec.shown import shown

CONTROLLERS, WORKERS = "controllers", "workers"

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
# No segment is empty or leads upwards.
_DISK = re.compile(r"(?=.{6,260}$)/dev(/[A-Za-z0-9][A-Za-z0-9_.:+-]*)+")
# Firmware reads its script word by word: nothing that it would expand or take for another command.
_KERNEL_ARG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,:=/@%+-]{0,255}")
_OEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ENDPOINT = re.compile(r"(?P<host>[a-z0-9.-]{1,253}):(?P<port>[1-9][0-9]{0,4})")
_HIGHEST_PORT = 65535
_VERSIONS = {
    OperatingSystem.FEDORA_COREOS.value: re.compile(r"(?P<major>[1-9][0-9])\.[0-9]{8}\.(?P<stream>[0-9])\.[0-9]{1,3}"),
    OperatingSystem.FLATCAR.value: re.compile(r"(?P<major>[1-9][0-9]{3})\.(?P<stream>[0-9])\.[0-9]{1,3}"),
}
_OLDEST = {OperatingSystem.FEDORA_COREOS.value: 42, OperatingSystem.FLATCAR.value: 4459}
"""First releases whose files have the names of today (Fedora CoreOS), and first stable one with containerd 2 (Flatcar).

containerd 1.7, which Flatcar had before, refuses version 3 of its configuration; Fedora 42 has containerd 2 already.
"""
_STREAM_NUMBERS = {
    OperatingSystem.FEDORA_COREOS.value: {"next": "1", "testing": "2", "stable": "3"},
    OperatingSystem.FLATCAR.value: {"alpha": "0", "beta": "1", "stable": "2"},
}
_OF_FLATCAR = ("download_protocol", "oem_type")
_MOST_ARGS = 32
_MOST_GENERATIONS = 1_000_000


def _matches(pattern: re.Pattern[str], rule: str) -> checks.Check:
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else f"must be {rule}"


def _machine_name(value: object) -> str | None:
    suffix = naming.installation("")
    if isinstance(value, str) and value.endswith(suffix):
        return f"must not end in {suffix}, as names of installations do"
    return checks.dns_label()(value)


def _endpoint(value: object) -> str | None:
    match = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    known = match and not checks.dns_name_or_ip(match["host"]) and int(match["port"]) <= _HIGHEST_PORT
    return None if known else "must be host and port, such as matchbox.example.com:8081"


def _http_endpoint(value: object) -> str | None:
    if isinstance(value, str) and value.endswith("/"):
        return "must not end in /"
    return checks.http_url(value)


_INSTALLATION: Mapping[str, Field] = {
    "architecture": field(checks.member_of(Architecture)),
    "install_disk": field(_matches(_DISK, "a path of a disk, such as /dev/sda or /dev/disk/by-id/...")),
    "kernel_args": Field(
        list_of(
            _matches(_KERNEL_ARG, "one word of letters, digits and _.,:=/@%+-, such as console=ttyS0"), 0, _MOST_ARGS
        )
    ),
    "oem_type": field(_matches(_OEM, "an OEM type of Flatcar, such as vmware_raw")),
}
"""What machines have in place of the cluster's."""

_MACHINE: Mapping[str, Field] = {
    "name": field(_machine_name, required=True),
    "mac": field(_matches(_MAC, "six pairs of lower-case hexadecimal digits with colons between them"), required=True),
    "domain": field(checks.dns_name, required=True),
    "generation": field(checks.integer(0, _MOST_GENERATIONS)),
    **_INSTALLATION,
    "labels": pools.labels_field(),
    "taints": pools.taints_field(),
    "kubelet": kubelet.kubelet_field(),
    "kubelet_image": Field(section(kubelet_images.FIELDS)),
}

_MATCHBOX: Mapping[str, Field] = {
    "endpoint": field(checks.late(_endpoint), required=True),
    "ca_pem": field(checks.late(checks.text), required=True),
    "client_cert_pem": field(checks.late(checks.text), required=True),
    "client_key_pem": field(checks.late(checks.text), required=True, secret=True),
}


def _controllers(value: object, path: str) -> Iterator[Problem]:
    yield from list_of(section(_MACHINE), 1, platform.MOST_CONTROLLERS, nested=True)(value, path)
    rule = platform.controller_count(len(value)) if is_list(value) else None
    if rule and is_list(value) and 0 < len(value) <= platform.MOST_CONTROLLERS:
        yield Problem(path, f"{len(value)} entries", rule)


FIELDS: Mapping[str, Field] = {
    **platform.PLATFORM,
    "matchbox_http_endpoint": field(_http_endpoint, required=True),
    "matchbox": Field(section(_MATCHBOX)),
    "os_version": field(checks.text, required=True),
    CONTROLLERS: Field(_controllers, required=True),
    WORKERS: Field(list_of(section(_MACHINE), 0, MOST_NODES, nested=True)),
    "k8s_domain_name": field(checks.dns_name),
    "host_cidr": field(checks.ipv4_network(8, 29)),
    **_INSTALLATION,
    "cached_install": field(checks.boolean),
    "download_protocol": field(checks.member_of(DownloadProtocol)),
}
"""The fields of `BareMetalClusterArgs`."""


def _machines(args: Mapping[object, object]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every machine with its path, and what of it is text."""
    for argument in (CONTROLLERS, WORKERS):
        listed = args.get(argument)
        for index, each in enumerate(listed[:MOST_NODES] if is_list(listed) else ()):
            yield f"{argument}[{index}]", text_of(each)


def _machines_differ(args: Mapping[object, object]) -> Iterator[Problem]:
    """Names, interfaces and domains are of one machine each; that of controllers' names is a rule of every cluster."""
    for key in ("name", "mac", "domain"):
        seen: dict[str, str] = {}
        for path, machine in _machines(args):
            value = machine.get(key)
            known = seen.setdefault(value, path) if value is not None else path
            told = key == "name" and path.startswith(CONTROLLERS)
            if known != path and not told:
                yield Problem(f"{path}.{key}", shown(value), f"must differ from that of {known}")


def _version_fits(args: Mapping[object, object]) -> Iterator[Problem]:
    """A version tells its stream: https://docs.fedoraproject.org/en-US/fedora-coreos/faq/ and Flatcar's releases."""
    system = leaf(args.get("operating_system", OperatingSystem.FEDORA_COREOS))
    stream = leaf(args.get("os_stream", OsStream.STABLE))
    version = leaf(args.get("os_version"))
    if not isinstance(system, str) or system not in _VERSIONS or not isinstance(version, str):
        return
    match = _VERSIONS[system].fullmatch(version)
    if match is None or int(match["major"]) < _OLDEST[system]:
        rule = f"must be a version of {system}, {_OLDEST[system]} or later, such as {_EXAMPLES[system]}"
        yield Problem("os_version", shown(version), rule)
        return
    wanted = _STREAM_NUMBERS[system].get(stream) if isinstance(stream, str) else None
    if wanted and match["stream"] != wanted:
        place = "third" if system == OperatingSystem.FEDORA_COREOS.value else "second"
        yield Problem("os_version", shown(version), f"must be of {stream}: its {place} number must be {wanted}")


_EXAMPLES = {
    OperatingSystem.FEDORA_COREOS.value: "42.20250901.3.0",
    OperatingSystem.FLATCAR.value: "4459.2.3",
}


def _of_flatcar_alone(args: Mapping[object, object]) -> Iterator[Problem]:
    """Fedora CoreOS has no OEM types, and its installer reads by https."""
    if leaf(args.get("operating_system", OperatingSystem.FEDORA_COREOS)) != OperatingSystem.FEDORA_COREOS.value:
        return
    places = {"": text_of(args), **{f"{path}.": machine for path, machine in _machines(args)}}
    for prefix, given in places.items():
        for name in _OF_FLATCAR:
            if name in given:
                yield Problem(f"{prefix}{name}", shown(given[name]), "must be left out: it is Flatcar's")


def _api_is_found(args: Mapping[object, object]) -> Iterator[Problem]:
    """The API server has one name, and a port of its own only behind a load balancer."""
    controllers = args.get(CONTROLLERS)
    if "k8s_domain_name" in args or not is_list(controllers):
        return
    if len(controllers) > 1:
        yield Problem("k8s_domain_name", "", "must be given with several controllers")
    port = number(args.get("api_port", constants.API_PORT), 1, _HIGHEST_PORT)
    if port not in (constants.API_PORT, None):
        rule = f"must be {constants.API_PORT} without k8s_domain_name, as nothing stands before the API server"
        yield Problem("api_port", shown(port), rule)


def _pods_fit(args: Mapping[object, object]) -> Iterator[Problem]:
    """Every machine gets its part of the pods' range; where controllers alone do not, that is told already."""
    network, nodes = checks.to_network(leaf(args.get("pod_cidr"))), len(list(_machines(args)))
    controllers = args.get(CONTROLLERS)
    if network and is_list(controllers) and not list(pods_fit(network, len(controllers))):
        yield from pods_fit(network, nodes)


RULES: Sequence[Rule] = (
    *platform.RULES,
    *(
        rule(argument)
        for argument in (CONTROLLERS, WORKERS)
        for rule in (kubelet.node_problems, kubelet_images.node_problems)
    ),
    _machines_differ,
    _version_fits,
    _of_flatcar_alone,
    _api_is_found,
    _pods_fit,
)
"""Rules between fields; `snippet_problems` comes with a translation."""

POOL: Mapping[str, Field] = {
    WORKERS: Field(list_of(section(_MACHINE), 1, MOST_NODES, nested=True), required=True),
    "machine_snippets": fields.Field(platform.PLATFORM["machine_snippets"].walk),
}
"""The fields of `BareMetalPoolArgs`."""
