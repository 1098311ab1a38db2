"""Workers: scale sets, of a cluster and of pools beside it.

Reads: `AzureSpec`, a pool, its user data. Makes: a scale set, and what keeps the number of its machines.

A scale set updates no running machine: a change of anything but the bootstrap token and the id of an image makes a new
one, and the old one goes once the new one is there (docs/decisions/0015-azure-scale-sets.md).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pulumi
import pulumi_azure_native.compute as compute
import pulumi_azure_native.monitor as monitor

from tradewind import naming
from tradewind.choices import OperatingSystem
from tradewind.platforms.azure import machine
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.images import image
from tradewind.platforms.azure.spec import AzureMachineSpec, AzureSpec
from tradewind.platforms.ports import KUBE_PROXY_HEALTH_PORT
from tradewind.platforms.user_data import GroupUserData
from tradewind.spec.cloud import Pool

_REVISION = "revision"
"""Tag with the digest of what running machines have."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a scale set is placed in."""

    group: pulumi.Output[str]
    subnet: pulumi.Output[str]
    """Id."""
    pools: Mapping[Family, pulumi.Output[str]]
    """Ids of the load balancer's pools."""
    key: pulumi.Input[str]
    """For Azure's own check, one line of authorized_keys."""


def scale_set(
    spec: AzureSpec,
    pool: Pool[AzureMachineSpec],
    user_data: GroupUserData,
    around: Surroundings,
    opts: pulumi.ResourceOptions,
) -> compute.VirtualMachineScaleSet:
    """The machines of a pool, and a setting that makes up for those that Azure takes back."""
    name, settings = pool.node.name, pool.machine
    made = compute.VirtualMachineScaleSet(
        name,
        resource_group_name=around.group,
        location=spec.location,
        orchestration_mode="Flexible",
        # In this mode: as many as there are.
        platform_fault_domain_count=1,
        zones=list(spec.zones) or None,
        sku={"name": settings.type, "tier": "Standard", "capacity": pool.workers},
        plan=image(spec, settings, pool.architecture).plan,
        identity=machine.identity(settings),
        upgrade_policy={"mode": compute.UpgradeMode.MANUAL},
        automatic_repairs_policy=_REPAIRS if _is_repaired(spec) else None,
        virtual_machine_profile=_machine_profile(spec, pool, user_data, around),
        tags={_REVISION: _revision(spec, pool, user_data)},
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replace_on_changes=[f"tags.{_REVISION}"])),
    )
    _maintained(spec, pool, around.group, made, opts)
    return made


def _is_repaired(spec: AzureSpec) -> bool:
    """Only where the agent is there to ask, and what it asks is installed: or else machines are replaced for ever."""
    return spec.cloud.operating_system is OperatingSystem.FLATCAR and spec.probes_nodes


_REPAIRS: machine.Inputs = {"enabled": True, "grace_period": "PT15M", "repair_action": "Replace"}
_HEALTH: machine.Inputs = {
    "extensions": [
        {
            "name": "health",
            "publisher": "Microsoft.ManagedServices",
            "type": "ApplicationHealthLinux",
            "type_handler_version": "1.0",
            "auto_upgrade_minor_version": True,
            "settings": {"protocol": "http", "port": KUBE_PROXY_HEALTH_PORT, "requestPath": "/healthz"},
        }
    ]
}


def _machine_profile(
    spec: AzureSpec, pool: Pool[AzureMachineSpec], user_data: GroupUserData, around: Surroundings
) -> machine.Inputs:
    settings = pool.machine
    more = {
        **machine.encryption(spec),
        # At the price of on-demand machines at most.
        **({"eviction_policy": "Delete", "billing_profile": {"max_price": -1}} if settings.spot else {}),
        **({"extension_profile": _HEALTH} if _is_repaired(spec) else {}),
    }
    return {
        "os_profile": machine.os_profile(spec, around.key, computer_name_prefix=pool.node.name),
        "storage_profile": {
            "image_reference": image(spec, settings, pool.architecture).reference,
            "os_disk": machine.os_disk(spec, settings, "ReadOnly"),
        },
        "user_data": user_data.text.apply(machine.encoded),
        "network_profile": _network_profile(spec, around),
        "diagnostics_profile": {"boot_diagnostics": {"enabled": True}},
        "priority": "Spot" if settings.spot else "Regular",
        **more,
    }


def _network_profile(spec: AzureSpec, around: Surroundings) -> machine.Inputs:
    configurations = [
        {
            "name": family.value.lower(),
            "primary": family is Family.IPV4,
            "private_ip_address_version": family.value,
            "subnet": {"id": around.subnet},
            "load_balancer_backend_address_pools": [{"id": around.pools[family]}],
        }
        for family in spec.families
    ]
    return {
        # The one that this mode asks for.
        "network_api_version": "2020-11-01",
        "network_interface_configurations": [
            {"name": "nic0", "primary": True, "delete_option": "Delete", "ip_configurations": configurations}
        ],
    }


def _revision(spec: AzureSpec, pool: Pool[AzureMachineSpec], user_data: GroupUserData) -> pulumi.Output[str]:
    late = (spec.disk_encryption_set_id, *pool.machine.identity_ids)
    return pulumi.Output.all(user_data.revision, *late).apply(lambda known: revision(spec, pool, known))


def revision(spec: AzureSpec, pool: Pool[AzureMachineSpec], late: Sequence[str | None]) -> str:
    """Digest of everything that running machines have, but for the release of their image and the bootstrap token.

    Args:
        spec: the cluster.
        pool: the pool.
        late: digest of the user data, and the ids that other resources make.
    """
    settings = pool.machine
    ephemeral = settings.ephemeral_disk
    chosen = {
        "image": image(spec, settings, pool.architecture).kind,
        "type": settings.type,
        "disk": [settings.disk_type.value, settings.disk_size, ephemeral.value if ephemeral else None],
        "spot": settings.spot,
        "zones": spec.zones,
        "encryption_at_host": spec.encryption_at_host,
        "families": spec.families,
        "late": late,
    }
    return sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()


def _maintained(
    spec: AzureSpec,
    pool: Pool[AzureMachineSpec],
    group: pulumi.Output[str],
    made: compute.VirtualMachineScaleSet,
    opts: pulumi.ResourceOptions,
) -> None:
    count = str(pool.workers)
    monitor.AutoscaleSetting(
        naming.child(pool.node.name, "maintain-desired"),
        resource_group_name=group,
        location=spec.location,
        enabled=True,
        target_resource_uri=made.id,
        profiles=[{"name": "default", "capacity": {"minimum": count, "default": count, "maximum": count}, "rules": []}],
        # A scale set has one at most: that of a new one is new.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replace_on_changes=["targetResourceUri"])),
    )
