"""Load balancers: passthrough ones of the region for the API server, proxies of every region for ingress.

Reads: `Site`, controllers, groups of workers. Makes: `ApiEndpoint`, `Ingress`.

A passthrough load balancer leaves packets as they are, so that the firewall sees clients' addresses and the API
server logs them. Machines of the cluster reach the API server by the internal one, whoever may come from outside.
Source: https://cloud.google.com/load-balancing/docs/passthrough-network-load-balancer
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp.compute as compute

from tradewind import constants, naming
from tradewind.platforms.google_cloud.controllers import Controller
from tradewind.platforms.google_cloud.site import Site
from tradewind.platforms.ports import INGRESS_HEALTH_PORT

_INTERNAL, _EXTERNAL = "INTERNAL", "EXTERNAL"
"""Schemes of passthrough load balancers."""
_IDLE_SECONDS = 600
"""For which a proxy keeps a connection without traffic."""


@dataclass(frozen=True)
class ApiEndpoint:
    """Where the API server is reached."""

    internal: pulumi.Output[str]
    """Address in the network."""
    external: pulumi.Output[str] | None
    """Address for everybody; None with `internal_api`."""
    rules: Sequence[pulumi.Resource]
    """What has to be there before it is reached."""


@dataclass(frozen=True)
class Ingress:
    """Where HTTP of users comes in."""

    ipv4: pulumi.Output[str]
    ipv6: pulumi.Output[str]


def api_endpoint(site: Site, controllers: Sequence[Controller], opts: pulumi.ResourceOptions) -> ApiEndpoint:
    """The load balancers of the API server."""
    spec = site.spec
    name = naming.child(spec.name, "api")
    check = compute.RegionHealthCheck(
        name,
        region=spec.region,
        https_health_check={"port": constants.API_PORT, "request_path": "/readyz"},
        check_interval_sec=5,
        timeout_sec=5,
        healthy_threshold=1,
        unhealthy_threshold=3,
        opts=opts,
    )
    internal = _passthrough(site, _INTERNAL, controllers, check, opts)
    if spec.cloud.internal_api:
        return ApiEndpoint(internal.ip_address, None, [internal])
    external = _passthrough(site, _EXTERNAL, controllers, check, opts)
    return ApiEndpoint(internal.ip_address, external.ip_address, [internal, external])


def _passthrough(
    site: Site,
    scheme: str,
    controllers: Sequence[Controller],
    check: compute.RegionHealthCheck,
    opts: pulumi.ResourceOptions,
) -> compute.ForwardingRule:
    """A load balancer inside the network or outside; either has all controllers behind it."""
    name, region = naming.child(site.spec.name, "api", scheme.lower()), site.spec.region
    network = site.network if scheme == _INTERNAL else None
    address = compute.Address(
        name,
        region=region,
        address_type=scheme,
        subnetwork=network.subnetwork if network else None,
        opts=opts,
    )
    service = compute.RegionBackendService(
        name,
        region=region,
        load_balancing_scheme=scheme,
        protocol="TCP",
        health_checks=check.id,
        backends=[{"group": each.group, "balancing_mode": "CONNECTION"} for each in controllers],
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[each.membership for each in controllers])
        ),
    )
    return compute.ForwardingRule(
        name,
        region=region,
        load_balancing_scheme=scheme,
        network=network.network if network else None,
        subnetwork=network.subnetwork if network else None,
        backend_service=service.id,
        ip_address=address.address,
        ip_protocol="TCP",
        ports=[str(constants.API_PORT)],
        # The name leads here in the whole network, which may be in other regions too.
        allow_global_access=True if network else None,
        opts=opts,
    )


def ingress(site: Site, groups: Sequence[pulumi.Output[str]], opts: pulumi.ResourceOptions) -> Ingress:
    """The proxies for the cluster's groups of workers: HTTPS, and HTTP by choice, over IPv4 and IPv6."""
    name = naming.child(site.spec.name, "ingress")
    addresses = {
        version: compute.GlobalAddress(naming.child(name, version.lower()), ip_version=version, opts=opts)
        for version in ("IPV4", "IPV6")
    }
    check = compute.HealthCheck(
        name,
        http_health_check={"port": INGRESS_HEALTH_PORT, "request_path": "/healthz"},
        check_interval_sec=5,
        timeout_sec=5,
        healthy_threshold=2,
        unhealthy_threshold=4,
        opts=opts,
    )
    for port_name, port in {"https": 443, **({"http": 80} if site.spec.http_load_balancing else {})}.items():
        proxy = _proxy(naming.child(name, port_name), port_name, groups, check, opts)
        for version, address in addresses.items():
            compute.GlobalForwardingRule(
                naming.child(name, port_name, version.lower()),
                load_balancing_scheme="EXTERNAL_MANAGED",
                ip_address=address.address,
                ip_protocol="TCP",
                port_range=str(port),
                target=proxy.id,
                opts=opts,
            )
    return Ingress(ipv4=addresses["IPV4"].address, ipv6=addresses["IPV6"].address)


def _proxy(
    name: str,
    port_name: str,
    groups: Sequence[pulumi.Output[str]],
    check: compute.HealthCheck,
    opts: pulumi.ResourceOptions,
) -> compute.TargetTCPProxy:
    backends: Sequence[Any] = [{"group": group, "balancing_mode": "UTILIZATION"} for group in groups]
    service = compute.BackendService(
        name,
        load_balancing_scheme="EXTERNAL_MANAGED",
        protocol="TCP",
        port_name=port_name,
        timeout_sec=_IDLE_SECONDS,
        health_checks=check.id,
        backends=backends,
        opts=opts,
    )
    return compute.TargetTCPProxy(name, backend_service=service.id, opts=opts)
