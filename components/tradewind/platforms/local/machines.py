"""One local machine as a resource: a command that creates, updates and deletes it.

Reads: name, address, network and the rendered Ignition config. Makes: a `Machine`.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
from pulumi_command import local

from tradewind.host.roles import HostConfig
from tradewind.platforms.base import Machine
from tradewind.platforms.local.spec import LocalHost, LocalSpec


def machine(
    spec: LocalSpec,
    host: LocalHost,
    config: HostConfig,
    ssh_public_key: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> Machine:
    """A machine that boots `config` once, with a public key for user core.

    Later changes of it are delivered, so they change nothing here.

    Name, address and network identify a machine: a change of one makes another machine, after the old one is gone.
    """
    identity = {
        "cluster": spec.cluster.name,
        "name": host.name,
        "address": str(host.address),
        "network": str(spec.network),
    }
    command = local.Command(
        host.name,
        create=_verb(spec, "create"),
        update=_verb(spec, "update"),
        delete=_verb(spec, "delete"),
        environment={"TRADEWIND_MACHINE": json.dumps(identity)},
        stdin=ssh_public_key.apply(lambda key: replace(config, ssh_authorized_keys=(key.strip(),)).user_data()),
        triggers=[identity],
        logging=local.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(delete_before_replace=True, ignore_changes=["stdin"])
        ),
    )
    facts = command.stdout.apply(_facts)
    return Machine(
        name=host.name,
        address=facts["address"],
        identity=facts["id"],
        resource=command,
        host_key=facts["hostKey"],
    )


def _verb(spec: LocalSpec, verb: str) -> str:
    return shlex.join((*spec.machine_command, verb))


def _facts(stdout: str) -> Mapping[str, Any]:
    """What the machine program printed about the machine: one line of JSON."""
    facts: Mapping[str, Any] = json.loads(stdout.splitlines()[-1])
    return facts
