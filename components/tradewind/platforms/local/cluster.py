"""`tradewind.local.Cluster`: a cluster of machines on this Linux host.

Reads: `LocalClusterArgs`. Makes: an SSH key, machines, and the cluster on them.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_tls as tls

from tradewind import naming
from tradewind.cluster import build_cluster
from tradewind.control_plane import ControlPlane
from tradewind.host import roles
from tradewind.host.options import HostOptions
from tradewind.kubelet import Role
from tradewind.platforms.base import Machine, SshAccess
from tradewind.platforms.local.args import LocalClusterArgs
from tradewind.platforms.local.deltas import delta, hosts
from tradewind.platforms.local.machines import machine
from tradewind.platforms.local.spec import LocalSpec, cluster_args, local_spec


class Cluster(pulumi.ComponentResource):
    """A Kubernetes cluster on this host. Needs Linux and root; not a security boundary."""

    kubeconfig: pulumi.Output[str]
    """The administrator's kubeconfig, for use on this host. Secret."""
    addresses: pulumi.Output[Mapping[str, str]]
    """Address of every machine by its name."""
    ssh_private_key: pulumi.Output[str]
    """Key of user `core` on every machine, OpenSSH. Secret."""
    certificates_not_after: pulumi.Output[Mapping[str, str]]
    """End of validity of every certificate, RFC 3339, by name."""
    bootstrap_token_expiration: pulumi.Output[str]
    """End of validity of the bootstrap token, RFC 3339."""

    def __init__(self, name: str, args: LocalClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = local_spec(args)
        super().__init__("tradewind:local:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        platform = LocalPlatform(spec, self)
        outputs = build_cluster(name, cluster_args(args), platform, child)
        self.kubeconfig = outputs.kubeconfig
        self.addresses = pulumi.Output.all(**outputs.addresses)
        self.ssh_private_key = platform.ssh.private_key
        self.certificates_not_after = outputs.control_plane.certificates_not_after
        self.bootstrap_token_expiration = outputs.control_plane.bootstrap_token_expiration
        self.register_outputs(
            {
                "kubeconfig": self.kubeconfig,
                "addresses": self.addresses,
                "ssh_private_key": self.ssh_private_key,
                "certificates_not_after": self.certificates_not_after,
                "bootstrap_token_expiration": self.bootstrap_token_expiration,
            }
        )


class LocalPlatform:
    """Makes machines of this host. Satisfies `Platform`."""

    def __init__(self, spec: LocalSpec, parent: pulumi.Resource) -> None:
        """Make the SSH key of the cluster's machines; they follow when they are asked for."""
        self._spec = spec
        self._opts = pulumi.ResourceOptions(parent=parent)
        self._key = tls.PrivateKey(naming.child(spec.cluster.name, "ssh", "key"), algorithm="ED25519", opts=self._opts)

    @property
    def ssh(self) -> SshAccess:
        """User core, as on every system with Ignition."""
        return SshAccess(user="core", private_key=self._key.private_key_openssh)

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One machine for each controller of the spec."""
        return [
            self._machine(member.name, roles.controller(control_plane.spec, member, self.host_options(member.name)))
            for member in control_plane.spec.controllers
        ]

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One machine for each worker."""
        return [
            self._machine(worker.name, roles.worker(control_plane.spec, self.host_options(worker.name)))
            for worker in self._spec.workers
        ]

    def host_options(self, name: str) -> HostOptions:
        """Every host of a role differs in its name and address only."""
        host = self._spec.host(name)
        role = Role.CONTROLLER if host in self._spec.controllers else Role.WORKER
        return HostOptions(delta=delta(role), hostname=name, node_ip=str(host.address), hosts=hosts(self._spec, host))

    def admin_server(self, control_plane: ControlPlane) -> str:
        """The first controller's address: this host does not know the cluster's names."""
        return f"https://{self._spec.controllers[0].address}:{control_plane.spec.api_port}"

    def _machine(self, name: str, config: roles.HostConfig) -> Machine:
        return machine(self._spec, self._spec.host(name), config, self._key.public_key_openssh, self._opts)
