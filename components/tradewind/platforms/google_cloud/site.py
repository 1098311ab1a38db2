"""What every machine of a cluster is made with: its spec, its network, its zones, and identities of the user's.

Reads: `GoogleCloudSpec`, the arguments that other resources may make, the provider. Makes: `Site`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp.compute as compute

from tradewind.kubelet import Role
from tradewind.platforms.google_cloud.network import ClusterNetwork
from tradewind.platforms.google_cloud.spec import GoogleCloudSpec

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
"""Every scope: what a service account may do is for its roles to say."""


_AI_ZONE = re.compile(r"-ai[0-9]+[a-z]$")


@dataclass(frozen=True)
class Site:
    """Where machines are made."""

    spec: GoogleCloudSpec
    network: ClusterNetwork
    zones: Sequence[str]
    disk_kms_key: pulumi.Input[str] | None
    service_accounts: Mapping[Role, pulumi.Input[str]]
    """Emails, of the roles that have one."""


def site(spec: GoogleCloudSpec, args: Mapping[str, Any], network: ClusterNetwork, opts: pulumi.ResourceOptions) -> Site:
    """The site of a cluster's arguments."""
    accounts = {role: args.get(f"{role.value}_service_account") for role in Role}
    return Site(
        spec=spec,
        network=network,
        zones=spec.zones or _all_zones(spec.region, opts),
        disk_kms_key=args.get("disk_kms_key"),
        service_accounts={role: email for role, email in accounts.items() if email is not None},
    )


def _all_zones(region: str, opts: pulumi.ResourceOptions) -> Sequence[str]:
    """Those of the region in the order of their names, known at preview.

    AI zones offer accelerators and few other types, to projects that asked for them
    (https://cloud.google.com/compute/docs/regions-zones/ai-zones).
    """
    names = compute.get_zones(region=region, opts=pulumi.InvokeOptions(parent=opts.parent)).names
    return sorted(name for name in names if not _AI_ZONE.search(name))
