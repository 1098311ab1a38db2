"""What is the same on every platform, and on every cloud. `spec.platform` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args import SharedArgs
from tradewind.args.snippets import MachineArgs, SnippetArgs
from tradewind.choices import Architecture, OperatingSystem, OsStream


class BastionArgs(TypedDict):
    """An SSH server of the user's own through which machines without a public address are entered."""

    host: pulumi.Input[str]
    """Its name or address, as the machine that runs this program reaches it."""
    user: NotRequired[str]
    """User there. Default: core."""
    port: NotRequired[int]
    """Port there. Default: 22."""
    private_key: NotRequired[pulumi.Input[str]]
    """Key for it, OpenSSH or PEM without a passphrase. Kept secret. Default: the cluster's own key, whose public half
    is the output ssh_public_key."""
    host_key: NotRequired[pulumi.Input[str]]
    """Public key of the server, one line of /etc/ssh/ssh_host_ecdsa_key.pub there, or of ssh_host_ed25519_key.pub if it
    has no other. Default: its key is not checked."""


class PlatformArgs(SharedArgs, MachineArgs):
    """Every platform whose machines are reached over SSH."""

    operating_system: NotRequired[OperatingSystem]
    """Operating system of the nodes. Choose it once: another one is for new machines. Default: fedora-coreos."""
    os_stream: NotRequired[OsStream]
    """Release stream of the operating system: stable, testing or next of Fedora CoreOS; stable, beta or alpha of
    Flatcar. Default: stable."""
    ssh_authorized_keys: NotRequired[Sequence[str]]
    """Public keys of user `core` on every machine, one line of authorized_keys each, at most 16, besides the key that
    the cluster makes for its deliveries. Default: none."""
    bastion: NotRequired[BastionArgs]
    """The way to machines. Default: they are reached directly."""
    machine_snippets: NotRequired[Mapping[str, Sequence[SnippetArgs]]]
    """Additions to single machines by name, over those of their role and pool; at most 32 for each. Machines of a
    scaling group have no names of their own. Default: none."""
    owned_objects: NotRequired[bool]
    """Whether resources of this program own the objects in the cluster, so that a preview shows their changes; that
    needs the API server in reach of the program. If not, bootstrap.service applies them again whenever they change.
    Default: true."""


class CloudArgs(PlatformArgs):
    """Every cloud."""

    dns_zone: str
    """DNS zone of the cluster's names, such as example.com; the API server is `<cluster>.<zone>`."""
    controllers: NotRequired[int]
    """Number of controllers: 1, 3 or 5. It cannot be changed later. Default: 1."""
    workers: NotRequired[int]
    """Number of plain workers, 0 to 100. Default: 1."""
    architecture: NotRequired[Architecture]
    """Architecture of the machines, which their kubelet image has to run on; pools may have another. Default: amd64."""
    host_cidr: NotRequired[str]
    """IPv4 range of the machines, /16 to /24. Default: 10.0.0.0/16."""
    api_allowed_cidrs: NotRequired[Sequence[str]]
    """IPv4 and IPv6 ranges from which the API server is reached, at most 32; the cluster's own machines always reach
    it. Default: from everywhere."""
    ssh_allowed_cidrs: NotRequired[Sequence[str]]
    """IPv4 and IPv6 ranges from which SSH is reached, at most 32: where this program runs, or the bastion. Default:
    none, and then nothing can be delivered, so that a cluster needs at least one."""
    private_nodes: NotRequired[bool]
    """Whether machines have no public addresses: they go out through a NAT and are entered through `bastion` or a
    private network. Default: false."""
    internal_api: NotRequired[bool]
    """Whether the API server is reached inside the network only. Default: false."""
