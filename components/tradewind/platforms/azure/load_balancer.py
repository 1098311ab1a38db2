"""What is in front of API servers and ingress controllers: Standard load balancers.

Reads: `AzureSpec`, public addresses, subnets. Makes: `LoadBalancers`.

One address of each version of IP is that of the API and of the ingress; an internal API has a load balancer of its own,
as Azure has no balancer that is both. Rules let machines not go out, which outbound rules do.
Source: https://learn.microsoft.com/azure/load-balancer/outbound-rules
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_azure_native.network as network

from tradewind import constants, naming
from tradewind.kubelet import Role
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.machine import Inputs
from tradewind.platforms.azure.network import Network, PublicAddresses
from tradewind.platforms.azure.spec import AzureSpec
from tradewind.platforms.ports import INGRESS_HEALTH_PORT

_OFTEN = {"interval_in_seconds": 5, "probe_threshold": 3}
_PROBES: Mapping[Role, Mapping[str, Any]] = {
    Role.CONTROLLER: {"name": "apiserver", "protocol": "Tcp", "port": constants.API_PORT, **_OFTEN},
    Role.WORKER: {
        "name": "ingress",
        "protocol": "Http",
        "port": INGRESS_HEALTH_PORT,
        "request_path": "/healthz",
        **_OFTEN,
    },
}
"""What is asked of machines of a role."""
_ALL_ZONES = ["1", "2", "3"]
"""Of an internal address that outlives a zone, whichever machines are in; a public one does by itself.

Source: https://learn.microsoft.com/azure/reliability/reliability-load-balancer
"""


class LoadBalancers:
    """The public one, and that of an internal API."""

    def __init__(
        self,
        spec: AzureSpec,
        group: pulumi.Output[str],
        addresses: PublicAddresses,
        subnets: Network,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Make them; machines join by `pools`."""
        self._spec, self._group, self._opts = spec, group, opts
        internal = spec.cloud.internal_api
        self.public = self._public(addresses, with_api=not internal)
        self.internal = self._internal(subnets) if internal else None
        self.api = self.internal or self.public
        """In front of the API servers."""
        self.api_families = (Family.IPV4,) if internal else spec.balanced_families
        """Versions of IP at which the API is reached."""

    def pools(self, role: Role) -> Mapping[Family, pulumi.Output[str]]:
        """Ids of the pools that machines of a role are in, by the version of IP of their addresses."""
        balancer, families = (
            (self.api, self.api_families) if role is Role.CONTROLLER else (self.public, self._spec.families)
        )
        return {
            family: pulumi.Output.concat(balancer.id, "/backendAddressPools/", _pool(role, family))
            for family in families
        }

    @property
    def internal_address(self) -> pulumi.Output[str] | None:
        """Address of an internal API."""
        if self.internal is None:
            return None
        return self.internal.frontend_ip_configurations.apply(lambda known: str((known or [])[0].private_ip_address))

    def _public(self, addresses: PublicAddresses, *, with_api: bool) -> network.LoadBalancer:
        spec = self._spec
        # Those of controllers too, whether or not something leads to them: Azure removes no pool that a machine is in.
        pools = [_pool(role, family) for role in (Role.WORKER, Role.CONTROLLER) for family in spec.families]
        rules = [
            _rule(name, Role.WORKER, family, (port, port))
            for family in spec.balanced_families
            for name, port in (("https", 443), *((("http", 80),) if spec.http_load_balancing else ()))
        ]
        if with_api:
            rules += [_api_rule(spec, family) for family in spec.balanced_families]
        outgoing = [family for family in spec.families if not (family is Family.IPV4 and spec.cloud.private_nodes)]
        return self._balancer(
            "load-balancer",
            frontend_ip_configurations=[
                {"name": _frontend(family), "public_ip_address": {"id": address.id}}
                for family, address in addresses.load_balancer.items()
            ],
            backend_address_pools=[{"name": pool} for pool in pools],
            probes=[_PROBES[Role.WORKER], *([_PROBES[Role.CONTROLLER]] if with_api else [])],
            load_balancing_rules=rules,
            outbound_rules=[_outbound(family) for family in outgoing],
        )

    def _internal(self, subnets: Network) -> network.LoadBalancer:
        frontend = {
            "name": _frontend(Family.IPV4),
            "private_ip_allocation_method": "Dynamic",
            "subnet": {"id": subnets.subnets[Role.CONTROLLER].id},
            **({"zones": _ALL_ZONES} if self._spec.zones else {}),
        }
        return self._balancer(
            "internal-load-balancer",
            frontend_ip_configurations=[frontend],
            backend_address_pools=[{"name": _pool(Role.CONTROLLER, Family.IPV4)}],
            probes=[_PROBES[Role.CONTROLLER]],
            load_balancing_rules=[_api_rule(self._spec, Family.IPV4)],
        )

    def _balancer(self, name: str, **parts: Inputs) -> network.LoadBalancer:
        return network.LoadBalancer(
            naming.child(self._spec.cloud.name, name),
            resource_group_name=self._group,
            location=self._spec.location,
            sku={"name": "Standard"},
            opts=self._opts,
            **parts,
        )


def _pool(role: Role, family: Family) -> str:
    return f"{role.value}-{family.value.lower()}"


def _frontend(family: Family) -> str:
    return family.value.lower()


def _own(kind: str, name: str) -> dict[str, str]:
    """A part of the same load balancer."""
    return {"id": f"$self/{kind}/{name}"}


def _api_rule(spec: AzureSpec, family: Family) -> dict[str, Any]:
    return _rule("apiserver", Role.CONTROLLER, family, (spec.cloud.cluster.api_port, constants.API_PORT))


def _rule(name: str, role: Role, family: Family, ports: tuple[int, int]) -> dict[str, Any]:
    """From the first port, the balancer's, to the second, that of machines of a role."""
    return {
        "name": f"{name}-{family.value.lower()}",
        "protocol": "Tcp",
        "frontend_port": ports[0],
        "backend_port": ports[1],
        "frontend_ip_configuration": _own("frontendIPConfigurations", _frontend(family)),
        "backend_address_pool": _own("backendAddressPools", _pool(role, family)),
        "probe": _own("probes", _PROBES[role]["name"]),
        # Clients of watches that are silent learn that a connection is gone.
        "enable_tcp_reset": True,
        "disable_outbound_snat": True,
    }


def _outbound(family: Family) -> dict[str, Any]:
    return {
        "name": f"{Role.WORKER.value}-{family.value.lower()}",
        "protocol": "All",
        "frontend_ip_configurations": [_own("frontendIPConfigurations", _frontend(family))],
        "backend_address_pool": _own("backendAddressPools", _pool(Role.WORKER, family)),
    }
