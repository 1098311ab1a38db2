"""The port matrix: what each role accepts, and that nothing is open that is not meant to be."""

import pytest

from tests.unit.arguments import arguments
from tradewind.choices import Networking
from tradewind.kubelet import Role
from tradewind.platforms.ports import Flow, Peer, Protocol, flows
from tradewind.spec import cluster_spec

TRUSTED = {Peer.CONTROLLERS, Peer.WORKERS, Peer.NODES}


def rows(networking: Networking = Networking.FLANNEL) -> tuple[Flow, ...]:
    return flows(cluster_spec(arguments(networking=networking)))


def accepting(to: Role, port: int, protocol: Protocol = Protocol.TCP, **options: Networking) -> set[Peer]:
    return {
        row.source
        for row in rows(**options)
        if row.to is to and row.protocol is protocol and row.first <= port <= row.last
    }


@pytest.mark.parametrize(
    ("to", "port", "sources"),
    [
        (Role.CONTROLLER, 22, {Peer.SSH_CLIENTS}),
        (Role.CONTROLLER, 2379, {Peer.CONTROLLERS}),
        (Role.CONTROLLER, 2380, {Peer.CONTROLLERS}),
        (Role.CONTROLLER, 6443, {Peer.API_CLIENTS, Peer.NODES, Peer.HEALTH_CHECKS}),
        (Role.CONTROLLER, 80, set()),
        (Role.WORKER, 22, {Peer.SSH_CLIENTS}),
        (Role.WORKER, 80, {Peer.EVERYWHERE}),
        (Role.WORKER, 443, {Peer.EVERYWHERE}),
        (Role.WORKER, 2379, set()),
        (Role.WORKER, 6443, set()),
        (Role.WORKER, 10254, {Peer.HEALTH_CHECKS}),
        (Role.WORKER, 10256, {Peer.HEALTH_CHECKS}),
        *((role, 10250, {Peer.NODES}) for role in Role),
        *((role, 9100, {Peer.WORKERS}) for role in Role),
        # Served on the loopback address, or the user's to open.
        *((role, port, set()) for role in Role for port in (2381, 10248, 10249, 10257, 10259, 30000, 32767)),
    ],
)
def test_who_opens_connections_to_a_port(to: Role, port: int, sources: set[Peer]) -> None:
    assert accepting(to, port) == sources


@pytest.mark.parametrize("to", Role)
@pytest.mark.parametrize("networking", Networking)
def test_pods_of_all_nodes_reach_each_other(to: Role, networking: Networking) -> None:
    assert accepting(to, 8472, Protocol.UDP, networking=networking) == {Peer.NODES}
    # A network that the user brings may be Cilium.
    others = {Peer.NODES} if networking is Networking.NONE else set()
    assert accepting(to, 4240, networking=networking) == others


@pytest.mark.parametrize("networking", Networking)
def test_only_what_is_meant_for_clients_is_open_to_others_than_nodes(networking: Networking) -> None:
    public = {(row.to, row.name) for row in rows(networking) if row.source not in TRUSTED}
    assert public == {
        *((role, "ssh") for role in Role),
        *((Role.CONTROLLER, name) for name in ("apiserver", "apiserver-health")),
        *((Role.WORKER, name) for name in ("http", "https", "ingress-health", "kube-proxy-health")),
    }


@pytest.mark.parametrize("networking", Networking)
def test_names_tell_the_rows_of_a_role_apart(networking: Networking) -> None:
    names = [(row.to, row.name) for row in rows(networking)]
    assert len(names) == len(set(names))
    assert all(row.first <= row.last and (row.first == 0) is (row.protocol is Protocol.ICMP) for row in rows())
