"""Controllers: one instance each, in an instance group of its own for the API server's load balancers.

Reads: `Site`, user data. Makes: `Controller`s.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pulumi
import pulumi_gcp.compute as compute

from tradewind import naming
from tradewind.kubelet import Role
from tradewind.platforms.base import Machine
from tradewind.platforms.first_boot import first_boot, snippets_digest, stale_snippets, tell
from tradewind.platforms.google_cloud.firewall import network_tag
from tradewind.platforms.google_cloud.images import image_family
from tradewind.platforms.google_cloud.site import SCOPES, Site
from tradewind.platforms.google_cloud.spec import GoogleCloudMachineSpec
from tradewind.spec.platform import Node

_SNIPPETS = "tradewind-snippets"
_LONGEST_LABEL = 63
_FIRST_BOOT = ("bootDisk", "guestAccelerators", "labels", "metadata", "scheduling", "zone")
"""What would replace an instance or goes with that, and what matters before its first boot only."""


@dataclass(frozen=True)
class Controller:
    """A controller, and what load balancers send connections to."""

    machine: Machine
    group: pulumi.Output[str]
    """Self link of its instance group."""
    membership: pulumi.Resource
    """That it is in the group: a resource, so that another instance of the same name is put into it again."""


def controller(
    site: Site, node: Node, zone: str, user_data: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> Controller:
    """The controller of a node.

    Zone, disk, accelerators and user data matter before its first boot only.
    """
    instance = _instance(site, node, zone, user_data, opts)
    group = compute.InstanceGroup(
        naming.child(node.name, "group"),
        zone=zone,
        network=site.network.network,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(**first_boot(node.name, ["zone"]))),
    )
    membership = compute.InstanceGroupMembership(
        naming.child(node.name, "membership"),
        zone=group.zone,
        instance_group=group.name,
        instance=instance.self_link,
        opts=opts,
    )
    machine = _machine(node.name, instance, private=site.spec.cloud.private_nodes)
    return Controller(machine=machine, group=group.self_link, membership=membership)


def _instance(
    site: Site, node: Node, zone: str, user_data: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> compute.Instance:
    """Its name is fixed, as it is the node's, so that the old instance goes before a new one comes."""
    cloud, digest = site.spec.cloud, snippets_digest(node)
    machine = cloud.controller_machine
    email = site.service_accounts.get(Role.CONTROLLER)
    instance = compute.Instance(
        node.name,
        name=node.name,
        zone=zone,
        machine_type=machine.type,
        boot_disk=_boot_disk(site, node),
        network_interfaces=[
            compute.InstanceNetworkInterfaceArgs(
                subnetwork=site.network.subnetwork,
                access_configs=[] if cloud.private_nodes else [compute.InstanceNetworkInterfaceAccessConfigArgs()],
            )
        ],
        tags=[network_tag(site.spec.name, Role.CONTROLLER)],
        labels={_SNIPPETS: digest[:_LONGEST_LABEL]} if digest else {},
        metadata={"user-data": user_data},
        can_ip_forward=True,
        allow_stopping_for_update=True,
        guest_accelerators=[compute.InstanceGuestAcceleratorArgs(**asdict(each)) for each in machine.accelerators],
        scheduling=compute.InstanceSchedulingArgs(**machine.scheduling),
        shielded_instance_config=_shielded(machine),
        service_account=compute.InstanceServiceAccountArgs(email=email, scopes=SCOPES) if email is not None else None,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(delete_before_replace=True, **first_boot(node.name, _FIRST_BOOT)),
        ),
    )
    instance.labels.apply(lambda booted: tell(stale_snippets(node, (booted or {}).get(_SNIPPETS)), instance))
    return instance


def _boot_disk(site: Site, node: Node) -> compute.InstanceBootDiskArgs:
    cloud = site.spec.cloud
    return compute.InstanceBootDiskArgs(
        initialize_params=compute.InstanceBootDiskInitializeParamsArgs(
            image=image_family(node.operating_system, cloud.os_stream, cloud.controller_architecture),
            size=cloud.controller_machine.disk_size_gb,
            type=cloud.controller_machine.disk_type.value,
        ),
        kms_key_self_link=site.disk_kms_key,
    )


def _shielded(machine: GoogleCloudMachineSpec) -> compute.InstanceShieldedInstanceConfigArgs | None:
    return compute.InstanceShieldedInstanceConfigArgs(enable_secure_boot=True) if machine.secure_boot else None


def _machine(name: str, instance: compute.Instance, *, private: bool) -> Machine:
    private_address = instance.network_interfaces.apply(_private_address)
    return Machine(
        name=name,
        address=private_address if private else instance.network_interfaces.apply(_public_address),
        identity=instance.instance_id,
        resource=instance,
        private_address=private_address,
    )


def _private_address(interfaces: Sequence[Any]) -> str:
    return str(interfaces[0].network_ip)


def _public_address(interfaces: Sequence[Any]) -> str:
    return str(interfaces[0].access_configs[0].nat_ip)
