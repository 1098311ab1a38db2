"""The way into machines: the key that a cluster makes, and the user's bastion.

Reads: `PlatformArgs`. Makes: `SshKeys`, or `SshAccess` with a key that a cluster made before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_tls as tls

from tradewind import naming
from tradewind.platforms.base import Bastion, SshAccess

_USER = "core"
"""On every system with Ignition."""


class SshKeys:
    """The key of a cluster's deliveries beside the keys of its users."""

    def __init__(self, cluster: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        """Make the key of the cluster of that name; `args` hold what `PlatformArgs` say of SSH."""
        self._key = tls.PrivateKey(naming.child(cluster, "ssh", "key"), algorithm="ED25519", opts=opts)
        self._args = args
        self.authorized = authorized_keys(self._key.public_key_openssh, args)
        """Public keys of user core, one line of authorized_keys each; the first is that of deliveries."""

    @property
    def access(self) -> SshAccess:
        """How the cluster's machines are entered."""
        return ssh_access(self._key.private_key_openssh, self._args)


def authorized_keys(public_key: pulumi.Input[str], args: Mapping[str, Any]) -> Sequence[pulumi.Input[str]]:
    """Keys that enter machines: `public_key`, which is that of deliveries, and those of the users."""
    return (public_key, *args.get("ssh_authorized_keys", ()))


def ssh_access(private_key: pulumi.Output[str], args: Mapping[str, Any]) -> SshAccess:
    """How machines are entered with the key of deliveries, through the bastion of `PlatformArgs` if there is one."""
    way = args.get("bastion")
    return SshAccess(user=_USER, private_key=private_key, bastion=bastion(way, private_key) if way else None)


def bastion(args: Mapping[str, Any], private_key: pulumi.Output[str]) -> Bastion:
    """The bastion of `BastionArgs`, entered with `private_key` if it has no key of its own."""
    own, host_key = args.get("private_key"), args.get("host_key")
    return Bastion(
        host=pulumi.Output.from_input(args["host"]),
        user=args.get("user", _USER),
        port=args.get("port", 22),
        private_key=pulumi.Output.secret(own) if own is not None else private_key,
        host_key=pulumi.Output.from_input(host_key) if host_key is not None else None,
    )
