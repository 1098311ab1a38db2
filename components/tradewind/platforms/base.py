"""What every platform answers, whatever its machines are made of.

Reads: host configs. Makes: the `Platform` protocol and the `Machine` that delivery works with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from tradewind.control_plane import ControlPlane
from tradewind.host.options import HostOptions


@dataclass(frozen=True)
class Machine:
    """A machine that files can be delivered to."""

    name: str
    """Host name, which is also its node name."""
    address: pulumi.Output[str]
    """Where its SSH server is reached."""
    identity: pulumi.Output[str]
    """Changes when the machine is replaced, so that the new one gets its files."""
    resource: pulumi.Resource
    """What it is made by; with it goes everything on it."""
    host_key: pulumi.Output[str] | None = None
    """Public key of its SSH server in the format of authorized_keys; None where the platform cannot tell it, so that
    the first contact does (`delivery.host_keys`)."""
    private_address: pulumi.Output[str] | None = None
    """Where other machines reach it; None where that is `address`."""


@dataclass(frozen=True)
class Bastion:
    """An SSH server through which machines are entered."""

    host: pulumi.Output[str]
    user: str
    port: int
    private_key: pulumi.Output[str]
    """OpenSSH or PEM. Secret."""
    host_key: pulumi.Output[str] | None = None
    """Public key of the server in the format of authorized_keys; None: it is not checked."""


@dataclass(frozen=True)
class SshAccess:
    """How machines are entered."""

    user: str
    private_key: pulumi.Output[str]
    """OpenSSH or PEM. Secret."""
    bastion: Bastion | None = None
    """The way to them; None: directly."""
    dial_attempts: int = 60
    """How often an SSH server that does not answer is tried: 5 s apart if it refuses, 15 s if nothing is there."""


class Hosts(Protocol):
    """What is known about the hosts of machines that files are delivered to."""

    @property
    def ssh(self) -> SshAccess:
        """How every machine is entered."""
        ...

    def host_options(self, name: str) -> HostOptions:
        """What is chosen about the host of that name; its first boot and its deliveries use the same."""
        ...


class Platform(Hosts, Protocol):
    """Makes machines that boot the host configs of this library."""

    @property
    def owned_objects(self) -> bool:
        """Whether resources own the objects in the cluster.

        If not, its first controller applies them again whenever they change.
        """
        ...

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One machine for each controller of the spec, in its order."""
        ...

    def api_endpoint(self, controllers: Sequence[Machine]) -> Sequence[pulumi.Resource]:
        """Load balancer and DNS: what has to be there before API servers and etcd are reached by name."""
        ...

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """The workers that files are delivered to; those of a scaling group are not among them."""
        ...

    def worker_groups(self, control_plane: ControlPlane, opts: pulumi.ResourceOptions) -> None:
        """Make the scaling groups of workers, with `opts`: once the control plane runs.

        So new machines can join at once, and no kubelet is newer than its API server.
        """
        ...

    def admin_server(self, control_plane: ControlPlane) -> str:
        """URL at which the machine that runs this program reaches the API server."""
        ...
