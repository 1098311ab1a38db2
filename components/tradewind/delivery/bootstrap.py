"""The apply on the first controller.

Reads: the first controller, once every controller has its files. Makes: a command that runs bootstrap.service, once or
whenever the objects change.
"""

import pulumi
from pulumi_command import remote

from tradewind.delivery.files import connection
from tradewind.host.units import BOOTSTRAP_DONE
from tradewind.platforms.base import Machine, SshAccess

_LOG_ON_FAILURE = (
    " || { status=$?; sudo journalctl --unit=bootstrap.service --lines=100 --no-pager >&2; exit $status; }"
)
"""The unit has a time limit of its own; on failure its log says what is missing."""
_ONCE = f"sudo systemctl start bootstrap.service{_LOG_ON_FAILURE}"
_AGAIN = f"sudo rm -f {BOOTSTRAP_DONE} && sudo systemctl restart bootstrap.service{_LOG_ON_FAILURE}"


def bootstrap(
    name: str,
    machine: Machine,
    ssh: SshAccess,
    objects: pulumi.Output[str] | None,
    opts: pulumi.ResourceOptions,
) -> remote.Command:
    """Run bootstrap.service on a machine.

    Args:
        name: of the command.
        machine: the first controller.
        ssh: how it is entered.
        objects: digest of the objects, which are applied again when it changes; None: it does nothing where it has
            succeeded before, as resources own the objects from then on.
        opts: for the command.
    """
    run = _ONCE if objects is None else _AGAIN
    return remote.Command(
        name,
        connection=connection(machine, ssh),
        create=run,
        # Named, so that a change runs it in place where the package can do so.
        update=run,
        triggers=[machine.identity] if objects is None else [machine.identity, objects],
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )
