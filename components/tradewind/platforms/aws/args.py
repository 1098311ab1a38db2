"""What a user says about a cluster on AWS. `spec` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args import WorkerPoolArgs
from tradewind.args.platform import CloudArgs
from tradewind.platforms.aws.choices import CpuCredits, DiskType


class AwsMachineArgs(TypedDict):
    """EC2 instances of a kind."""

    instance_type: NotRequired[str]
    """Instance type of the architecture, such as m7i.large or, for arm64, m7g.large.
    Default: t3.small, or t4g.small for arm64."""
    disk_size: NotRequired[int]
    """Size of the root volume, GiB, 10 to 16384, or to 1024 with standard. Default: 30."""
    disk_type: NotRequired[DiskType]
    """Type of the root volume. Default: gp3."""
    disk_iops: NotRequired[int]
    """Operations per second of the root volume: 3000 to 80000 with gp3, 100 to 64000 with io1, 100 to 256000 with io2,
    and not with others; for each GiB at most 500 with gp3, 50 with io1, 1000 with io2. Default: 3000 with gp3; required
    with io1 and io2."""
    disk_throughput: NotRequired[int]
    """Throughput of a gp3 root volume, MiB/s, 125 to 2000, and at most a quarter of its operations. Default: 125."""
    cpu_credits: NotRequired[CpuCredits]
    """What a burstable (T) instance does without credits. Default: that of the instance type."""
    instance_profile: NotRequired[pulumi.Input[str]]
    """Name of the IAM instance profile that gives the nodes a role, as an external cloud controller manager needs.
    Default: none."""
    metadata_hop_limit: NotRequired[int]
    """Hops that answers of the metadata service may take, 1 to 64. With 1 it is for the host and pods of its network
    only; with 2 every pod reads user data, with which new workers join, and the credentials of the instance profile.
    Default: 1."""
    spot: NotRequired[bool]
    """Whether workers are spot instances, which AWS may take away. Not for controllers. Default: false."""
    spot_max_price: NotRequired[str]
    """The most that a spot instance may cost an hour, USD, such as "0.05". Default: the on-demand price."""
    target_group_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Further target groups that workers are put in, at most 8. Not for controllers. Default: none."""


class AwsNetworkArgs(TypedDict):
    """A VPC of the user's own. DNS support and DNS hostnames have to be on."""

    vpc_id: pulumi.Input[str]
    """Its id."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Public subnets, 1 to 8, each of another zone: those of load balancers and, unless private_nodes, of machines."""
    private_subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets of machines with private_nodes, 1 to 8, each of another zone and with a way out through a NAT.
    Required there. Default: none."""
    nat_addresses: NotRequired[Sequence[pulumi.Input[str]]]
    """Public IPv4 addresses of these NATs, at most 8, from which the API server is always reached. One that another
    resource makes must not be in `api_allowed_cidrs` too. Default: none."""
    ipv6: NotRequired[bool]
    """Whether all these subnets have IPv6 ranges and give machines addresses of them. Default: false."""


class AwsPoolArgs(WorkerPoolArgs):
    """Workers that are alike: an auto scaling group. Its machines have names that AWS gives them."""

    machine: NotRequired[AwsMachineArgs]
    """Its instances. Default: those of AwsMachineArgs."""


class AwsClusterArgs(CloudArgs):
    """A cluster on AWS. Region and credentials are those of the AWS provider."""

    dns_zone_id: pulumi.Input[str]
    """Id of the public Route 53 hosted zone of `dns_zone`."""
    zones: NotRequired[Sequence[str]]
    """Availability zones of the region, 1 to 8, such as eu-central-1a; each gets a subnet. No Local Zones.
    Required unless `network` is given. Default: none."""
    network: NotRequired[AwsNetworkArgs]
    """An existing VPC; `host_cidr` then has to be its range. Default: one is made in `zones`."""
    controller_machine: NotRequired[AwsMachineArgs]
    """Instances of controllers. Default: those of AwsMachineArgs."""
    worker_machine: NotRequired[AwsMachineArgs]
    """Instances of the plain workers. Default: those of AwsMachineArgs."""
    worker_pools: NotRequired[Sequence[AwsPoolArgs]]
    """Up to 10 further pools of workers. Default: none."""
    disk_kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of root volumes, which are always encrypted; the service-linked role of auto scaling has to be
    allowed to use it. Default: the account's key for volumes."""


class AwsWorkerPoolArgs(TypedDict):
    """A pool of workers beside a cluster."""

    cluster: AwsClusterArgs
    """The arguments of the cluster."""
    pool: AwsPoolArgs
    """The pool."""
    worker_access: pulumi.Input[Mapping[str, str]]
    """The output worker_access of the cluster."""
