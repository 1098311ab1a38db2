"""What a user of AWS can choose between.

Pure.
"""

from enum import Enum


class DiskType(str, Enum):
    """Type of a root volume: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html."""

    GP3 = "gp3"
    """SSD with operations and throughput to choose."""
    GP2 = "gp2"
    """SSD whose operations grow with its size."""
    IO1 = "io1"
    """SSD with operations to choose."""
    IO2 = "io2"
    """The same, more durable."""
    STANDARD = "standard"
    """Magnetic, at most 1024 GiB."""


class CpuCredits(str, Enum):
    """What a burstable (T) instance does without credits."""

    STANDARD = "standard"
    """It runs at its baseline."""
    UNLIMITED = "unlimited"
    """It goes on, for money."""
