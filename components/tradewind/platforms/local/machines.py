"""One local machine as a resource: a command that creates, updates and deletes it.

Reads: name, address, network and the rendered Ignition config. Makes: a `Machine`.
"""

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
from pulumi_command import local

from tradewind.choices import OperatingSystem
from tradewind.host.roles import HostConfig
from tradewind.platforms.base import Machine
from tradewind.platforms.local.spec import LocalHost, LocalSpec

REPLACE = "TRADEWIND_REPLACE"
"""Variable of the program that names the machines, with commas between them, whose first boot is taken anew."""
_SNIPPETS = "TRADEWIND_SNIPPETS"


def machine(
    spec: LocalSpec,
    host: LocalHost,
    config: HostConfig,
    ssh_public_key: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> Machine:
    """A machine that boots `config` once, with a public key for user core.

    Later changes of it are delivered, so they change nothing here; those of snippets are not, which is told. A machine
    that TRADEWIND_REPLACE names is made anew if its first boot would be another.

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
        stdin=ssh_public_key.apply(lambda key: replace(config, ssh_authorized_keys=(key.strip(),)).user_data()),
        triggers=[identity],
        logging=local.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(delete_before_replace=True, **_first_boot(host.name))
        ),
    )
    command.environment.apply(lambda booted: _tell(stale_snippets(host, booted or {}), command))
    facts = command.stdout.apply(_facts)
    return Machine(
        name=host.name,
        address=facts["address"],
        identity=facts["id"],
        resource=command,
        host_key=facts["hostKey"],
    )


def _first_boot(name: str) -> dict[str, Any]:
    """What a change of the first boot does. The engine ignores what is ignored in replacements, too."""
    inputs = ["stdin", f"environment.{_SNIPPETS}"]
    chosen = name in os.environ.get(REPLACE, "").split(",")
    return {"replace_on_changes": inputs} if chosen else {"ignore_changes": inputs}


def snippets_variable(host: LocalHost) -> dict[str, str]:
    """What the state keeps of the snippets that a machine booted with; none if there were none."""
    texts = json.dumps([snippet.text for snippet in host.snippets])
    return {_SNIPPETS: f"sha256:{hashlib.sha256(texts.encode()).hexdigest()}"} if host.snippets else {}


def stale_snippets(host: LocalHost, booted: Mapping[str, str]) -> str | None:
    """What to tell of a machine that booted, by the variables of its resource, with other snippets than it has now."""
    if booted.get(_SNIPPETS) == snippets_variable(host).get(_SNIPPETS):
        return None
    return (
        f"{host.name} runs with the snippets of its first boot, which are not those of the arguments; "
        f"it gets them when it is made anew: {REPLACE}={host.name} (docs/snippets.md)"
    )


def _tell(message: str | None, resource: pulumi.Resource) -> None:
    if message:
        pulumi.log.warn(message, resource)


def _verb(spec: LocalSpec, verb: str) -> str:
    return shlex.join((*spec.machine_command, verb))


def _facts(stdout: str) -> Mapping[str, Any]:
    """What the machine program printed about the machine: one line of JSON."""
    facts: Mapping[str, Any] = json.loads(stdout.splitlines()[-1])
    return facts
