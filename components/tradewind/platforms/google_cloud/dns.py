"""Names of the API server and of etcd members.

Reads: addresses. Makes: records in the user's zone, and a zone of the network's own in which machines find the API
server at its internal address.
"""

from collections.abc import Sequence

import pulumi
import pulumi_gcp.dns as dns

from tradewind import naming
from tradewind.platforms.base import Machine
from tradewind.platforms.google_cloud.load_balancer import ApiEndpoint
from tradewind.platforms.google_cloud.site import Site
from tradewind.platforms.google_cloud.spec import GoogleCloudSpec

_TTL_SECONDS = 300


def records(
    site: Site, endpoint: ApiEndpoint, controllers: Sequence[Machine], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Every record; what uses a name waits for them."""
    spec = site.spec
    api = naming.api_host(spec.name, spec.cloud.dns_zone)
    made: list[pulumi.Resource] = [
        _public(spec, naming.child(spec.name, "api"), api, endpoint.external or endpoint.internal, opts)
    ]
    for index, machine in enumerate(controllers):
        host = naming.etcd_host(spec.name, index, spec.cloud.dns_zone)
        address = machine.private_address or machine.address
        made.append(_public(spec, naming.child(spec.name, f"etcd{index}"), host, address, opts))
    if endpoint.external is not None:
        made.append(_private_api(site, api, endpoint.internal, opts))
    return made


def _public(
    spec: GoogleCloudSpec, name: str, host: str, address: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> dns.RecordSet:
    return dns.RecordSet(
        name,
        managed_zone=spec.dns_managed_zone,
        project=spec.dns_project,
        name=_absolute(host),
        type="A",
        ttl=_TTL_SECONDS,
        rrdatas=[address],
        opts=opts,
    )


def _private_api(site: Site, host: str, address: pulumi.Output[str], opts: pulumi.ResourceOptions) -> dns.RecordSet:
    """The API server inside the network: a zone of this one name."""
    name = naming.child(site.spec.name, "api", "internal")
    zone = dns.ManagedZone(
        name,
        dns_name=_absolute(host),
        visibility="private",
        private_visibility_config={"networks": [{"network_url": site.network.network}]},
        opts=opts,
    )
    return dns.RecordSet(
        name,
        managed_zone=zone.name,
        name=_absolute(host),
        type="A",
        ttl=_TTL_SECONDS,
        rrdatas=[address],
        opts=opts,
    )


def _absolute(host: str) -> str:
    return f"{host}."
