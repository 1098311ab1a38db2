"""The network of a cluster: the user's, or one with one subnetwork and, for machines without addresses, a Cloud NAT.

Reads: `GoogleCloudSpec`. Makes: `ClusterNetwork` and its firewall rules.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_gcp.compute as compute

from tradewind import naming
from tradewind.platforms.google_cloud.firewall import firewall_rows
from tradewind.platforms.google_cloud.spec import GoogleCloudSpec

if TYPE_CHECKING:
    from tradewind.platforms.google_cloud.args import GoogleCloudNetworkArgs


@dataclass(frozen=True)
class ClusterNetwork:
    """Where machines go."""

    network: pulumi.Output[str]
    """Self link."""
    subnetwork: pulumi.Output[str]
    """Self link of the subnetwork in the cluster's region."""


def cluster_network(
    spec: GoogleCloudSpec, own: "GoogleCloudNetworkArgs | None", opts: pulumi.ResourceOptions
) -> ClusterNetwork:
    """The user's `own` network, or a new one."""
    if own is not None:
        return ClusterNetwork(
            network=pulumi.Output.from_input(own["network"]), subnetwork=pulumi.Output.from_input(own["subnetwork"])
        )
    network = compute.Network(naming.child(spec.name, "network"), auto_create_subnetworks=False, opts=opts)
    subnetwork = compute.Subnetwork(
        naming.child(spec.name, "subnetwork"),
        network=network.self_link,
        region=spec.region,
        ip_cidr_range=str(spec.cloud.host_cidr),
        private_ip_google_access=True,
        opts=opts,
    )
    if spec.cloud.private_nodes:
        _nat(spec, network, subnetwork, opts)
    return ClusterNetwork(network=network.self_link, subnetwork=subnetwork.self_link)


def firewalls(spec: GoogleCloudSpec, network: ClusterNetwork, opts: pulumi.ResourceOptions) -> None:
    """The firewall rules, one for each row."""
    for row in firewall_rows(spec):
        compute.Firewall(
            row.name,
            network=network.network,
            direction="INGRESS",
            allows=[compute.FirewallAllowArgs(protocol=row.protocol, ports=row.ports or None)],
            target_tags=[row.target_tag],
            source_tags=row.source_tags or None,
            source_ranges=row.source_ranges or None,
            opts=opts,
        )


def _nat(
    spec: GoogleCloudSpec, network: compute.Network, subnetwork: compute.Subnetwork, opts: pulumi.ResourceOptions
) -> None:
    router = compute.Router(naming.child(spec.name, "router"), network=network.self_link, region=spec.region, opts=opts)
    compute.RouterNat(
        naming.child(spec.name, "nat"),
        router=router.name,
        region=spec.region,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=[{"name": subnetwork.self_link, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
        # Pods share the ports of their node, and by default it has 64: as many connections to one address.
        enable_dynamic_port_allocation=True,
        min_ports_per_vm=64,
        max_ports_per_vm=4096,
        # The other does not go with it.
        enable_endpoint_independent_mapping=False,
        opts=opts,
    )
