"""Security groups against the port matrix, row by row."""

from typing import Any

import pytest
from pulumi import Output

from tests.clouds.aws import mocks
from tests.unit.platforms.aws_arguments import ARGS, PRIVATE, in_vpc, without
from tradewind.choices import Networking
from tradewind.kubelet import Role
from tradewind.platforms.aws.firewall import Group, IngressRule, ingress_rules
from tradewind.platforms.aws.spec import aws_spec
from tradewind.platforms.ports import Flow, Peer, flows

RESTRICTED = {"api_allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"]}
BALANCER, INTERNAL = Group.LOAD_BALANCER, Group.INTERNAL_LOAD_BALANCER
SOURCES = {
    Peer.EVERYWHERE: {"0.0.0.0-0", "..-0"},
    # By the load balancer, which the row of its health checks lets in.
    Peer.API_CLIENTS: set(),
    Peer.SSH_CLIENTS: {"203.0.113.7-32"},
    Peer.CONTROLLERS: {"controller"},
    Peer.WORKERS: {"worker"},
    Peer.NODES: {"controller", "worker"},
    Peer.HEALTH_CHECKS: {"load-balancer"},
}


def rules(args: dict[str, Any]) -> tuple[IngressRule, ...]:
    return ingress_rules(aws_spec(args))


def at(group: Group, args: dict[str, Any]) -> set[tuple[str, int, int, str]]:
    return {(rule.flow, rule.first, rule.last, rule.source) for rule in rules(args) if rule.to is group}


def row(flow: Flow) -> set[tuple[str, int, int, str]]:
    return {(flow.name, flow.first, flow.last, source) for source in SOURCES[flow.source]}


@pytest.mark.parametrize("networking", Networking)
@pytest.mark.parametrize("role", Role)
def test_machines_let_in_what_the_matrix_says_and_nothing_else(role: Role, networking: Networking) -> None:
    args = {**ARGS, **RESTRICTED, "networking": networking}
    rows = [flow for flow in flows(aws_spec(args).cloud.cluster) if flow.to is role]
    assert at(Group(role.value), args) == {rule for flow in rows for rule in row(flow)}
    protocols = {(rule.flow, rule.protocol) for rule in rules(args) if rule.to.value == role.value}
    assert protocols <= {(flow.name, flow.protocol) for flow in rows}


INGRESS = {
    (name, port, port, source) for name, port in (("http", 80), ("https", 443)) for source in SOURCES[Peer.EVERYWHERE]
}
NODES = {("apiserver-nodes", 6443, 6443, group) for group in ("controller", "worker")}


def test_clients_meet_the_lists_of_ranges_at_the_load_balancer() -> None:
    clients = {("apiserver", 6443, 6443, source) for source in ("198.51.100.0-24", "2001.db8.1..-48")}
    assert at(BALANCER, {**ARGS, **RESTRICTED}) == clients | NODES | INGRESS


def test_by_default_these_hold_everybody() -> None:
    assert (
        at(BALANCER, ARGS) == {("apiserver", 6443, 6443, each) for each in SOURCES[Peer.EVERYWHERE]} | NODES | INGRESS
    )


def test_the_port_is_the_one_that_clients_use() -> None:
    ports = {first for flow, first, *_ in at(BALANCER, {**ARGS, "api_port": 8443}) if flow.startswith("apiserver")}
    assert ports == {8443}
    assert ("apiserver-health", 6443, 6443, "load-balancer") in at(Group.CONTROLLER, {**ARGS, "api_port": 8443})


def test_an_internal_api_has_a_group_of_its_own_without_ingress() -> None:
    args = {**ARGS, **RESTRICTED, "internal_api": True, "api_port": 443}
    clients = {("apiserver", 443, 443, source) for source in ("198.51.100.0-24", "2001.db8.1..-48")}
    assert at(INTERNAL, args) == clients | {("apiserver-nodes", 443, 443, group) for group in ("controller", "worker")}
    assert at(BALANCER, args) == INGRESS
    assert at(INTERNAL, {**ARGS, **RESTRICTED}) == set()


def test_machines_let_in_the_load_balancer_that_sends_to_them() -> None:
    args = {**ARGS, "internal_api": True}
    found = {
        (rule.to, rule.flow, rule.group)
        for rule in rules(args)
        if rule.group in (BALANCER, INTERNAL) and rule.to not in (BALANCER, INTERNAL)
    }
    assert found == {
        (Group.CONTROLLER, "apiserver-health", INTERNAL),
        (Group.WORKER, "ingress-health", BALANCER),
        (Group.WORKER, "kube-proxy-health", BALANCER),
    }


PRIVATE_NODES = {"private_nodes": True, "bastion": {"host": "bastion.example.com"}}


@pytest.mark.parametrize(
    ("args", "nats"),
    [
        ({**ARGS, **PRIVATE_NODES}, {"nat-eu-central-1a", "nat-eu-central-1b"}),
        # There machines come by their own addresses.
        ({**ARGS, **PRIVATE_NODES, "internal_api": True}, set()),
        # What another resource makes has no name yet.
        (
            without(
                "zones", private_nodes=True, **in_vpc(**PRIVATE, nat_addresses=["198.51.100.1", Output.from_input("")])
            ),
            {"nat-1"},
        ),
    ],
)
def test_private_nodes_reach_a_public_load_balancer_from_their_nat(args: dict[str, Any], nats: set[str]) -> None:
    group = INTERNAL if "internal_api" in args else BALANCER
    found = {source for flow, _, _, source in at(group, args) if flow == "apiserver-nodes"}
    assert found == {"controller", "worker", *nats}


LISTED = ["198.51.100.0/24", "198.51.100.1/32"]


def test_a_nat_whose_address_is_given_is_a_client_that_may_be_listed_as_well() -> None:
    clients = {("apiserver", 6443, 6443, source) for source in ("198.51.100.0-24", "198.51.100.1-32")}
    for listed in (LISTED, LISTED[:1]):
        assert at(BALANCER, behind_a_nat(listed)) == clients | NODES | INGRESS


def behind_a_nat(listed: list[str]) -> dict[str, Any]:
    network = in_vpc(**PRIVATE, nat_addresses=["198.51.100.1"])
    return without("zones", private_nodes=True, api_allowed_cidrs=listed, **network)


def test_the_rule_of_a_nat_keeps_its_name_when_a_zone_before_it_goes() -> None:
    zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    before, after = (
        {rule.source: rule for rule in rules({**ARGS, **PRIVATE_NODES, "zones": each}) if rule.nat}
        for each in (zones, [zones[0], zones[2]])
    )
    assert after == {source: rule for source, rule in before.items() if "1b" not in source}


@pytest.mark.parametrize(
    "args",
    [
        *({**ARGS, "networking": networking} for networking in Networking),
        *({**ARGS, "internal_api": True, "api_port": port} for port in (80, 443)),
        behind_a_nat(LISTED),
    ],
)
def test_no_rule_is_there_twice(args: dict[str, Any]) -> None:
    """AWS refuses the second."""
    all_ = [(rule.to, rule.protocol, rule.first, rule.last, rule.source) for rule in rules(args)]
    assert len(all_) == len(set(all_))


def test_every_rule_is_a_resource_with_its_source() -> None:
    made = mocks.cluster(**PRIVATE_NODES, **RESTRICTED)
    resources = {
        each.name: each.inputs for each in made.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    }
    expected = rules({**ARGS, **PRIVATE_NODES, **RESTRICTED})
    assert len(resources) == len(expected)
    for rule in expected:
        found = resources[f"test-{rule.to.value}-{rule.flow}-{rule.source}"]
        ports = (-1, -1) if rule.protocol.value == "icmp" else (rule.first, rule.last)
        sources = {
            "referencedSecurityGroupId": f"test-{rule.group.value}-id" if rule.group else None,
            "cidrIpv4": rule.cidr if rule.cidr and ":" not in rule.cidr else None,
            "cidrIpv6": rule.cidr if rule.cidr and ":" in rule.cidr else None,
        }
        if rule.nat is not None:
            sources["cidrIpv4"] = f"public-test-nat-{rule.nat}/32"
        assert found == {
            "securityGroupId": f"test-{rule.to.value}-id",
            "ipProtocol": rule.protocol.value,
            "fromPort": ports[0],
            "toPort": ports[1],
            **{name: value for name, value in sources.items() if value},
        }


def test_everything_may_be_reached_from_each_group() -> None:
    made = mocks.cluster(internal_api=True).of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {
        (each.inputs["securityGroupId"], each.inputs.get("cidrIpv4") or each.inputs["cidrIpv6"]) for each in made
    } == {(f"test-{group.value}-id", cidr) for group in Group for cidr in ("0.0.0.0/0", "::/0")}
    assert {each.inputs["ipProtocol"] for each in made} == {"-1"}
