"""What a user says about a local cluster. `spec` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from tradewind.args import SharedArgs, WorkerPoolArgs
from tradewind.args.snippets import MachineArgs, SnippetArgs
from tradewind.choices import Architecture, Networking, OperatingSystem


class LocalClusterArgs(SharedArgs, MachineArgs):
    """A cluster of machines on this host."""

    kubernetes_version: NotRequired[str]
    """The default release, v1.36.2: local machines have the images of no other."""
    architecture: NotRequired[Architecture]
    """The host's, which all machines have, those of pools too: another is refused. Default: the host's."""
    networking: NotRequired[Networking]
    """Pod network: flannel or none, as local machines have no images of Calico. Default: flannel."""
    operating_system: NotRequired[OperatingSystem]
    """Whose form the nodes' machines have: its units and its runtime of system containers, podman or docker. Choose it
    once: another one replaces every machine. Default: fedora-coreos."""
    host_cidr: NotRequired[str]
    """IPv4 range of the machines' bridge, /16 to /24; its 1st address is the host's. Default: 10.78.0.0/24."""
    controllers: NotRequired[int]
    """Number of controllers: 1, 3 or 5. With more than one, a machine in front of them balances. Default: 1."""
    workers: NotRequired[int]
    """Number of plain workers, 0 to 100. Default: 1."""
    worker_pools: NotRequired[Sequence[WorkerPoolArgs]]
    """Up to 5 pools of up to 20 workers with labels and taints; 100 workers in all. A worker's address follows from
    its pool's place in this list: add pools at the end, and keep the place of one that goes with `workers: 0`.
    Default: none."""
    machine_snippets: NotRequired[Mapping[str, Sequence[SnippetArgs]]]
    """Additions to single controllers and workers by name, over those of their role and pool; at most 32 for each.
    Default: none."""
    machine_command: NotRequired[Sequence[str]]
    """Program that makes machines, with its first arguments. Default: python3 -m tools.machines."""
