"""Load balancers: the way to the API servers, and that of ingress to workers.

Reads: `AwsSpec`, `Network`, `SecurityGroups`. Makes: `LoadBalancers`. One network load balancer is for both, unless
the API server is reached inside the network only: then it has one of its own there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws.lb as lb

from tradewind import constants, naming
from tradewind.platforms.aws.firewall import SecurityGroups
from tradewind.platforms.aws.network import Network
from tradewind.platforms.aws.spec import AwsSpec
from tradewind.platforms.aws.tags import cluster_tags
from tradewind.platforms.base import Machine
from tradewind.platforms.ports import INGRESS_HEALTH_PORT

_TCP = "TCP"
_INGRESS_PORTS = {"http": 80, "https": 443}
_DRAINING_SECONDS = 30
"""As long as a kubelet lets an API server take to end."""
_LONGEST_PREFIX = 6
"""Characters of a prefix of a name that AWS makes, which has 32."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancers:
    """What clients come by."""

    api: lb.LoadBalancer
    ingress: lb.LoadBalancer
    """Public."""
    ingress_groups: Mapping[str, lb.TargetGroup]
    """Target groups of workers, `http` and `https`."""
    listeners: Sequence[pulumi.Resource]
    """With these, the API server is reached."""


def load_balancers(
    spec: AwsSpec,
    network: Network,
    groups: SecurityGroups,
    controllers: Sequence[Machine],
    opts: pulumi.ResourceOptions,
) -> LoadBalancers:
    """The load balancers, with the controllers as their targets; auto scaling groups add workers."""
    make = _Maker(spec, network, opts)
    public = make.load_balancer("ingress", groups.ingress, internal=False)
    api = make.load_balancer("apiserver", groups.apiserver, internal=True) if spec.cloud.internal_api else public
    group = make.api_servers()
    attachments = [make.attachment(group, machine) for machine in controllers]
    ingress_groups = {name: make.ingress(name, port) for name, port in _INGRESS_PORTS.items()}
    for name, port in _INGRESS_PORTS.items():
        make.listener(name, public, port, ingress_groups[name])
    listener = make.listener("apiserver", api, spec.cloud.cluster.api_port, group)
    return LoadBalancers(api=api, ingress=public, ingress_groups=ingress_groups, listeners=[listener, *attachments])


class _Maker:
    """Makes the parts of load balancers, whose names begin with the cluster's."""

    def __init__(self, spec: AwsSpec, network: Network, opts: pulumi.ResourceOptions) -> None:
        self._spec = spec
        self._network = network
        self._opts = opts
        self._prefix = f"{spec.name[: _LONGEST_PREFIX - 1]}-"

    def load_balancer(self, purpose: str, security_group: pulumi.Output[str], *, internal: bool) -> lb.LoadBalancer:
        name = naming.child(self._spec.name, purpose)
        return lb.LoadBalancer(
            name,
            name_prefix=self._prefix,
            load_balancer_type="network",
            internal=internal,
            ip_address_type="dualstack" if self._spec.ipv6 else "ipv4",
            enable_cross_zone_load_balancing=True,
            subnets=self._network.node_subnet_ids if internal else self._network.public_subnet_ids,
            security_groups=[security_group],
            tags=cluster_tags(self._spec.name, name),
            opts=pulumi.ResourceOptions.merge(
                self._opts, pulumi.ResourceOptions(depends_on=list(self._network.routes))
            ),
        )

    def api_servers(self) -> lb.TargetGroup:
        return self._target_group(
            "apiserver",
            constants.API_PORT,
            # An API server says that it is not ready before it ends.
            _health_check("HTTPS", constants.API_PORT, "/readyz"),
            # Inside a network a controller that comes back to itself would drop what has its own address as source.
            preserve_client_ip=not self._spec.cloud.internal_api,
            # An API server ends its connections itself; by default the first failed checks would cut them off.
            unhealthy=lb.TargetGroupTargetHealthStateArgs(
                enable_unhealthy_connection_termination=False, unhealthy_draining_interval=_DRAINING_SECONDS
            ),
        )

    def ingress(self, name: str, port: int) -> lb.TargetGroup:
        check = _health_check("HTTP", INGRESS_HEALTH_PORT, "/healthz")
        return self._target_group(name, port, check, preserve_client_ip=True)

    def _target_group(
        self,
        purpose: str,
        port: int,
        check: lb.TargetGroupHealthCheckArgs,
        *,
        preserve_client_ip: bool,
        unhealthy: lb.TargetGroupTargetHealthStateArgs | None = None,
    ) -> lb.TargetGroup:
        name = naming.child(self._spec.name, purpose)
        return lb.TargetGroup(
            name,
            name_prefix=self._prefix,
            vpc_id=self._network.vpc_id,
            target_type="instance",
            protocol=_TCP,
            port=port,
            preserve_client_ip=str(preserve_client_ip).lower(),
            health_check=check,
            target_health_states=[unhealthy] if unhealthy else None,
            tags=cluster_tags(self._spec.name, name),
            opts=self._opts,
        )

    def attachment(self, group: lb.TargetGroup, machine: Machine) -> lb.TargetGroupAttachment:
        return lb.TargetGroupAttachment(
            naming.child(machine.name, "apiserver"),
            target_group_arn=group.arn,
            target_id=machine.identity,
            port=constants.API_PORT,
            opts=self._opts,
        )

    def listener(self, purpose: str, balancer: lb.LoadBalancer, port: int, group: lb.TargetGroup) -> lb.Listener:
        name = naming.child(self._spec.name, purpose)
        return lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=port,
            protocol=_TCP,
            default_actions=[lb.ListenerDefaultActionArgs(type="forward", target_group_arn=group.arn)],
            tags=cluster_tags(self._spec.name, name),
            # A target group is of one load balancer at a time.
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(delete_before_replace=True)),
        )


def _health_check(protocol: str, port: int, path: str) -> lb.TargetGroupHealthCheckArgs:
    return lb.TargetGroupHealthCheckArgs(
        protocol=protocol,
        port=str(port),
        path=path,
        # The least that AWS takes. New connections go on for up to a minute after two checks that failed, which is
        # longer than an API server goes on after it says that it is not ready: docs/platforms/aws.md.
        interval=5,
        # Less than the interval, which AWS demands and its own 6 and 10 seconds are not.
        timeout=4,
        healthy_threshold=2,
        unhealthy_threshold=2,
    )
