"""Load balancers, where they are wanted: in front of the API servers, and of the workers' ports 80 and 443.

Reads: `DigitalOceanSpec`, the network, the machines. Makes: load balancers that hand TLS on untouched.
Source: https://docs.digitalocean.com/products/networking/load-balancers/
"""

from collections.abc import Sequence
from ipaddress import ip_network

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind import constants, naming
from tradewind.kubelet import Role
from tradewind.platforms.digital_ocean.network import Network
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec
from tradewind.platforms.ports import INGRESS_HEALTH_PORT

_INTERNAL, _EXTERNAL = "INTERNAL", "EXTERNAL"


def api(
    spec: DigitalOceanSpec,
    network: Network,
    nodes: Sequence[pulumi.Output[str]],
    project_id: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> digitalocean.LoadBalancer:
    """The one in front of the API servers, which says by itself whether a server is ready.

    Args:
        spec: what was chosen.
        network: where it is.
        nodes: addresses from which the cluster's machines come.
        project_id: where it is listed.
        opts: for the resource.
    """
    return digitalocean.LoadBalancer(
        naming.child(spec.cloud.name, "api"),
        region=spec.region,
        vpc_uuid=network.vpc_id,
        network=_INTERNAL if spec.cloud.internal_api else _EXTERNAL,
        droplet_tag=network.tags[Role.CONTROLLER],
        forwarding_rules=[_tcp(spec.cloud.cluster.api_port, constants.API_PORT)],
        healthcheck=digitalocean.LoadBalancerHealthcheckArgs(
            protocol="https",
            port=constants.API_PORT,
            path="/readyz",
            check_interval_seconds=5,
            response_timeout_seconds=3,
            healthy_threshold=2,
            unhealthy_threshold=3,
        ),
        firewall=_firewall(spec, nodes),
        project_id=project_id,
        opts=opts,
    )


def ingress(
    spec: DigitalOceanSpec, network: Network, project_id: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> digitalocean.LoadBalancer:
    """The one in front of the workers whose ingress controller says that it is well."""
    return digitalocean.LoadBalancer(
        naming.child(spec.cloud.name, "ingress"),
        region=spec.region,
        vpc_uuid=network.vpc_id,
        network=_EXTERNAL,
        droplet_tag=network.tags[Role.WORKER],
        forwarding_rules=[_tcp(port, port) for port in (80, 443)],
        healthcheck=digitalocean.LoadBalancerHealthcheckArgs(
            protocol="http", port=INGRESS_HEALTH_PORT, path="/healthz", healthy_threshold=2
        ),
        project_id=project_id,
        opts=opts,
    )


def _tcp(entry: int, target: int) -> digitalocean.LoadBalancerForwardingRuleArgs:
    return digitalocean.LoadBalancerForwardingRuleArgs(
        entry_protocol="tcp", entry_port=entry, target_protocol="tcp", target_port=target
    )


def _firewall(
    spec: DigitalOceanSpec, nodes: Sequence[pulumi.Output[str]]
) -> digitalocean.LoadBalancerFirewallArgs | None:
    """Only whom the arguments let in, and the cluster's own machines. Inside the network firewalls of droplets do."""
    if spec.cloud.internal_api:
        return None
    if not spec.names_nodes:
        # Without a list, the provider keeps the one of before.
        return digitalocean.LoadBalancerFirewallArgs(allows=["cidr:0.0.0.0/0"])
    ranges = [f"cidr:{each}" for each in spec.cloud.api_clients if ip_network(each).version == 4]  # noqa: PLR2004
    return digitalocean.LoadBalancerFirewallArgs(
        allows=[*ranges, *(node.apply(lambda address: f"ip:{address}") for node in nodes)]
    )
