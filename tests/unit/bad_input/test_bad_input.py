"""Every kind of bad input is refused with its path, its value and the rule, before any resource exists."""

import re

import pytest

from tests.support.recording import record
from tests.unit.arguments import arguments, controllers
from tests.unit.bad_input.certificates import CERTIFICATES
from tests.unit.bad_input.control_plane import CONTROL_PLANE
from tests.unit.bad_input.images import IMAGES
from tests.unit.bad_input.kubelet import KUBELET
from tests.unit.bad_input.machines import MACHINES
from tests.unit.bad_input.messages import CERTIFICATE, LABEL, MAPPING, WHOLE
from tests.unit.bad_input.names import NAMES
from tests.unit.bad_input.numbers import NUMBERS
from tests.unit.bad_input.oidc import OIDC
from tests.unit.bad_input.pools import POOLS
from tests.unit.bad_input.ranges import RANGES, ROOM
from tests.unit.bad_input.rows import CA, Case, refused, with_value
from tests.unit.bad_input.snippets import SNIPPETS
from tests.unit.bad_input.structure import NOT_ARGUMENTS, STRUCTURE
from tradewind.control_plane import ControlPlane
from tradewind.platforms.local.cluster import Cluster
from tradewind.platforms.local.hosts import checked_spec
from tradewind.platforms.local.spec import _FIELDS, local_spec
from tradewind.spec import cluster_spec, validate

FAMILIES = {
    "names": NAMES,
    "ranges": RANGES,
    "images": IMAGES,
    "numbers": NUMBERS,
    "certificates": CERTIFICATES,
    "structure": STRUCTURE,
    "pools": POOLS,
    "kubelet": KUBELET,
    "oidc": OIDC,
    "control plane": CONTROL_PLANE,
    "machines": MACHINES,
    "snippets": SNIPPETS,
}
CASES = {family: [case for row in rows for case in row] for family, rows in FAMILIES.items()}
MAKE = {"any": (cluster_spec, "cluster"), "local": (checked_spec, "local cluster")}
LONGEST_LINE = 2000


def message(case: Case) -> str:
    return "\n  ".join((f"{len(case.lines)} problem(s) in the {MAKE[case.platform][1]} arguments:", *case.lines))


def parametrize(cases):
    return pytest.mark.parametrize("case", cases, ids=str)


@parametrize([case for cases in CASES.values() for case in cases])
def test_refused_with_exactly_these_lines(case):
    args = with_value(case.path, case.value, case.platform)
    told = refused(MAKE[case.platform][0], args)
    assert told == message(case)
    assert told.isascii()
    assert max(map(len, told.split("\n"))) <= LONGEST_LINE
    assert "-----BEGIN" not in told.replace(CERTIFICATE, "")


SHARED = [case for cases in CASES.values() for case in cases if re.split(r"[.\[]", case.path)[0] in validate.SHARED]
OF_THE_PLATFORM = {"kubernetes_version", "networking", "api_port"}


@parametrize([case for case in SHARED if case.path not in OF_THE_PLATFORM][::5])
def test_a_field_that_platforms_share_is_refused_by_each(case):
    told = refused(local_spec, with_value(case.path, case.value, "local")).split("\n  ")
    unknown = "is unknown; the fields are "
    assert [line.partition(unknown)[0] for line in case.lines] == [line.partition(unknown)[0] for line in told[1:]]


def test_there_are_enough_cases_for_every_field():
    assert sum(map(len, CASES.values())) >= 400
    tops = {case.path.split(".")[0].split("[")[0] for cases in CASES.values() for case in cases}
    assert tops >= set(validate._CLUSTER) | set(_FIELDS)


# The component refuses the same before it registers anything: a few of each family, and the dangerous ones.
SAMPLES = [case for cases in CASES.values() for case in cases[:: max(1, len(cases) // 6)]]


@parametrize(SAMPLES)
def test_nothing_is_registered(case):
    component = {"any": ControlPlane, "local": Cluster}[case.platform]
    told = []

    def program():
        told.append(refused(lambda args: component("example", args), with_value(case.path, case.value, case.platform)))

    assert record(program).resources == []
    assert told == [message(case)]


@pytest.mark.parametrize("given", NOT_ARGUMENTS, ids=lambda given: given.shown)
@pytest.mark.parametrize("platform", MAKE)
def test_arguments_that_are_no_mapping(platform, given):
    make, subject = MAKE[platform]
    assert refused(make, given.value) == f"1 problem(s) in the {subject} arguments:\n  args: {given.shown} {MAPPING}"


def test_too_few_ranges_for_pods():
    count, pod_cidr, line = ROOM
    args = arguments(controllers=controllers(count), pod_cidr=pod_cidr)
    assert refused(cluster_spec, args) == f"1 problem(s) in the cluster arguments:\n  {line}"
    assert cluster_spec(arguments(controllers=controllers(3), pod_cidr=pod_cidr))


def test_everything_at_once_in_the_order_of_the_fields():
    args = {
        "colour": "red",
        "controllers": [{"name": "N", "etcd_name": "e.example"}, {"name": "n"}, "n"],
        "certificates": {"etcd_ca": {"cert_pem": CA.certificate_pem}, "key_algorithm": "dsa"},
        "pod_cidr": "10.3.0.0/16",
        "api_port": "6443",
        "name": "te\u200bst\nname: 'x' is fine",
        "api_servers": [],
    }
    lines = refused(cluster_spec, args).split("\n  ")
    assert lines[0] == "10 problem(s) in the cluster arguments:"
    assert lines[1].startswith("colour: <str> is unknown; the fields are name, ")
    assert lines[2:] == [
        rf"""name: "te\u200bst\nname: 'x' is fine" {LABEL.format(40)}""",
        f"api_port: '6443' {WHOLE.format(1, 65535)}",
        "service_cidr: '10.3.0.0/24' must not overlap pod_cidr (10.3.0.0/16)",
        "certificates.key_algorithm: 'dsa' must be one of ecdsa-p256, rsa-2048, rsa-3072, rsa-4096",
        "certificates.etcd_ca.private_key_pem: must be given",
        "api_servers: <list> must be a list of 1 to 16 entries",
        f"controllers[0].name: 'N' {LABEL.format(63)}",
        "controllers[1].etcd_name: must be given",
        "controllers[2]: <str> must be a mapping of fields",
    ]
