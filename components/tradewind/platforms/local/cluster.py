"""`tradewind.local.Cluster`: a cluster of machines on this Linux host.

Reads: `LocalClusterArgs`. Makes: an SSH key, machines, and the cluster on them.
"""

import platform as host_platform
from collections.abc import Sequence

import pulumi

from tradewind import butane, naming
from tradewind.choices import Architecture
from tradewind.control_plane import ControlPlane
from tradewind.delivery.files import HostFiles, deliver
from tradewind.host.options import HostOptions
from tradewind.host.roles import HostConfig
from tradewind.platforms.base import Machine, SshAccess
from tradewind.platforms.component import ClusterComponent, child_options
from tradewind.platforms.local import load_balancer
from tradewind.platforms.local.args import LocalClusterArgs
from tradewind.platforms.local.hosts import checked_spec, host_config, host_options
from tradewind.platforms.local.machines import machine
from tradewind.platforms.local.spec import LocalHost, LocalSpec, cluster_args
from tradewind.platforms.ssh import SshKeys


class Cluster(ClusterComponent):
    """A Kubernetes cluster on this host. Needs Linux and root; not a security boundary."""

    def __init__(self, name: str, args: LocalClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = checked_spec(args, butane.translate, _host_architecture())
        super().__init__("tradewind:local:Cluster", name, spec.cluster, opts)
        child = child_options(self, opts)
        self._build(name, cluster_args(args), LocalPlatform(spec, child), child)
        self._register(Cluster)


def _host_architecture() -> Architecture | None:
    """None where it is neither: the toolchain refuses such a host by itself."""
    names = {"x86_64": Architecture.AMD64, "aarch64": Architecture.ARM64, "arm64": Architecture.ARM64}
    return names.get(host_platform.machine())


class LocalPlatform:
    """Makes machines of this host. Satisfies `Platform`."""

    owned_objects = True

    def __init__(self, spec: LocalSpec, opts: pulumi.ResourceOptions) -> None:
        """Make the SSH key of the cluster's machines; they follow when they are asked for."""
        self._spec = spec
        self._opts = opts
        self._keys = SshKeys(spec.cluster.name, {}, opts)

    @property
    def ssh(self) -> SshAccess:
        """By the cluster's own key."""
        return self._keys.access

    def host_options(self, name: str) -> HostOptions:
        """What is chosen about one host; its first boot and its deliveries use the same."""
        return host_options(self._spec, name)

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One machine for each controller of the spec."""
        return [self._machine(host, host_config(self._spec, host)) for host in self._spec.controllers]

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """A machine with haproxy, if there is more than one API server; every machine has a hosts file."""
        host = self._spec.load_balancer
        if host is None:
            return []
        made = self._machine(host, load_balancer.host_config(self._spec, host))
        files = HostFiles(
            plain=[load_balancer.haproxy_configuration(self._spec)],
            secret=pulumi.Output.from_input([]),
            secret_paths=[],
        )
        return [deliver(naming.child(host.name, "files"), made, self.ssh, files, self._opts)]

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One machine for each worker."""
        return [self._machine(host, host_config(self._spec, host)) for host in self._spec.workers]

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """There are none: every worker is a machine of its own."""

    def admin_server(self, control_plane: ControlPlane) -> str:
        """By address: this host does not know the cluster's names."""
        return f"https://{self._spec.api_address}:{control_plane.spec.api_port}"

    def _machine(self, host: LocalHost, config: HostConfig) -> Machine:
        return machine(self._spec, host, config, self._keys.authorized[0], self._opts)
