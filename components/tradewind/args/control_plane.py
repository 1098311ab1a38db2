"""What a user adds to the control plane: flags of its programs, settings of etcd.

`spec.flags` and `spec.etcd` hold the rules.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class ProgramFlagsArgs(TypedDict):
    """Flags of one program."""

    flags: Mapping[str, str]
    """Flag without dashes to its value, as text: `{"event-ttl": "2h"}`; at most 64. Flags that the program of this
    release does not know are refused, and so are those that this library sets itself, but for a few that tune. The
    value of enable-admission-plugins is added to the library's own."""
    accept_risks: NotRequired[Mapping[str, str]]
    """Flag to the reason why it is set all the same, for flags above that weaken the cluster or may break it.
    Default: none is."""


class ControlPlaneFlagsArgs(TypedDict):
    """Flags of the control plane's programs.

    Source: https://kubernetes.io/docs/reference/command-line-tools-reference/
    """

    kube_apiserver: NotRequired[ProgramFlagsArgs]
    """The API server's. Default: none."""
    kube_controller_manager: NotRequired[ProgramFlagsArgs]
    """The controller manager's. Default: none."""
    kube_scheduler: NotRequired[ProgramFlagsArgs]
    """The scheduler's; what its configuration file says is not a flag. Default: none."""


class EtcdArgs(TypedDict):
    """Settings of every etcd member.

    Source: https://etcd.io/docs/v3.7/op-guide/configuration/
    """

    quota_backend_bytes: NotRequired[int]
    """Bytes that the database may have, 268435456 (256 MiB) to 8589934592 (8 GiB); then etcd takes no more writes.
    Default: 2147483648 (2 GiB), etcd's own."""
    heartbeat_interval: NotRequired[int]
    """Milliseconds between two signs of life of the leader, 50 to 5000: about the time between members and back.
    Default: 100."""
    election_timeout: NotRequired[int]
    """Milliseconds without one after which a member wants to lead, 500 to 50000; five times the interval at least.
    Default: 1000."""
