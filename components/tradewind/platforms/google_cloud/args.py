"""What a user says about a cluster on Google Cloud. `spec` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args import WorkerPoolArgs
from tradewind.args.platform import CloudArgs
from tradewind.platforms.google_cloud.choices import DiskType


class GoogleCloudAcceleratorArgs(TypedDict):
    """Accelerators of one type, such as GPUs. Their drivers are for the user to install."""

    type: str
    """Type, such as nvidia-tesla-t4."""
    count: NotRequired[int]
    """How many on each machine, 1 to 16. Default: 1."""


class GoogleCloudMachineArgs(TypedDict):
    """Settings of machines that are alike."""

    type: NotRequired[str]
    """Machine type, of the machines' architecture; every zone of the cluster has to offer it. Default: e2-medium, or
    with arm64 t2a-standard-1, which is in us-central1-a, -b and -f, europe-west4-a, -b and -c, and asia-southeast1-b
    and -c alone."""
    disk_type: NotRequired[DiskType]
    """Type of the boot disk. Default: pd-balanced."""
    disk_size_gb: NotRequired[int]
    """Size of the boot disk, GB, 10 to 65536. Default: 30."""
    spot: NotRequired[bool]
    """Whether machines are spot instances, which may be taken away at any time. Workers only. Default: false."""
    accelerators: NotRequired[Sequence[GoogleCloudAcceleratorArgs]]
    """Accelerators of each machine, at most 4 types. Default: none."""
    secure_boot: NotRequired[bool]
    """Whether only signed boot loaders and kernels start (Shielded VM). For Fedora CoreOS on amd64 only, with which it
    is not tried: see https://github.com/coreos/fedora-coreos-tracker/issues/346. Default: false."""


class GoogleCloudNetworkArgs(TypedDict):
    """A VPC network of the user's own."""

    network: pulumi.Input[str]
    """Self link of the network."""
    subnetwork: pulumi.Input[str]
    """Self link of the subnetwork of the region for machines and the internal load balancer; its range is what
    `host_cidr` has to say. With `private_nodes` it needs a Cloud NAT."""


class GoogleCloudPoolArgs(WorkerPoolArgs):
    """A pool of workers: a managed instance group."""

    machine: NotRequired[GoogleCloudMachineArgs]
    """Settings of its machines. Default: those of each field."""


class GoogleCloudClusterArgs(CloudArgs):
    """A cluster on Google Cloud."""

    region: str
    """Region of the machines, such as europe-west1."""
    zones: NotRequired[Sequence[str]]
    """Zones of the region for machines, 1 to 8: controllers take turns, groups spread. What controllers have is kept.
    Default: all zones of the region but AI zones."""
    dns_managed_zone: str
    """Name of the public managed zone of Cloud DNS that holds `dns_zone`."""
    dns_project: NotRequired[str]
    """Project of the managed zone. Default: the provider's."""
    network: NotRequired[GoogleCloudNetworkArgs]
    """Network of the machines. Default: one is made, with one subnetwork of `host_cidr`."""
    controller_machine: NotRequired[GoogleCloudMachineArgs]
    """Settings of controllers. Another type stops and starts all controllers. Default: those of each field."""
    worker_machine: NotRequired[GoogleCloudMachineArgs]
    """Settings of plain workers. Default: those of each field."""
    worker_pools: NotRequired[Sequence[GoogleCloudPoolArgs]]
    """Up to 10 pools of workers with settings of their own; 100 workers in all. Default: none."""
    internal_api: NotRequired[bool]
    """Whether the API server is reached inside the network only: from `host_cidr` and the other `api_allowed_cidrs`, of
    which public ones still reach controllers' own addresses, unless `private_nodes`. Without a network of the user's it
    needs `owned_objects: false`, as this program cannot reach it. Default: false."""
    http_load_balancing: NotRequired[bool]
    """Whether ingress takes port 80 besides 443; each port is two forwarding rules. Default: false."""
    pods_read_metadata: NotRequired[bool]
    """Whether pods reach the metadata service: the credentials of the machine's service account and, on workers, the
    user data with which machines join. Pods of the host's network always do. Default: false."""
    controller_service_account: NotRequired[pulumi.Input[str]]
    """Email of the service account of controllers, such as for an external cloud controller manager. Default: none."""
    worker_service_account: NotRequired[pulumi.Input[str]]
    """Email of the service account of workers, which pods on them can use with `pods_read_metadata`, and those of the
    host's network without. Default: none."""
    disk_kms_key: NotRequired[pulumi.Input[str]]
    """Key of Cloud KMS that encrypts boot disks, by its full name (projects/.../cryptoKeys/...). Compute Engine's
    service agent needs the role that lets it encrypt and decrypt. Default: keys of Google's."""


class GoogleCloudWorkerPoolArgs(TypedDict):
    """A pool of workers beside a cluster of the same or of another program."""

    cluster: GoogleCloudClusterArgs
    """The arguments of the cluster."""
    pool: GoogleCloudPoolArgs
    """The pool."""
    worker_access: pulumi.Input[Mapping[str, str]]
    """The output `worker_access` of the cluster."""
