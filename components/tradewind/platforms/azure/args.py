"""What a user says about clusters and pools on Azure. `spec` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args import WorkerPoolArgs
from tradewind.args.platform import CloudArgs
from tradewind.platforms.azure.choices import AzureDiskType, AzureEphemeralDisk


class AzureMachineArgs(TypedDict):
    """Settings of virtual machines."""

    type: NotRequired[str]
    """Size of the machine, such as Standard_D2as_v5, of the architecture of its pool. Another size restarts a
    controller, and replaces the workers of a pool. Default: of controllers Standard_B2s, with arm64 Standard_B2pls_v2;
    of workers Standard_D2as_v5, with arm64 Standard_D2ps_v5."""
    disk_type: NotRequired[AzureDiskType]
    """Kind of its disk; of controllers chosen once. Azure ends booting from Standard_LRS in September 2028. Default: of
    controllers Premium_LRS, of workers StandardSSD_LRS."""
    disk_size: NotRequired[int]
    """Size of its disk, GiB, 30 to 4095; of controllers chosen once. Default: 30."""
    ephemeral_disk: NotRequired[AzureEphemeralDisk]
    """Boot from the host's own disk in place of a managed one: CacheDisk, ResourceDisk or NvmeDisk, which the size has
    to have room on. Workers only. Default: a managed disk."""
    spot: NotRequired[bool]
    """Whether the machines are spare capacity that Azure takes back at any time, and that is made anew when there is
    some; at the price of on-demand machines at most. Workers only. Default: false."""
    image_id: NotRequired[pulumi.Input[str]]
    """Resource id of their image: one of another architecture than the cluster's; of arm64 a version in a gallery, as
    managed images have no architecture. Default: the cluster's."""
    identity_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Resource ids of user-assigned identities of the machines, at most 8, such as that of an external cloud controller
    manager. Pods beside those of the host's network use them with `pods_read_metadata`. Default: none."""


class AzurePoolArgs(WorkerPoolArgs):
    """Workers that are alike: a scale set."""

    machine: NotRequired[AzureMachineArgs]
    """Settings of its machines. Default: those of workers."""


class AzureClusterArgs(CloudArgs):
    """A cluster on Azure."""

    name: str
    """Name of the cluster, a DNS label of at most 30 characters, so that names of scale sets' machines fit."""
    internal_api: NotRequired[bool]
    """Whether the API server is reached inside the network only: from `host_cidr` and the other `api_allowed_cidrs`, of
    which public ones still reach controllers' own addresses, unless `private_nodes`. It needs `virtual_network_id`, or
    `owned_objects: false`, as this program cannot reach it otherwise. Default: false."""
    location: str
    """Region, such as westeurope."""
    dns_zone_group: str
    """Resource group of the zone `dns_zone`, a public one of Azure DNS."""
    image_id: NotRequired[pulumi.Input[str]]
    """Resource id of the machines' image with Ignition, a version in a gallery or, of amd64 only, a managed image.
    Needed with Fedora CoreOS, which is not in the marketplace. Another image is for new machines; one in the place of
    the marketplace's, or back, replaces workers. Default: Flatcar of the marketplace."""
    controller_machine: NotRequired[AzureMachineArgs]
    """Settings of controllers."""
    worker_machine: NotRequired[AzureMachineArgs]
    """Settings of plain workers."""
    worker_pools: NotRequired[Sequence[AzurePoolArgs]]
    """Up to 10 pools with labels, taints and machines of their own; 100 workers in all. Default: none."""
    zones: NotRequired[Sequence[str]]
    """Availability zones of the machines, of 1, 2 and 3; controllers are placed in one after the other. Whether there
    are any is chosen once; others are for controllers that are made anew, and replace workers. Default: none:
    controllers are in an availability set."""
    virtual_network_id: NotRequired[pulumi.Input[str]]
    """Resource id of a network of the user's own, in the same region, which has `host_cidr` in its range and no subnet
    in it; the cluster adds two. Default: the cluster makes a network of `host_cidr`."""
    ipv6_cidr: NotRequired[str]
    """IPv6 range of the machines, /48 to /63; of a network of the user's own a part. Default: in a new network a /48
    of fd00::/8 that follows from the cluster's DNS name; in one of the user's own none, and machines have no IPv6."""
    ipv6_load_balancing: NotRequired[bool]
    """Whether the load balancer takes IPv6; Azure bills each rule. Default: false."""
    http_load_balancing: NotRequired[bool]
    """Whether the load balancer takes HTTP at port 80 besides HTTPS; Azure bills each rule. Default: false."""
    encryption_at_host: NotRequired[bool]
    """Whether hosts encrypt temporary disks and caches, too; the subscription needs that feature. Of controllers chosen
    once. Default: false."""
    disk_encryption_set_id: NotRequired[pulumi.Input[str]]
    """Resource id of a disk encryption set whose key encrypts managed disks; of controllers chosen once. Default:
    Azure's keys."""
    pods_read_metadata: NotRequired[bool]
    """Whether pods reach the metadata service: tokens of the machine's identities and, on workers, the user data with
    which machines join. Pods of the host's network always do. Default: false."""
    azure_authorized_key: NotRequired[str]
    """An RSA public key for Azure's own check of a machine's keys, where a region takes no other; it enters as user
    `core`, too. Default: the key of deliveries, which is ED25519."""


class AzureWorkerPoolArgs(TypedDict):
    """A pool of workers beside its cluster, in a program or a component of its own."""

    cluster: AzureClusterArgs
    """The arguments of the cluster."""
    pool: AzurePoolArgs
    """The pool; its name differs from those in the cluster's arguments."""
    worker_access: pulumi.Input[Mapping[str, str]]
    """The output worker_access of the cluster. Kept secret."""
