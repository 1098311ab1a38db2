"""What a user can choose between on Azure, and what Azure calls it.

Pure. Reads: nothing. Makes: the values of Azure's API.
"""

from enum import Enum


class AzureDiskType(str, Enum):
    """Kind of a managed disk that a machine can boot from.

    Source: https://learn.microsoft.com/azure/virtual-machines/disks-types
    """

    STANDARD_HDD = "Standard_LRS"
    STANDARD_SSD = "StandardSSD_LRS"
    STANDARD_SSD_ZONE_REDUNDANT = "StandardSSD_ZRS"
    PREMIUM_SSD = "Premium_LRS"
    PREMIUM_SSD_ZONE_REDUNDANT = "Premium_ZRS"


class AzureEphemeralDisk(str, Enum):
    """Where a machine's size has room for a disk of the host's, which is gone with the machine.

    Source: https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks
    """

    CACHE = "CacheDisk"
    RESOURCE = "ResourceDisk"
    NVME = "NvmeDisk"


class Family(str, Enum):
    """Version of IP, as Azure names it."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"
