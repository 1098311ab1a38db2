"""`tradewind.bare_metal.Cluster`: a cluster of machines that boot from the network.

Reads: `BareMetalClusterArgs`. Makes: what Matchbox tells machines, and the cluster on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import pulumi

from tradewind import butane
from tradewind.args import ClusterArgs
from tradewind.control_plane import ControlPlane
from tradewind.host.options import HostOptions
from tradewind.platforms.bare_metal.args import BareMetalClusterArgs
from tradewind.platforms.bare_metal.machines import machines
from tradewind.platforms.bare_metal.matchbox import DIAL_ATTEMPTS, with_matchbox
from tradewind.platforms.bare_metal.spec import BareMetalMachine, BareMetalSpec, bare_metal_spec, cluster_args
from tradewind.platforms.base import Machine, SshAccess
from tradewind.platforms.component import ClusterComponent, child_options
from tradewind.platforms.ssh import SshKeys
from tradewind.platforms.worker_access import worker_access


class Cluster(ClusterComponent):
    """A Kubernetes cluster on machines of the user's own."""

    ssh_public_key: pulumi.Output[str]
    """Public half of the key of deliveries, one line of authorized_keys: what a bastion has to let in."""
    worker_access: pulumi.Output[Mapping[str, str]]
    """What a `WorkerPool` beside the cluster reads. Secret."""

    def __init__(self, name: str, args: BareMetalClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = bare_metal_spec(args, butane.translate)
        super().__init__("tradewind:bare_metal:Cluster", name, spec.cluster, opts)
        child = child_options(self, opts)
        platform = BareMetalPlatform(spec, args, with_matchbox(name, args, child), child)
        made = self._build(name, cast("ClusterArgs", cluster_args(args)), platform, child)
        self.ssh_public_key = pulumi.Output.from_input(platform.keys.authorized[0])
        self.worker_access = worker_access(made, self.ssh_public_key, platform.ssh.private_key)
        self._register(Cluster)


class BareMetalPlatform:
    """Tells Matchbox of machines. Satisfies `Platform`."""

    def __init__(
        self,
        spec: BareMetalSpec,
        args: BareMetalClusterArgs,
        at_matchbox: pulumi.ResourceOptions,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Make the SSH key of the cluster's machines.

        Args:
            spec: what was chosen.
            args: the same before validation, for what comes from other resources.
            at_matchbox: for what Matchbox gets.
            opts: for everything else.
        """
        self._spec = spec
        self._at_matchbox = at_matchbox
        self.keys = SshKeys(spec.cluster.name, args, opts)

    @property
    def ssh(self) -> SshAccess:
        """By the cluster's own key; somebody has to switch machines on, and they install themselves first."""
        return replace(self.keys.access, dial_attempts=DIAL_ATTEMPTS)

    def host_options(self, name: str) -> HostOptions:
        """What is chosen about the host of that name."""
        return self._spec.host(name).options

    @property
    def owned_objects(self) -> bool:
        """As the arguments say."""
        return self._spec.owned_objects

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """Those of the arguments."""
        return self._machines(self._spec.controllers)

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """Nothing: names are the site's to resolve."""
        return []

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """Those of the arguments."""
        return self._machines(self._spec.workers)

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """There are none: every worker is a machine of its own."""

    def admin_server(self, control_plane: ControlPlane) -> str:
        """By the name that clients in the cluster use."""
        return control_plane.spec.api_url

    def _machines(self, given: Sequence[BareMetalMachine]) -> Sequence[Machine]:
        return machines(self._spec, given, self.keys.authorized, self._at_matchbox)
