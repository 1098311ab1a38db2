"""User data of a cloud's machines: what is known at preview as text, with the keys that come later.

Reads: hosts, the public key of deliveries, and for workers of scaling groups the files with which they join. Makes:
outputs of Ignition documents, and what tells whether running workers have to make way for new ones.

User data of controllers holds no secret. That of scaling groups holds the bootstrap kubeconfig, whose token ends and is
followed by the next one (`bootstrap_token`): a new token is for new machines, and no reason to replace those that
joined, so that it takes no part in `GroupUserData.revision`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import pulumi

from tradewind.assets import BOOTSTRAP_KUBECONFIG_ASSET, CA_ASSET, Assets
from tradewind.host.options import JoinFiles
from tradewind.host.roles import HostConfig
from tradewind.platforms.hosts import Host
from tradewind.spec import ClusterSpec

_TOKEN_OF_REVISION = "bootstrap-kubeconfig"  # noqa: S105 - stands where the secret is in user data
_LONGEST_KUBECONFIG = 3600
"""Characters of a bootstrap kubeconfig with an authority of RSA-4096, for the check of user data's size."""
_LONGEST_CA = 2200
_LONGEST_KEY = 120


@dataclass(frozen=True)
class GroupUserData:
    """Of a scaling group's template."""

    text: pulumi.Output[str]
    """The Ignition document. Secret."""
    revision: pulumi.Output[str]
    """Digest of all of it but the bootstrap kubeconfig: when it changes, running machines are replaced."""


def single_user_data(cluster: ClusterSpec, host: Host, keys: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    """User data of one machine that gets its secrets over SSH. Not secret.

    Args:
        cluster: the cluster.
        host: the machine.
        keys: public keys of user core.
    """
    return keyed(host.config(cluster), keys)


def keyed(config: HostConfig, keys: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    """A host's user data with public keys of user core, which may not be there yet."""
    known: pulumi.Output[list[str]] = pulumi.Output.all(*keys)
    return known.apply(lambda lines: replace(config, ssh_authorized_keys=_lines(lines)).user_data())


def group_user_data(
    cluster: ClusterSpec,
    host: Host,
    keys: Sequence[pulumi.Input[str]],
    join: pulumi.Output[Assets],
    ca_pem: pulumi.Output[str],
) -> GroupUserData:
    """User data of machines that nothing is delivered to.

    Args:
        cluster: the cluster.
        host: the pool.
        keys: public keys of user core.
        join: `ControlPlane.worker_assets`.
        ca_pem: the authority in them, by itself: a preview knows it when it knows no token, and so that no running
            machine is replaced.

    Raises:
        UserDataError: if it is too large with the longest kubeconfig there can be, before anything is registered.
    """
    _joining(cluster, host, ["k" * _LONGEST_KEY for _ in keys], "c" * _LONGEST_KUBECONFIG, "c" * _LONGEST_CA)
    known: pulumi.Output[list[str]] = pulumi.Output.all(*keys)
    text = pulumi.Output.all(known, join).apply(
        lambda both: _joining(cluster, host, both[0], both[1][BOOTSTRAP_KUBECONFIG_ASSET], both[1][CA_ASSET])
    )
    revision = pulumi.Output.all(known, ca_pem).apply(
        lambda both: sha256(_joining(cluster, host, both[0], _TOKEN_OF_REVISION, both[1]).encode()).hexdigest()
    )
    return GroupUserData(text=pulumi.Output.secret(text), revision=pulumi.Output.unsecret(revision))


def _joining(cluster: ClusterSpec, host: Host, keys: Sequence[str], kubeconfig: str, ca_pem: str) -> str:
    options = replace(host.options, join=JoinFiles(kubeconfig=kubeconfig, ca_pem=ca_pem))
    config = replace(host, options=options).config(cluster)
    return replace(config, ssh_authorized_keys=_lines(keys)).user_data()


def _lines(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.strip() for key in keys))
