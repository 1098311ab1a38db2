"""What virtual machines and the machines of scale sets have in common.

Pure. Reads: `AzureSpec`, settings of machines. Makes: parts of the inputs of both.
"""

from base64 import b64encode
from typing import Any

from tradewind.choices import OperatingSystem
from tradewind.platforms.azure.spec import AzureMachineSpec, AzureSpec

Inputs = Any
"""A part of a resource's inputs, whose types are the SDK's."""
Late = Any
"""What another resource may make."""

_USER = "core"


def encoded(user_data: str) -> str:
    """User data as Azure takes it."""
    return b64encode(user_data.encode()).decode()


def os_profile(spec: AzureSpec, key: Late, **more: Late) -> Inputs:
    """User and agent, and what a machine or a scale set has besides.

    Args:
        spec: the cluster.
        key: one line of authorized_keys, without which Azure makes no machine.
        more: names, and what a machine boots.
    """
    agent = spec.cloud.operating_system is OperatingSystem.FLATCAR
    return {
        "admin_username": _USER,
        # Fedora CoreOS has no agent, and Azure would wait for it.
        "allow_extension_operations": agent,
        "linux_configuration": {
            "disable_password_authentication": True,
            "provision_vm_agent": agent,
            "ssh": {"public_keys": [{"path": f"/home/{_USER}/.ssh/authorized_keys", "key_data": key}]},
        },
        **more,
    }


def os_disk(spec: AzureSpec, machine: AzureMachineSpec, caching: str) -> Inputs:
    """The only disk of a machine, which goes with it."""
    ephemeral = machine.ephemeral_disk
    key = spec.disk_encryption_set_id
    return {
        "create_option": "FromImage",
        "delete_option": "Delete",
        "caching": caching,
        "disk_size_gb": machine.disk_size,
        "managed_disk": {
            "storage_account_type": machine.disk_type.value,
            **({"disk_encryption_set": {"id": key}} if key is not None else {}),
        },
        **({"diff_disk_settings": {"option": "Local", "placement": ephemeral.value}} if ephemeral else {}),
    }


def encryption(spec: AzureSpec) -> Inputs:
    """Encryption by the host, which Azure takes only where the subscription has the feature."""
    return {"security_profile": {"encryption_at_host": True}} if spec.encryption_at_host else {}


def identity(machine: AzureMachineSpec) -> Inputs:
    """The machine's identities, if it has any."""
    if not machine.identity_ids:
        return None
    return {"type": "UserAssigned", "user_assigned_identities": list(machine.identity_ids)}
