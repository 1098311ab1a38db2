"""Controllers: virtual machines, each with a network interface of its own.

Reads: `AzureSpec`, user data, addresses, subnets. Makes: `Machine`s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_azure_native.compute as compute
import pulumi_azure_native.network as network

from tradewind import naming
from tradewind.kubelet import Role
from tradewind.platforms.azure import machine
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.images import image
from tradewind.platforms.azure.load_balancer import LoadBalancers
from tradewind.platforms.azure.network import Network, PublicAddresses
from tradewind.platforms.azure.spec import AzureSpec
from tradewind.platforms.base import Machine
from tradewind.platforms.first_boot import first_boot, snippets_digest, stale_snippets, tell
from tradewind.spec.platform import Node

_SNIPPETS = "snippets"
"""Tag with the digest of the snippets that a machine boots with."""
_FIRST_BOOT = (
    "availabilitySet",
    "osProfile",
    "plan",
    "securityProfile",
    "storageProfile",
    f"tags.{_SNIPPETS}",
    "zones",
)
"""Inputs that Azure cannot change, or that matter before the first boot only."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a controller is placed in."""

    group: pulumi.Output[str]
    addresses: PublicAddresses
    network: Network
    balancers: LoadBalancers


class Controllers:
    """The virtual machines of controllers."""

    def __init__(
        self, spec: AzureSpec, around: Surroundings, key: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> None:
        """Find a place for each; they follow when they are asked for.

        Args:
            spec: the cluster.
            around: what they are placed in.
            key: for Azure's own check, one line of authorized_keys.
            opts: for every resource.
        """
        self._spec, self._around, self._key, self._opts = spec, around, key, opts
        self._places = self._spread()

    def machine(self, node: Node, user_data: pulumi.Output[str]) -> Machine:
        """The machine of one controller, which boots `user_data`."""
        spec, around, digest = self._spec, self._around, snippets_digest(node)
        settings = spec.cloud.controller_machine
        boots = image(spec, settings, spec.cloud.controller_architecture)
        nic = self._interface(node)
        booted = pulumi.ResourceOptions(delete_before_replace=True, **first_boot(node.name, _FIRST_BOOT))
        made = compute.VirtualMachine(
            node.name,
            vm_name=node.name,
            resource_group_name=around.group,
            location=spec.location,
            hardware_profile={"vm_size": settings.type},
            os_profile=machine.os_profile(
                spec, self._key, computer_name=node.name, custom_data=user_data.apply(machine.encoded)
            ),
            storage_profile={"image_reference": boots.reference, "os_disk": machine.os_disk(spec, settings, "None")},
            plan=boots.plan,
            network_profile={"network_interfaces": [{"id": nic.id, "primary": True}]},
            diagnostics_profile={"boot_diagnostics": {"enabled": True}},
            identity=machine.identity(settings),
            tags={_SNIPPETS: digest} if digest else None,
            opts=pulumi.ResourceOptions.merge(self._opts, booted),
            **machine.encryption(spec),
            **self._places[node.name],
        )
        made.tags.apply(lambda tags: tell(stale_snippets(node, (tags or {}).get(_SNIPPETS)), made))
        return _machine(node.name, nic, around.addresses.controllers.get(node.name, {}), made)

    def _spread(self) -> Mapping[str, Mapping[str, Any]]:
        """A zone for each, or all in an availability set; by name."""
        spec, names = self._spec, [node.name for node in self._spec.cloud.controllers]
        if spec.zones:
            return {name: {"zones": [spec.zones[index % len(spec.zones)]]} for index, name in enumerate(names)}
        made = compute.AvailabilitySet(
            naming.child(spec.cloud.name, "controllers"),
            resource_group_name=self._around.group,
            location=spec.location,
            platform_fault_domain_count=2,
            platform_update_domain_count=5,
            # Of managed disks.
            sku={"name": "Aligned"},
            opts=self._opts,
        )
        return {name: {"availability_set": {"id": made.id}} for name in names}

    def _interface(self, node: Node) -> network.NetworkInterface:
        pools = self._around.balancers.pools(Role.CONTROLLER)
        public = self._around.addresses.controllers.get(node.name, {})
        subnet = self._around.network.subnets[Role.CONTROLLER].id
        configurations: list[Any] = [
            {
                "name": family.value.lower(),
                "primary": family is Family.IPV4,
                "private_ip_address_version": family.value,
                "private_ip_allocation_method": "Dynamic",
                "subnet": {"id": subnet},
                **({"public_ip_address": {"id": public[family].id}} if family in public else {}),
                **({"load_balancer_backend_address_pools": [{"id": pools[family]}]} if family in pools else {}),
            }
            for family in self._spec.families
        ]
        return network.NetworkInterface(
            naming.child(node.name, "nic"),
            resource_group_name=self._around.group,
            location=self._spec.location,
            ip_configurations=configurations,
            opts=self._opts,
        )


def _machine(
    name: str,
    nic: network.NetworkInterface,
    public: Mapping[Family, network.PublicIPAddress],
    made: compute.VirtualMachine,
) -> Machine:
    private = nic.ip_configurations.apply(lambda known: str((known or [])[0].private_ip_address))
    address = cast("pulumi.Output[str]", public[Family.IPV4].ip_address) if public else private
    return Machine(name=name, address=address, private_address=private, identity=made.vm_id, resource=made)
