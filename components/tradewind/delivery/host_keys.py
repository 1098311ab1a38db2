"""Keys of SSH servers, where the platform cannot tell them: taken at the first contact, checked from then on.

Reads: machines and how they are entered. Makes: for each a command that reads its key and brings nothing, before any
secret is delivered. An address that meanwhile belongs to somebody else's machine then gets nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
from pulumi_command import remote

from tradewind import naming
from tradewind.delivery.files import connection
from tradewind.platforms.base import Machine, SshAccess

READ_HOST_KEY = "cat /etc/ssh/ssh_host_ecdsa_key.pub 2> /dev/null || cat /etc/ssh/ssh_host_ed25519_key.pub"
"""A connection knows one key and does not say which kind it wants: Go's client asks for ECDSA first and Ed25519 last.
Source: https://pkg.go.dev/golang.org/x/crypto/ssh#ClientConfig"""


def with_host_keys(machines: Sequence[Machine], ssh: SshAccess, opts: pulumi.ResourceOptions) -> list[Machine]:
    """The machines, every one with its host key.

    Args:
        machines: those of a platform.
        ssh: how they are entered.
        opts: for the commands.
    """
    return [
        machine if machine.host_key is not None else replace(machine, host_key=_first_contact(machine, ssh, opts))
        for machine in machines
    ]


def _first_contact(machine: Machine, ssh: SshAccess, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    read = remote.Command(
        naming.child(machine.resource.pulumi_resource_name, "host-key"),
        connection=connection(machine, ssh),
        create=READ_HOST_KEY,
        triggers=[machine.identity],
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[machine.resource])),
    )
    return read.stdout.apply(str.strip)
