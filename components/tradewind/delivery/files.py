"""Delivery of files over SSH: one resource per machine.

Reads: a `Machine`, host files that are plain and host files that are secret. Makes: a command that installs them.

A preview shows the changed line of a plain file, as each is one variable of the command's environment; the hosts'
SSH servers accept those names. Secrets travel on standard input, with a digest of each in the environment to tell
which one changed. A replaced machine has another identity and gets its files again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pulumi
from pulumi_command import remote

from tradewind.host.archive import RECEIVE_COMMAND, archive
from tradewind.host.assets import ASSETS_DIR
from tradewind.host.files import HostFile
from tradewind.host.settings import DELIVERED_VARIABLE_PREFIX
from tradewind.platforms.base import Bastion, Machine, SshAccess

_DIAL_SECONDS = 10


@dataclass(frozen=True)
class HostFiles:
    """What one machine gets."""

    plain: Sequence[HostFile]
    """Known at preview."""
    secret: pulumi.Output[Sequence[HostFile]]
    """Secret, and made of generated values."""
    secret_paths: Sequence[str]
    """Paths of the secret files, known at preview."""


def connection(machine: Machine, ssh: SshAccess) -> remote.ConnectionArgs:
    """How to reach a machine. A new machine may take minutes to answer; every attempt is bounded."""
    return remote.ConnectionArgs(
        host=machine.address,
        user=ssh.user,
        private_key=ssh.private_key,
        host_key=machine.host_key,
        dial_error_limit=ssh.dial_attempts,
        per_dial_timeout=_DIAL_SECONDS,
        proxy=_proxy(ssh.bastion, ssh.dial_attempts) if ssh.bastion else None,
    )


def _proxy(bastion: Bastion, dial_attempts: int) -> remote.ProxyConnectionArgs:
    return remote.ProxyConnectionArgs(
        host=bastion.host,
        user=bastion.user,
        port=float(bastion.port),
        private_key=bastion.private_key,
        host_key=bastion.host_key,
        dial_error_limit=dial_attempts,
        per_dial_timeout=_DIAL_SECONDS,
    )


def deliver(
    name: str, machine: Machine, ssh: SshAccess, files: HostFiles, opts: pulumi.ResourceOptions
) -> remote.Command:
    """Install files on a machine that its resource has made, now and whenever one of them changes."""
    delivery: pulumi.Output[str] = files.secret.apply(lambda secret: archive([*files.plain, *secret]))
    return remote.Command(
        name,
        connection=connection(machine, ssh),
        create=RECEIVE_COMMAND,
        # Named, so that a new identity runs it in place where the package can do so.
        update=RECEIVE_COMMAND,
        environment=_environment(files),
        stdin=delivery,
        triggers=[machine.identity],
        # Outputs of an earlier run would be refused by an SSH server that does not accept those variables.
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[machine.resource])),
    )


def _environment(files: HostFiles) -> dict[str, pulumi.Input[str]]:
    """What a preview shows. Manifests of the cluster are left out: their own resources show them."""
    digests: pulumi.Output[Mapping[str, str]] = pulumi.Output.unsecret(files.secret.apply(_digests))
    return {
        **{variable(file.path): file.content for file in files.plain if not file.path.startswith(ASSETS_DIR)},
        # One output per file: an unknown certificate leaves the others readable.
        **{variable(path): digests[path] for path in files.secret_paths},
    }


def _digests(secret: Sequence[HostFile]) -> Mapping[str, str]:
    return {file.path: f"sha256:{sha256(file.content.encode()).hexdigest()}" for file in secret}


def variable(path: str) -> str:
    """Name of the environment variable that stands for a file, such as TRADEWIND_var_lib_kubelet_config_yaml."""
    return DELIVERED_VARIABLE_PREFIX + re.sub(r"[^A-Za-z0-9]", "_", path.strip("/"))
