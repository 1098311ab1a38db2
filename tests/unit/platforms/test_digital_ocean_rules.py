"""DigitalOcean's firewalls, row by row as the port matrix."""

from typing import Any

import pytest

from tests.unit.platforms.test_digital_ocean_spec import ARGS, NARROW
from tradewind.choices import Networking
from tradewind.kubelet import Role
from tradewind.platforms.digital_ocean.rules import Rule, rules
from tradewind.platforms.digital_ocean.spec import digital_ocean_spec
from tradewind.platforms.ports import Flow, Peer, Protocol, flows

EVERYBODY = {"addresses": ("0.0.0.0/0", "::/0")}
BALANCED = {"load_balancer": True}
OPERATOR = {"addresses": ("203.0.113.7/32",)}
NODES = {"roles": (Role.CONTROLLER, Role.WORKER)}
SOURCES = {
    Peer.EVERYWHERE: EVERYBODY,
    Peer.API_CLIENTS: EVERYBODY,
    Peer.SSH_CLIENTS: OPERATOR,
    Peer.CONTROLLERS: {"roles": (Role.CONTROLLER,)},
    Peer.WORKERS: {"roles": (Role.WORKER,)},
    Peer.NODES: NODES,
}


def made(**changes: Any) -> tuple[Rule, ...]:
    return rules(digital_ocean_spec({**ARGS, **changes}))


def row(flow: Flow, source: dict[str, Any]) -> Rule:
    several = str(flow.first) if flow.first == flow.last else f"{flow.first}-{flow.last}"
    return Rule(
        to=flow.to, protocol=flow.protocol, ports=several if flow.protocol is not Protocol.ICMP else None, **source
    )


@pytest.mark.parametrize("networking", [each.value for each in Networking])
def test_each_row_of_the_matrix_is_a_rule_and_nothing_else(networking: str) -> None:
    matrix = flows(digital_ocean_spec({**ARGS, "networking": networking}).cloud.cluster)
    # Nothing checks health without a load balancer.
    rows = [row(flow, SOURCES[flow.source]) for flow in matrix if flow.source is not Peer.HEALTH_CHECKS]
    assert list(made(networking=networking)) == rows


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"api_allowed_cidrs": NARROW}, {"addresses": tuple(NARROW)}),
        ({"internal_api": True, "owned_objects": False}, {"addresses": ("10.0.0.0/16",)}),
        ({"api_load_balancer": True}, BALANCED),
        ({"api_load_balancer": True, "api_allowed_cidrs": NARROW}, BALANCED),
    ],
)
def test_who_opens_connections_to_an_api_server(changes: dict[str, Any], source: dict[str, Any]) -> None:
    found = [rule for rule in made(**changes) if (rule.to, rule.ports) == (Role.CONTROLLER, "6443")]
    expected = [source, NODES]
    assert found == [Rule(to=Role.CONTROLLER, protocol=Protocol.TCP, ports="6443", **each) for each in expected]


def test_only_the_load_balancer_asks_workers_for_their_health() -> None:
    without, balanced = (set(made(ingress_load_balancer=each)) for each in (False, True))
    assert balanced - without == {
        Rule(to=Role.WORKER, protocol=Protocol.TCP, ports=port, load_balancer=True) for port in ("10254", "10256")
    }
    assert without < balanced


def test_a_firewall_has_no_more_rules_than_there_may_be() -> None:
    # 50 in both directions, of which three are for what is sent.
    everything = made(networking="none", api_load_balancer=True, ingress_load_balancer=True)
    for role in Role:
        assert len([rule for rule in everything if rule.to is role]) <= 47
