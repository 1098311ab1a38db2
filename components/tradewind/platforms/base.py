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
    host_key: pulumi.Output[str] | None
    """Public key of its SSH server in the format of authorized_keys; None where the platform cannot tell it."""


@dataclass(frozen=True)
class SshAccess:
    """How machines are entered."""

    user: str
    private_key: pulumi.Output[str]
    """OpenSSH or PEM. Secret."""


class Platform(Protocol):
    """Makes machines that boot the host configs of this library."""

    @property
    def ssh(self) -> SshAccess:
        """How every machine is entered."""
        ...

    def load_balancer(self) -> Sequence[pulumi.Resource]:
        """What has to be there before clients reach the API servers by name, if anything has."""
        ...

    def controllers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """One machine for each controller of the spec, in its order."""
        ...

    def workers(self, control_plane: ControlPlane) -> Sequence[Machine]:
        """The workers that files are delivered to; those of a scaling group are not among them."""
        ...

    def host_options(self, name: str) -> HostOptions:
        """What is chosen about the host of that name; its first boot and its deliveries use the same."""
        ...

    def admin_server(self, control_plane: ControlPlane) -> str:
        """URL at which the machine that runs this program reaches the API server."""
        ...
