"""What no configuration file holds but a program may hand over: hostile objects, outputs, Enum members, size."""

import copy

import pulumi
import pytest

from tests.support.recording import record
from tests.unit.arguments import arguments
from tests.unit.bad_input.certificates import GOOD
from tests.unit.bad_input.rows import CA, refused, with_value
from tradewind.choices import KeyAlgorithm, Networking
from tradewind.control_plane import ControlPlane
from tradewind.images import KubeletRegistry
from tradewind.spec import cluster_spec


class Hostile:
    """An object that breaks whoever prints or compares it."""

    def __repr__(self):
        raise RuntimeError("printed")

    __str__ = __repr__
    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("compared")

    def __bool__(self):
        raise RuntimeError("tested")


class HostileText(str):
    """Text that breaks whoever compares or prints it as it is."""

    __slots__ = ()

    def __repr__(self):
        raise RuntimeError("printed")

    __str__ = __repr__

    def __eq__(self, other):
        raise RuntimeError("compared")

    def __hash__(self):
        return str.__hash__(self)


def deep(levels: int = 100_000) -> list:
    nested: list = []
    for _ in range(levels):
        nested = [nested]
    return nested


def own(value):
    """A mapping and a list that hold themselves."""
    value = {"name": "a"} if value is dict else []
    (value.update(self=value) if isinstance(value, dict) else value.append(value))
    return value


PATHS = ("name", "pod_cidr", "api_port", "coredns", "controllers", "controllers[0]", "controllers[0].addresses[0]")
PATHS += (
    "certificates",
    "certificates.etcd_ca.cert_pem",
    "kubelet_image.tag",
    "images.etcd",
    "images",
    "api_servers[0]",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "make",
    [Hostile, lambda: HostileText("x y"), deep, lambda: own(dict), lambda: own(list), type("a\nb", (), {})],
    ids=["hostile", "hostile text", "deep", "own mapping", "own list", "type with a line feed"],
)
def test_a_hostile_value_is_refused_like_any_other(path, make):
    told = refused(cluster_spec, with_value(path, make()))
    assert path.split("[")[0].split(".")[0] in told
    assert told.isascii()
    assert all(line.startswith("  ") for line in told.split("\n")[1:])


def test_a_hostile_text_that_is_right_is_taken_as_plain_text():
    spec = cluster_spec(arguments(name=HostileText("test"), cluster_domain=HostileText("cluster.example")))
    assert (type(spec.name), type(spec.network.domain)) == (str, str)
    assert spec.service_account_issuer == "https://kubernetes.default.svc.cluster.example"


@pytest.mark.parametrize(
    "path", ["name", "pod_cidr", "api_port", "coredns", "controllers", "api_servers[0]", "images.etcd"]
)
def test_an_output_is_refused_where_a_plain_value_is_needed(path):
    told = []

    def program():
        args = with_value(path, pulumi.Output.from_input("x"))
        told.append(refused(lambda each: ControlPlane("example", each), args))

    assert record(program).resources == []
    assert f"\n  {path}: <Output, not known yet> must be " in told[0]


def test_outputs_are_taken_where_a_value_may_come_late():
    def program():
        ca = {
            "cert_pem": pulumi.Output.from_input(CA.certificate_pem),
            "private_key_pem": pulumi.Output.secret(CA.key_pem),
        }
        ControlPlane("example", arguments(certificates={"etcd_ca": ca}))

    assert record(program).resources


@pytest.mark.parametrize("certificate, key", GOOD.values(), ids=GOOD)
def test_good_authorities(certificate, key):
    args = arguments(certificates={"etcd_ca": {"cert_pem": certificate, "private_key_pem": key}})
    assert cluster_spec(args)


def test_members_of_an_enum_and_their_values_are_the_same():
    members = {
        "networking": Networking.NONE,
        "certificates": {"key_algorithm": KeyAlgorithm.RSA_3072},
        "kubelet_image": {"registry": KubeletRegistry.DOCKER_HUB},
    }
    values = {
        "networking": "none",
        "certificates": {"key_algorithm": "rsa-3072"},
        "kubelet_image": {"registry": "docker.io/psdn/kubelet"},
    }
    one, other = cluster_spec(arguments(**members)), cluster_spec(arguments(**values))
    assert one == other
    assert one.kubelet_image.reference == "docker.io/psdn/kubelet:v1.36.2"


def test_the_arguments_are_left_as_they_are_and_the_message_is_stable():
    args = arguments(name="Bad", controllers=[{"name": "a"}], pod_cidr="x")
    before = copy.deepcopy(args)
    assert refused(cluster_spec, args) == refused(cluster_spec, args)
    assert args == before


@pytest.mark.parametrize(
    "args",
    [
        arguments(name="a" * 50_000_000),
        arguments(images={str(number): "x" * 100 for number in range(300_000)}),
        arguments(controllers=[{"name": "a" * 1_000_000, "etcd_name": "a." * 1_000_000}] * 7),
        arguments(service_account_issuer="https://" + "a-" * 5_000_000),
        arguments(images={"etcd": "a.b" * 5_000_000 + "/"}),
        {"name": "test", **{f"x{number}": None for number in range(300_000)}},
    ],
    ids=["text", "keys", "texts in a list", "url", "image", "fields"],
)
def test_a_message_stays_short_however_large_the_input(args):
    assert len(refused(cluster_spec, args)) < 20_000
