"""What a machine may be called and where it may be."""

import json

import pytest

from tools.machines.errors import MachineError
from tools.machines.spec import default_bridge, parse

GOOD = {"name": "a", "cluster": "demo", "address": "10.78.0.10", "network": "10.78.0.0/24"}


def test_a_good_one() -> None:
    spec = parse(json.dumps(GOOD))
    assert spec.to_dict() == {**GOOD, "bridge": "tw-demo", "system": "fedora-coreos"}
    assert (spec.gateway, spec.prefix, spec.mac) == ("10.78.0.1", 24, "02:54:0a:4e:00:0a")
    assert len(spec.link) <= 15


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "A"}, "name: must be a DNS label (a-z, 0-9, -; at most 63 characters), not 'A'"),
        ({"name": "a" * 64}, f"name: must be a DNS label (a-z, 0-9, -; at most 63 characters), not '{'a' * 64}'"),
        ({"cluster": "../x"}, "cluster: must be a DNS label (a-z, 0-9, -; at most 63 characters), not '../x'"),
        ({"address": "10.78.0.300"}, "address: must be an IPv4 address, not '10.78.0.300'"),
        ({"address": "10.78.1.1"}, "address: 10.78.1.1 is outside of the network 10.78.0.0/24"),
        ({"address": "10.78.0.1"}, "address: 10.78.0.1 belongs to this host"),
        ({"address": "10.78.0.255"}, "address: 10.78.0.255 is not a host address of 10.78.0.0/24"),
        ({"network": "10.78.0.1/24"}, "network: must be an IPv4 network such as 10.78.0.0/24, not '10.78.0.1/24'"),
        ({"network": "10.78.0.0/31"}, "network: must have room for this host and a machine (/30 or larger)"),
        (
            {"bridge": "much-too-long-name"},
            "bridge: must be a link name of at most 15 characters, not 'much-too-long-name'",
        ),
        ({"memory": 1}, "memory: unknown; known are address, bridge, cluster, name, network, system"),
        ({"system": "Flatcar"}, "system: must be one of fedora-coreos, flatcar, not 'Flatcar'"),
        ({"name": 1}, "name: must be text"),
    ],
)
def test_a_bad_one(change: dict, problem: str) -> None:
    with pytest.raises(MachineError) as caught:
        parse(json.dumps({**GOOD, **change}))
    assert str(caught.value) == f"TRADEWIND_MACHINE:\n  {problem}"


def test_all_problems_at_once() -> None:
    with pytest.raises(MachineError) as caught:
        parse(json.dumps({"name": "-", "cluster": "", "address": "1", "network": "2"}))
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "name",
        "cluster",
        "address",
        "network",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "TRADEWIND_MACHINE is not set: it holds the machine as a JSON object"),
        ("[]", "TRADEWIND_MACHINE is not a JSON object"),
        ("{}", "TRADEWIND_MACHINE:\n  name: missing\n  cluster: missing\n  address: missing\n  network: missing"),
    ],
)
def test_no_machine_at_all(text: str | None, problem: str) -> None:
    with pytest.raises(MachineError) as caught:
        parse(text)
    assert str(caught.value) == problem


def test_json_that_is_nested_without_end() -> None:
    with pytest.raises(MachineError, match="TRADEWIND_MACHINE is not JSON"):
        parse("[" * 100_000)


def test_long_names_get_bridges_of_their_own() -> None:
    first, second = default_bridge("a-rather-long-name-1"), default_bridge("a-rather-long-name-2")
    assert first != second
    assert max(len(first), len(second)) == 15
