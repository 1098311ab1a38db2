"""What a cluster gives the components that add workers to it: how to join it, and where.

Reads: a cluster's outputs. Makes: the output `worker_access`, and what a `WorkerPool` reads from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from tradewind.assets import BOOTSTRAP_KUBECONFIG_ASSET, CA_ASSET, Assets
from tradewind.errors import Problem, SpecError
from tradewind.outputs import ClusterOutputs

Access = Mapping[str, str]

_JOIN = {"bootstrap_kubeconfig": BOOTSTRAP_KUBECONFIG_ASSET, "ca_cert_pem": CA_ASSET}
"""Keys, and the assets they become."""
_SSH_PUBLIC_KEY, _SSH_PRIVATE_KEY = "ssh_public_key", "ssh_private_key"


def worker_access(
    made: ClusterOutputs,
    ssh_public_key: pulumi.Input[str],
    ssh_private_key: pulumi.Output[str] | None = None,
    **ids: pulumi.Input[str],
) -> pulumi.Output[Access]:
    """Everything that a pool beside the cluster needs. Secret. Known once the cluster runs.

    Args:
        made: the cluster.
        ssh_public_key: that of deliveries.
        ssh_private_key: its private half, where workers get their files by a delivery.
        ids: where machines go: networks, firewalls, load balancers; several of a kind with commas between them.
    """
    plane = made.control_plane
    values: dict[str, pulumi.Input[Any]] = {
        "bootstrap_kubeconfig": plane.bootstrap_kubeconfig,
        "ca_cert_pem": plane.ca_cert_pem,
        _SSH_PUBLIC_KEY: ssh_public_key,
        **({_SSH_PRIVATE_KEY: ssh_private_key} if ssh_private_key is not None else {}),
        **ids,
    }
    both: pulumi.Output[dict[str, Any]] = pulumi.Output.all(
        values=pulumi.Output.all(**values), bootstrapped=made.bootstrapped
    )
    return pulumi.Output.secret(both.apply(lambda known: known["values"]))


class WorkerAccess:
    """The argument `worker_access` of a pool."""

    def __init__(self, title: str, access: pulumi.Input[Access]) -> None:
        """Read `access`; `title` is how an error calls the pool's arguments."""
        self._title = title
        self._access: pulumi.Output[Access] = pulumi.Output.from_input(access)

    @property
    def join(self) -> pulumi.Output[Assets]:
        """As `ControlPlane.worker_assets`. Secret."""
        joined = self._access.apply(
            lambda known: {asset: entry(self._title, known, key) for key, asset in _JOIN.items()}
        )
        return pulumi.Output.secret(joined)

    @property
    def ca_pem(self) -> pulumi.Output[str]:
        """Certificate of the Kubernetes authority."""
        return self.id("ca_cert_pem")

    @property
    def ssh_public_key(self) -> pulumi.Output[str]:
        """That of deliveries."""
        return self.id(_SSH_PUBLIC_KEY)

    @property
    def ssh_private_key(self) -> pulumi.Output[str]:
        """Its private half. Secret."""
        return pulumi.Output.secret(self._access.apply(lambda known: entry(self._title, known, _SSH_PRIVATE_KEY)))

    def id(self, key: str) -> pulumi.Output[str]:
        """One entry that is no secret, such as an id of where machines go."""
        return pulumi.Output.unsecret(self._access.apply(lambda known: entry(self._title, known, key)))

    def ids(self, key: str) -> pulumi.Output[Sequence[str]]:
        """Several ids of a kind."""
        return self.id(key).apply(lambda known: [each for each in known.split(",") if each])


def entry(title: str, access: Access, key: str) -> str:
    """One value of the output.

    Raises:
        SpecError: if it is not there.
    """
    if key not in access:
        rule = "must be given: use the output worker_access of the cluster as it is"
        raise SpecError(title, [Problem(f"worker_access.{key}", "", rule)])
    return access[key]
