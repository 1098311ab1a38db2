"""What the cluster components of all platforms have in common: controllers that stay what they are, and outputs.

Reads: the cluster and its platform. Makes: `ClusterComponent`.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pulumi

from tradewind.args import ClusterArgs
from tradewind.cluster import build_cluster
from tradewind.outputs import ClusterOutputs
from tradewind.platforms.base import Platform
from tradewind.spec.cluster import ClusterSpec
from tradewind.spec.members import check_architecture, check_members, check_zones

_MEMBERS = "etcd_members"
ARCHITECTURE = "controller_architecture"
"""Input with the architecture of controllers."""
ZONES = "controller_zones"
"""Input with `some` or `none`: whether controllers are in zones, where they may be in none."""
_CHECKS: Mapping[str, Callable[[Any, Any], None]] = {
    _MEMBERS: check_members,
    ARCHITECTURE: check_architecture,
    ZONES: check_zones,
}
"""What refuses another value of an input than that in the state."""
# No two hooks of a program have one name: whether components may is for the engine to say.
_NUMBERS = count()


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

    def __init__(
        self,
        token: str,
        name: str,
        cluster: ClusterSpec,
        opts: pulumi.ResourceOptions | None,
        controllers: Mapping[str, str] | None = None,
    ) -> None:
        """Register the component, with what has to stay as its inputs: etcd's members, and what their machines are.

        The engine refuses others than those in the state: at a preview too, and before it is asked for anything inside
        the component.

        Args:
            token: type of the component, `tradewind:<platform>:Cluster`.
            name: name of the component.
            cluster: the spec.
            opts: options that the user gave.
            controllers: what they are for good where the platform makes them: `ARCHITECTURE`, `ZONES`.
        """
        keep = pulumi.ResourceHook(
            f"{token}-{name}-members-{next(_NUMBERS)}", _keep, pulumi.ResourceHookOptions(on_dry_run=True)
        )
        hooks = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[keep]))
        stays: dict[str, Any] = {_MEMBERS: cluster.etcd_members, **(controllers or {})}
        super().__init__(token, name, stays, pulumi.ResourceOptions.merge(opts, hooks))

    def _build(self, name: str, args: ClusterArgs, platform: Platform, opts: pulumi.ResourceOptions) -> ClusterOutputs:
        """Make the cluster and set the outputs that all platforms have; `_register` comes last."""
        made = build_cluster(name, args, platform, opts)
        self.kubeconfig = made.kubeconfig
        self.addresses = pulumi.Output.all(**made.addresses)
        self.ssh_private_key = platform.ssh.private_key
        self.certificates_not_after = made.control_plane.certificates_not_after
        self.bootstrap_token_expiration = made.control_plane.bootstrap_token_expiration
        return made

    def _register(self, cluster: type["ClusterComponent"]) -> None:
        """Register the shared outputs and those that a platform's class declares."""
        names = (*ClusterComponent.__annotations__, *cluster.__annotations__)
        self.register_outputs({name: getattr(self, name) for name in names})


def child_options(component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Options of what is inside a component that was given `opts`.

    What a component depends on, its children do not wait for by themselves.
    """
    return pulumi.ResourceOptions(parent=component, depends_on=opts.depends_on if opts else None)


def _keep(update: pulumi.ResourceHookArgs) -> None:
    before, now = (inputs or {} for inputs in (update.old_inputs, update.new_inputs))
    for name, check in _CHECKS.items():
        # The state of an earlier version has none of it, and gets it.
        if before.get(name):
            check(before[name], now.get(name, type(before[name])()))
