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

from tradewind.choices import OperatingSystem
from tradewind.host.roles import HostConfig
from tradewind.platforms.base import Machine
from tradewind.platforms.first_boot import first_boot, snippets_digest, stale_snippets, tell
from tradewind.platforms.local.spec import LocalHost, LocalSpec

_SNIPPETS = "TRADEWIND_SNIPPETS"
_DIGEST = "sha256:"


def machine(
    spec: LocalSpec,
    host: LocalHost,
    config: HostConfig,
    ssh_public_key: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Machine:
    """A machine that boots `config` once, with a public key for user core.

    Name, address, network and operating system identify a machine: a change of one makes another machine, after the old
    one is gone.
    """
    system = host.operating_system
    identity = {
        "cluster": spec.cluster.name,
        "name": host.name,
        "address": str(host.address),
        "network": str(spec.network),
        # The default is not named, which would replace the machines of stacks that were made without it.
        **({} if system is OperatingSystem.FEDORA_COREOS else {"system": system.value}),
    }
    command = local.Command(
        host.name,
        create=_verb(spec, "create"),
        update=_verb(spec, "update"),
        delete=_verb(spec, "delete"),
        environment={"TRADEWIND_MACHINE": json.dumps(identity), **snippets_variable(host)},
        stdin=pulumi.Output.from_input(ssh_public_key).apply(
            lambda key: replace(config, ssh_authorized_keys=(key.strip(),)).user_data()
        ),
        triggers=[identity],
        logging=local.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                delete_before_replace=True, **first_boot(host.name, ["stdin", f"environment.{_SNIPPETS}"])
            ),
        ),
    )
    command.environment.apply(lambda booted: tell(stale_snippets(host, booted_with(booted or {})), command))
    facts = command.stdout.apply(_facts)
    return Machine(
        name=host.name,
        address=facts["address"],
        identity=facts["id"],
        resource=command,
        host_key=facts["hostKey"],
    )


def snippets_variable(host: LocalHost) -> dict[str, str]:
    """What the state keeps of the snippets that a machine booted with; none if there were none."""
    digest = snippets_digest(host)
    return {_SNIPPETS: f"{_DIGEST}{digest}"} if digest else {}


def booted_with(variables: Mapping[str, str]) -> str | None:
    """The digest of a machine's snippets by the variables of its resource; None if there were none."""
    kept = variables.get(_SNIPPETS)
    return kept.removeprefix(_DIGEST) if kept else None


def _verb(spec: LocalSpec, verb: str) -> str:
    return shlex.join((*spec.machine_command, verb))


def _facts(stdout: str) -> Mapping[str, Any]:
    """What the machine program printed about the machine: one line of JSON."""
    facts: Mapping[str, Any] = json.loads(stdout.splitlines()[-1])
    return facts
