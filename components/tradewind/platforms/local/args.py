"""What a user says about a local cluster. `spec` holds the rules and the defaults."""

from collections.abc import Sequence
from typing import NotRequired

from tradewind.args import SharedArgs


class LocalClusterArgs(SharedArgs):
    """A cluster of machines on this host."""

    host_cidr: NotRequired[str]
    """IPv4 range of the machines' bridge, /16 to /24; its 1st address is the host's. Default: 10.78.0.0/24."""
    controllers: NotRequired[int]
    """Number of controllers. Default: 1, which is the only number this platform can balance so far."""
    workers: NotRequired[int]
    """Number of workers, 0 to 100. Default: 1."""
    machine_command: NotRequired[Sequence[str]]
    """Program that makes machines, with its first arguments. Default: python3 -m tools.machines."""
