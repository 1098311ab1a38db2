"""Names of the cluster in its hosted zone.

Reads: `AwsSpec`, the load balancer of the API server, controllers. Makes: records.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws.lb as lb
import pulumi_aws.route53 as route53

from tradewind import naming
from tradewind.platforms.aws.spec import AwsSpec
from tradewind.platforms.base import Machine

_ETCD_TTL = 60
"""Seconds until the other members find a controller that was made anew."""


def dns_records(
    spec: AwsSpec, balancer: lb.LoadBalancer, controllers: Sequence[Machine], opts: pulumi.ResourceOptions
) -> Sequence[pulumi.Resource]:
    """The API server's name and those of etcd members."""
    return [*_api_records(spec, balancer, opts), *_etcd_records(spec, controllers, opts)]


def _api_records(spec: AwsSpec, balancer: lb.LoadBalancer, opts: pulumi.ResourceOptions) -> Sequence[route53.Record]:
    return [
        route53.Record(
            naming.child(spec.name, "apiserver", kind.lower()),
            zone_id=spec.dns_zone_id,
            name=naming.api_host(spec.name, spec.cloud.dns_zone),
            type=kind,
            aliases=[
                # There is nothing else that a client could be sent to.
                route53.RecordAliasArgs(name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=False)
            ],
            opts=opts,
        )
        for kind in (("A", "AAAA") if spec.ipv6 else ("A",))
    ]


def _etcd_records(
    spec: AwsSpec, controllers: Sequence[Machine], opts: pulumi.ResourceOptions
) -> Sequence[route53.Record]:
    return [
        route53.Record(
            naming.child(machine.name, "etcd"),
            zone_id=spec.dns_zone_id,
            name=member.etcd_name,
            type="A",
            ttl=_ETCD_TTL,
            records=[machine.private_address or machine.address],
            opts=opts,
        )
        for member, machine in zip(spec.cloud.cluster.controllers, controllers, strict=True)
    ]
