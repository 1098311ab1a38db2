"""What a user of Google Cloud can choose between.

Pure. Makes: enums.
"""

from enum import Enum


class DiskType(str, Enum):
    """Type of a boot disk (https://cloud.google.com/compute/docs/disks). Not every machine type takes every one."""

    PD_STANDARD = "pd-standard"
    PD_BALANCED = "pd-balanced"
    PD_SSD = "pd-ssd"
    HYPERDISK_BALANCED = "hyperdisk-balanced"
    """The only one of the newest machine types, such as c4 and c4a."""
