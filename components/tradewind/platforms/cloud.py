"""What the clouds' platforms have in common: hosts, keys and the cluster's names.

Reads: `CloudSpec`. Makes: `CloudPlatform`, to which a cloud adds network and machines.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic

import pulumi

from tradewind.control_plane import ControlPlane
from tradewind.host.options import HostDelta, HostOptions
from tradewind.platforms.base import Machine, SshAccess
from tradewind.platforms.hosts import cloud_hosts
from tradewind.platforms.ssh import SshKeys
from tradewind.platforms.user_data import GroupUserData, group_user_data, single_user_data
from tradewind.spec.cloud import CloudSpec, MachineT


class CloudPlatform(Generic[MachineT]):
    """A `Platform` but for its network and its machines: `controllers`, `api_endpoint`, and workers of either kind."""

    def __init__(
        self, spec: CloudSpec[MachineT], args: Mapping[str, Any], delta: HostDelta, opts: pulumi.ResourceOptions
    ) -> None:
        """Make the SSH key of the cluster's machines.

        Args:
            spec: what was chosen.
            args: the same before validation, for what comes from other resources.
            delta: the differences of the cloud with the operating system chosen.
            opts: for every resource.
        """
        self.cloud = spec
        self.opts = opts
        self.hosts = cloud_hosts(spec, delta)
        self.keys = SshKeys(spec.name, args, opts)

    @property
    def owned_objects(self) -> bool:
        """As the arguments say."""
        return self.cloud.owned_objects

    @property
    def ssh(self) -> SshAccess:
        """By the cluster's own key, through the user's bastion if there is one."""
        return self.keys.access

    def host_options(self, name: str) -> HostOptions:
        """What is chosen about the host of that name."""
        return self.hosts[name].options

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """None: workers are scaling groups."""
        return []

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """None: workers are machines of their own."""

    def admin_server(self, control_plane: ControlPlane) -> str:
        """By the name that clients in the cluster use."""
        return control_plane.spec.api_url

    def user_data(self, name: str) -> pulumi.Output[str]:
        """User data of the machine of that name. Not secret."""
        return single_user_data(self.cloud.cluster, self.hosts[name], self.keys.authorized)

    def group_user_data(self, name: str, control_plane: ControlPlane) -> GroupUserData:
        """User data of the scaling group of that name."""
        join, ca_pem = control_plane.worker_assets, control_plane.ca_cert_pem
        return group_user_data(self.cloud.cluster, self.hosts[name], self.keys.authorized, join, ca_pem)
