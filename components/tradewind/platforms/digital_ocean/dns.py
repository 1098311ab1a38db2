"""The cluster's names in the zone: API server, etcd members, workers.

Reads: `DigitalOceanSpec`, machines, load balancers. Makes: A records.
"""

from collections.abc import Sequence

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind import naming
from tradewind.platforms.base import Machine
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec

_TTL = 60
"""Seconds. A client that met a machine that is gone does not meet it for long."""


def api_records(
    spec: DigitalOceanSpec,
    controllers: Sequence[Machine],
    load_balancer: digitalocean.LoadBalancer | None,
    opts: pulumi.ResourceOptions,
) -> list[digitalocean.DnsRecord]:
    """The API server's name: the load balancer's address, or those of all controllers."""
    name, host = spec.cloud.name, naming.api_host(spec.cloud.name, spec.cloud.dns_zone)
    if load_balancer is not None:
        return [_a(spec, naming.child(name, "api"), host, load_balancer.ip, opts)]
    addresses = [_inside(each) if spec.cloud.internal_api else each.address for each in controllers]
    return [
        _a(spec, naming.child(name, "api", str(index)), host, address, opts) for index, address in enumerate(addresses)
    ]


def etcd_records(
    spec: DigitalOceanSpec, controllers: Sequence[Machine], opts: pulumi.ResourceOptions
) -> list[digitalocean.DnsRecord]:
    """The names at which etcd members reach each other, inside the network."""
    return [
        _a(spec, naming.child(spec.cloud.name, "etcd", str(index)), member.etcd_name, _inside(each), opts)
        for index, (member, each) in enumerate(zip(spec.cloud.cluster.controllers, controllers, strict=True))
    ]


def workers_host(spec: DigitalOceanSpec) -> str:
    """Name at which the workers' ports 80 and 443 are reached."""
    return naming.workers_host(spec.cloud.name, spec.cloud.dns_zone)


def ingress_record(
    spec: DigitalOceanSpec, load_balancer: digitalocean.LoadBalancer, opts: pulumi.ResourceOptions
) -> digitalocean.DnsRecord:
    """The workers' name with a load balancer in front of them."""
    return _a(spec, naming.child(spec.cloud.name, "ingress"), workers_host(spec), load_balancer.ip, opts)


def worker_records(
    spec: DigitalOceanSpec, workers: Sequence[Machine], opts: pulumi.ResourceOptions
) -> list[digitalocean.DnsRecord]:
    """The workers' name without one: the addresses of all that have a public one."""
    if spec.ingress_load_balancer or spec.cloud.private_nodes:
        return []
    return [_a(spec, naming.child(each.name, "address"), workers_host(spec), each.address, opts) for each in workers]


def _inside(machine: Machine) -> pulumi.Output[str]:
    return machine.private_address if machine.private_address is not None else machine.address


def _a(
    spec: DigitalOceanSpec, resource: str, host: str, address: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> digitalocean.DnsRecord:
    zone = spec.cloud.dns_zone
    return digitalocean.DnsRecord(
        resource,
        domain=zone,
        name=host.removesuffix(f".{zone}"),
        type="A",
        value=address,
        ttl=_TTL,
        opts=opts,
    )
