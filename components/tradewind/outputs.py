"""Stage 7: what a cluster gives back, grouped by who reads it.

Reads: the control plane and the machines. Makes: `ClusterOutputs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from tradewind.control_plane import ControlPlane
from tradewind.platforms.base import Machine


@dataclass(frozen=True)
class ClusterOutputs:
    """Everything that programs and people use afterwards."""

    control_plane: ControlPlane
    kubeconfig: pulumi.Output[str]
    """For administrators. Secret."""
    controllers: Sequence[Machine]
    workers: Sequence[Machine]
    bootstrapped: pulumi.Output[str]
    """Known once the cluster runs: what is made of it comes after that."""

    @property
    def addresses(self) -> dict[str, pulumi.Output[str]]:
        """Address of every machine by its name, for SSH."""
        return {machine.name: machine.address for machine in (*self.controllers, *self.workers)}
