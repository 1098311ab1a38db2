"""Rules of Azure's security groups, row by row with the port matrix."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.platforms.azure_args import NETWORK, spec
from tradewind.choices import Networking
from tradewind.kubelet import Role
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.firewall import Rule, security_rules
from tradewind.platforms.ports import Flow, Peer, Protocol, flows

V4, V6 = Family.IPV4, Family.IPV6
PUBLIC = {V4: ["198.51.100.1", "198.51.100.2"], V6: ["2001:db8::1"]}
IPV6 = "fd12:3456:789a::/48"
CLIENTS = {
    "api_allowed_cidrs": ["192.0.2.0/24", "2001:db8:a::/48"],
    "ssh_allowed_cidrs": ["203.0.113.7/32", "203.0.113.8/32"],
}
CONTROLLERS = {V4: "10.0.0.0/17", V6: "fd12:3456:789a::/64"}
WORKERS = {V4: "10.0.128.0/17", V6: "fd12:3456:789a:1::/64"}
SOURCES: dict[Peer, dict[Family, list[str]]] = {
    Peer.EVERYWHERE: {V4: ["0.0.0.0/0"], V6: ["::/0"]},
    Peer.API_CLIENTS: {V4: ["192.0.2.0/24"], V6: ["2001:db8:a::/48"]},
    Peer.SSH_CLIENTS: {V4: ["203.0.113.7/32", "203.0.113.8/32"], V6: []},
    Peer.CONTROLLERS: {family: [CONTROLLERS[family]] for family in Family},
    Peer.WORKERS: {family: [WORKERS[family]] for family in Family},
    Peer.NODES: {family: [CONTROLLERS[family], WORKERS[family]] for family in Family},
    Peer.HEALTH_CHECKS: {family: ["AzureLoadBalancer"] for family in Family},
}


def rules(role: Role, **changes: Any) -> Mapping[str, Rule]:
    return security_rules(role, spec(**{"ipv6_cidr": IPV6, **CLIENTS, **changes}), PUBLIC)


def shown(name: str, rule: Rule) -> tuple[Any, ...]:
    sources = rule.get("source_address_prefixes") or [rule["source_address_prefix"]]
    ports = rule["destination_port_range"]
    return name, rule["protocol"], ports, sources, rule["destination_address_prefix"]


def expected(row: Flow, family: Family) -> tuple[Any, ...]:
    ports = "*" if row.protocol is Protocol.ICMP else str(row.first)
    ports = ports if row.first == row.last else f"{row.first}-{row.last}"
    sources = [*SOURCES[row.source][family], *(PUBLIC[family] if row.name == "apiserver-nodes" else [])]
    own = CONTROLLERS if row.to is Role.CONTROLLER else WORKERS
    name = f"{row.name}-{family.value.lower()}"
    return name, row.protocol.value.capitalize(), ports, sources, own[family]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("networking", Networking)
def test_every_row_of_the_matrix_is_a_rule_and_no_other_lets_anybody_in(role: Role, networking: Networking) -> None:
    made = rules(role, networking=networking)
    wanted = [
        expected(row, family)
        for row in flows(spec(networking=networking).cloud.cluster)
        for family in Family
        if row.to is role and SOURCES[row.source][family]
    ]
    assert [shown(name, rule) for name, rule in made.items() if rule["access"] == "Allow"] == wanted
    assert {(rule["direction"], rule["source_port_range"]) for rule in made.values()} == {("Inbound", "*")}


@pytest.mark.parametrize("role", Role)
def test_the_last_rule_closes_what_azure_opens_within_a_network(role: Role) -> None:
    *allowed, last = rules(role).values()
    assert max(rule["priority"] for rule in allowed) < last["priority"]
    assert {rule["access"] for rule in allowed} == {"Allow"}
    assert (last["access"], last["protocol"], last["source_address_prefix"]) == ("Deny", "*", "*")
    assert (last["destination_address_prefix"], last["destination_port_range"]) == ("*", "*")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("networking", Networking)
def test_priorities_differ_within_azures_limits(role: Role, networking: Networking) -> None:
    priorities = [rule["priority"] for rule in rules(role, networking=networking).values()]
    assert len(set(priorities)) == len(priorities)
    assert 1000 <= min(priorities) <= max(priorities) == 4096
    assert sorted(priorities)[-2] < 2000


@pytest.mark.parametrize("role", Role)
def test_a_rule_keeps_its_priority_whatever_the_others_are(role: Role) -> None:
    """Azure refuses two rules of one priority, and rules change one after another."""
    kept = {name: rule["priority"] for name, rule in rules(role, networking=Networking.NONE).items()}
    fewer = rules(role, networking=Networking.FLANNEL, api_allowed_cidrs=["192.0.2.0/24"])
    assert 0 < len(fewer) < len(kept)
    assert {name: rule["priority"] for name, rule in fewer.items()}.items() <= kept.items()


def test_nodes_reach_the_api_whoever_else_may() -> None:
    rule = rules(Role.CONTROLLER)["apiserver-nodes-ipv4"]
    assert rule["source_address_prefixes"] == [CONTROLLERS[V4], WORKERS[V4], *PUBLIC[V4]]


def test_ranges_within_others_are_left_out_as_azure_refuses_overlaps() -> None:
    made = rules(Role.CONTROLLER, api_allowed_cidrs=["10.1.0.0/16", "10.0.0.0/8", "192.0.2.0/24"])
    assert made["apiserver-ipv4"]["source_address_prefixes"] == ["10.0.0.0/8", "192.0.2.0/24"]


def test_a_network_without_ipv6_has_no_rules_of_it() -> None:
    made = security_rules(Role.WORKER, spec(virtual_network_id=NETWORK), PUBLIC)
    assert [name for name in made if "ipv6" in name] == []


@pytest.mark.parametrize(
    ("listed", "clients"),
    [(["0.0.0.0/0", "::/0"], ["10.0.0.0/16"]), (["192.0.2.0/24"], ["10.0.0.0/16", "192.0.2.0/24"])],
)
def test_an_internal_api_server_is_closed_to_everybody_at_machines_own_addresses_too(
    listed: list[str], clients: list[str]
) -> None:
    made = rules(Role.CONTROLLER, internal_api=True, virtual_network_id=NETWORK, api_allowed_cidrs=listed)
    assert "apiserver-ipv6" not in made
    assert shown("apiserver-ipv4", made["apiserver-ipv4"]) == (
        "apiserver-ipv4",
        "Tcp",
        "6443",
        clients,
        CONTROLLERS[V4],
    )
