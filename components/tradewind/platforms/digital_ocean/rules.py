"""The port matrix in the form of DigitalOcean's firewalls.

Pure. Reads: `DigitalOceanSpec`. Makes: `Rule`s, of which `firewall` makes resources.
Source: https://docs.digitalocean.com/products/networking/firewalls/how-to/configure-rules/
"""

from dataclasses import dataclass

from tradewind.kubelet import Role
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec
from tradewind.platforms.ports import Flow, Peer, Protocol, flows
from tradewind.spec.cloud import EVERYWHERE

_PEERS = {
    Peer.CONTROLLERS: (Role.CONTROLLER,),
    Peer.WORKERS: (Role.WORKER,),
    Peer.NODES: (Role.CONTROLLER, Role.WORKER),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Connections that droplets of a role accept, from exactly one kind of source."""

    to: Role
    protocol: Protocol
    ports: str | None
    """One port, or the first and the last with - between them; None with ICMP."""
    addresses: tuple[str, ...] = ()
    """Ranges."""
    roles: tuple[Role, ...] = ()
    """Droplets of the cluster."""
    load_balancer: bool = False
    """The load balancer that is in front of the role."""


def rules(spec: DigitalOceanSpec) -> tuple[Rule, ...]:
    """Every rule, none of them twice; a row of the matrix whose source does not exist has none."""
    found = (_rule(spec, flow) for flow in flows(spec.cloud.cluster))
    return tuple(dict.fromkeys(rule for rule in found if rule))


def _rule(spec: DigitalOceanSpec, flow: Flow) -> Rule | None:
    peers = _PEERS.get(flow.source)
    if peers:
        return _from(flow, roles=peers)
    balanced = {Role.CONTROLLER: spec.api_load_balancer, Role.WORKER: spec.ingress_load_balancer}[flow.to]
    if flow.source is Peer.HEALTH_CHECKS or (flow.source is Peer.API_CLIENTS and balanced):
        return _from(flow, load_balancer=True) if balanced else None
    ranges = {
        Peer.EVERYWHERE: EVERYWHERE,
        Peer.API_CLIENTS: spec.cloud.api_clients,
        Peer.SSH_CLIENTS: spec.cloud.ssh_allowed_cidrs,
    }
    return _from(flow, addresses=ranges[flow.source])


def _from(
    flow: Flow, *, addresses: tuple[str, ...] = (), roles: tuple[Role, ...] = (), load_balancer: bool = False
) -> Rule:
    several = f"{flow.first}-{flow.last}" if flow.last != flow.first else str(flow.first)
    return Rule(
        to=flow.to,
        protocol=flow.protocol,
        ports=None if flow.protocol is Protocol.ICMP else several,
        addresses=addresses,
        roles=roles,
        load_balancer=load_balancer,
    )
