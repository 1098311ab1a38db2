"""The one-time apply on the first controller.

Reads: the first controller, once every controller has its files. Makes: a command that runs bootstrap.service.
"""

import pulumi
from pulumi_command import remote

from tradewind.delivery.files import connection
from tradewind.platforms.base import Machine, SshAccess

_START = (
    "sudo systemctl start bootstrap.service || "
    "{ status=$?; sudo journalctl --unit=bootstrap.service --lines=100 --no-pager >&2; exit $status; }"
)
"""The unit has a time limit of its own; on failure its log says what is missing."""


def bootstrap(name: str, machine: Machine, ssh: SshAccess, opts: pulumi.ResourceOptions) -> remote.Command:
    """Run bootstrap.service on a machine; it does nothing where it has succeeded before."""
    return remote.Command(
        name,
        connection=connection(machine, ssh),
        create=_START,
        update=_START,
        triggers=[machine.identity],
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )
