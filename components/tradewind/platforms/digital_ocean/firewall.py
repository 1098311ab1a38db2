"""Firewalls of the droplets.

Reads: `DigitalOceanSpec`, tags, load balancers. Makes: firewalls of the `rules`.

A firewall stands before the droplets of a tag from their first moment on. What load balancers send has a firewall of
its own: they come later. A tag as a source means every address of its droplets, the public and the private one.
"""

from collections.abc import Sequence

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind import naming
from tradewind.kubelet import Role
from tradewind.platforms.digital_ocean.network import Network
from tradewind.platforms.digital_ocean.rules import Rule, rules
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec
from tradewind.platforms.ports import Protocol
from tradewind.spec.cloud import EVERYWHERE

_ALL_PORTS = "1-65535"


def firewalls(spec: DigitalOceanSpec, network: Network, opts: pulumi.ResourceOptions) -> list[digitalocean.Firewall]:
    """One for each role: machines of the cluster, clients, and all that droplets send."""
    return [
        digitalocean.Firewall(
            naming.child(spec.cloud.name, f"{role.value}s"),
            tags=[network.tags[role]],
            inbound_rules=[
                digitalocean.FirewallInboundRuleArgs(
                    protocol=rule.protocol.value,
                    port_range=rule.ports,
                    source_addresses=rule.addresses or None,
                    source_tags=[network.tags[each] for each in rule.roles] or None,
                )
                for rule in rules(spec)
                if rule.to is role and not rule.load_balancer
            ],
            outbound_rules=[
                digitalocean.FirewallOutboundRuleArgs(
                    protocol=protocol.value,
                    port_range=None if protocol is Protocol.ICMP else _ALL_PORTS,
                    destination_addresses=EVERYWHERE,
                )
                for protocol in Protocol
            ],
            opts=opts,
        )
        for role in Role
    ]


def behind(
    spec: DigitalOceanSpec,
    role: Role,
    network: Network,
    load_balancer: digitalocean.LoadBalancer,
    opts: pulumi.ResourceOptions,
) -> digitalocean.Firewall:
    """What droplets of a role accept from the load balancer in front of them."""
    return digitalocean.Firewall(
        naming.child(spec.cloud.name, f"{role.value}s", "load-balancer"),
        tags=[network.tags[role]],
        inbound_rules=[_from(load_balancer, rule) for rule in _balanced(spec, role)],
        opts=opts,
    )


def _balanced(spec: DigitalOceanSpec, role: Role) -> Sequence[Rule]:
    return [rule for rule in rules(spec) if rule.to is role and rule.load_balancer]


def _from(load_balancer: digitalocean.LoadBalancer, rule: Rule) -> digitalocean.FirewallInboundRuleArgs:
    return digitalocean.FirewallInboundRuleArgs(
        protocol=rule.protocol.value, port_range=rule.ports, source_load_balancer_uids=[load_balancer.id]
    )
