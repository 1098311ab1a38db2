"""Firewall rules of Google Cloud against the port matrix, row by row."""

from typing import Any

import pytest

from tests.unit.platforms.google_cloud_arguments import ARGS, OWN_NETWORK
from tradewind.choices import Networking
from tradewind.platforms.google_cloud.firewall import FirewallRow, firewall_rows
from tradewind.platforms.google_cloud.spec import google_cloud_spec
from tradewind.platforms.ports import Peer, flows

RANGES = {"api_allowed_cidrs": ["198.51.100.0/24", "2001:db8::/32"]}
CONTROLLER, WORKER = "test-controller", "test-worker"
NOBODY: tuple[str, ...] = ()
SOURCES = {
    Peer.EVERYWHERE: (NOBODY, ("0.0.0.0/0",)),
    # Machines have IPv4 only, and a rule is of one family.
    Peer.API_CLIENTS: (NOBODY, ("198.51.100.0/24",)),
    Peer.SSH_CLIENTS: (NOBODY, ("203.0.113.7/32",)),
    Peer.CONTROLLERS: ((CONTROLLER,), NOBODY),
    Peer.WORKERS: ((WORKER,), NOBODY),
    Peer.NODES: ((CONTROLLER, WORKER), NOBODY),
    Peer.HEALTH_CHECKS: (NOBODY, ("35.191.0.0/16", "130.211.0.0/22", "209.85.152.0/22", "209.85.204.0/22")),
}


def rows(**changes: Any) -> tuple[FirewallRow, ...]:
    return firewall_rows(google_cloud_spec({**ARGS, **changes}))


def ports(first: int, last: int) -> tuple[str, ...]:
    if last == 0:
        return ()
    return (f"{first}-{last}",) if first < last else (str(first),)


@pytest.mark.parametrize("networking", Networking)
def test_a_rule_for_each_row_of_the_matrix(networking: Networking) -> None:
    spec = google_cloud_spec({**ARGS, **RANGES, "networking": networking})
    assert firewall_rows(spec) == tuple(
        FirewallRow(
            name=f"test-{flow.to.value}-{flow.name}",
            target_tag=f"test-{flow.to.value}",
            protocol=flow.protocol.value,
            ports=ports(flow.first, flow.last),
            source_tags=SOURCES[flow.source][0],
            source_ranges=SOURCES[flow.source][1],
        )
        for flow in flows(spec.cloud.cluster)
    )


@pytest.mark.parametrize("networking", Networking)
def test_no_rule_lets_everybody_in_by_saying_nothing(networking: Networking) -> None:
    assert all(bool(row.source_tags) is not bool(row.source_ranges) for row in rows(networking=networking))


@pytest.mark.parametrize(
    ("listed", "clients"),
    [({}, ("10.0.0.0/16",)), (RANGES, ("10.0.0.0/16", "198.51.100.0/24"))],
)
def test_an_internal_api_server_is_closed_to_everybody_at_machines_own_addresses_too(
    listed: dict[str, Any], clients: tuple[str, ...]
) -> None:
    made = {row.name: row for row in rows(internal_api=True, **OWN_NETWORK, **listed)}
    assert made["test-controller-apiserver"].source_ranges == clients
    assert {name for name, row in made.items() if row.ports == ("6443",)} == {
        f"test-controller-apiserver{part}" for part in ("", "-nodes", "-health")
    }


def test_names_fit_with_the_longest_name_of_a_cluster() -> None:
    longest = max(len(row.name) for each in Networking for row in rows(name="n" * 27, networking=each))
    # The engine adds a hyphen and seven digits.
    assert longest + 8 == 63
