"""What the cluster components of all platforms have in common: their outputs.

Reads: the cluster and its platform. Makes: `ClusterComponent`.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from tradewind.args import ClusterArgs
from tradewind.cluster import build_cluster
from tradewind.outputs import ClusterOutputs
from tradewind.platforms.base import Platform


class ClusterComponent(pulumi.ComponentResource):
    """A Kubernetes cluster. Platforms add what is their own."""

    kubeconfig: pulumi.Output[str]
    """The administrator's kubeconfig, for the machine that runs the program. Secret."""
    addresses: pulumi.Output[Mapping[str, str]]
    """Address at which SSH reaches a machine, by its name; machines of scaling groups are not listed."""
    ssh_private_key: pulumi.Output[str]
    """Key of user `core` on every machine, OpenSSH. Secret."""
    certificates_not_after: pulumi.Output[Mapping[str, str]]
    """End of validity of every certificate, RFC 3339, by name."""
    bootstrap_token_expiration: pulumi.Output[str]
    """End of validity of the bootstrap token, RFC 3339."""

    def _build(self, name: str, args: ClusterArgs, platform: Platform, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Make the cluster and set the outputs that all platforms have; `_register` comes last."""
        made = build_cluster(name, args, platform, opts)
        self.kubeconfig = made.kubeconfig
        self.addresses = pulumi.Output.all(**made.addresses)
        self.ssh_private_key = platform.ssh.private_key
        self.certificates_not_after = made.control_plane.certificates_not_after
        self.bootstrap_token_expiration = made.control_plane.bootstrap_token_expiration
        return made

    def _register(self, **more: pulumi.Input[Any]) -> None:
        """Register the shared outputs and the platform's own."""
        shared: dict[str, pulumi.Input[Any]] = {name: getattr(self, name) for name in ClusterComponent.__annotations__}
        self.register_outputs({**shared, **more})
