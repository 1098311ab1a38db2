"""What a user says about a cluster on DigitalOcean. `spec` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args import WorkerPoolArgs
from tradewind.args.platform import CloudArgs
from tradewind.choices import Architecture, OsStream


class DigitalOceanMachineArgs(TypedDict):
    """Settings of droplets."""

    size: NotRequired[str]
    """Size of the droplet, such as s-2vcpu-4gb. A change powers droplets off and on again, one after another; they keep
    their disk. Default: s-2vcpu-2gb for controllers, s-1vcpu-2gb for workers."""
    resize_disk: NotRequired[bool]
    """Whether a larger `size` makes the disk larger too. Then the droplet can never have a smaller one again.
    Default: false."""
    backups: NotRequired[bool]
    """Whether DigitalOcean keeps backups of the whole disk, billed by the droplet's price. Default: false."""


class DigitalOceanPoolArgs(WorkerPoolArgs):
    """Droplets that are alike, besides the cluster's plain workers."""

    machine: NotRequired[DigitalOceanMachineArgs]
    """Their settings. Default: those of `DigitalOceanMachineArgs`."""


class DigitalOceanClusterArgs(CloudArgs):
    """A cluster of droplets in one region."""

    dns_zone: str
    """DNS zone of the cluster's names, a domain of the account; the API server is `<cluster>.<zone>`."""
    region: str
    """Slug of the region, such as nyc3. Another one replaces every machine."""
    os_image: pulumi.Input[str]
    """Image of every droplet, a custom image of the account that holds the `operating_system`: its id (digits), or its
    name, which is looked up; what another resource makes is taken as an id. An other image is for new droplets."""
    architecture: NotRequired[Architecture]
    """amd64: DigitalOcean has no other. Default: amd64."""
    os_stream: NotRequired[OsStream]
    """Refused: `os_image` is of a stream, which the droplets then follow."""
    controller_machine: NotRequired[DigitalOceanMachineArgs]
    """Settings of the controllers. Default: those of `DigitalOceanMachineArgs`."""
    worker_machine: NotRequired[DigitalOceanMachineArgs]
    """Settings of the plain workers; pools have their own. Default: those of `DigitalOceanMachineArgs`."""
    worker_pools: NotRequired[Sequence[DigitalOceanPoolArgs]]
    """Up to 10 pools of up to 100 workers with labels, taints and settings of their own; 100 workers in all.
    Default: none."""
    host_cidr: NotRequired[str]
    """IPv4 range of the VPC, /16 to /24, private (RFC 1918). No other VPC of the account may overlap it, in whatever
    region, so that each cluster needs its own. Another one later replaces everything. With `vpc_id`: the range that it
    has. Default: 10.0.0.0/16."""
    api_allowed_cidrs: NotRequired[Sequence[str]]
    """IPv4 and IPv6 ranges from which the API server is reached, at most 32; the cluster's own machines always reach
    it, but for private nodes behind a gateway of the VPC's own (`nat_gateway: false`), whose address a load balancer
    has to be told here. Default: from everywhere."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """Id of a VPC of the region that the machines join. Default: a new one."""
    private_nodes: NotRequired[bool]
    """Whether droplets have no public addresses. It needs `vpc_id`, as the machine that runs this program or the
    bastion has to be in their network, and an API server behind a load balancer or inside the network
    (`api_load_balancer`, `internal_api`). Refused with Flatcar, which would have no default route. Another value
    replaces every machine. Default: false."""
    nat_gateway: NotRequired[bool]
    """Whether private nodes get a NAT gateway as the VPC's default gateway; false if it has one, whose public address
    then has to be in `api_allowed_cidrs` if those are given with `api_load_balancer`.
    Default: true with `private_nodes`, and false without."""
    internal_api: NotRequired[bool]
    """Whether the API server is reached inside the network only: from `host_cidr` and the other `api_allowed_cidrs`. In
    a new VPC it needs `owned_objects: false`, as this program cannot reach it. Default: false."""
    api_load_balancer: NotRequired[bool]
    """Whether a load balancer with health checks is in front of the API servers. If not, their name has the addresses
    of all controllers, and a client that meets one that is gone has to try again. Default: false."""
    ingress_load_balancer: NotRequired[bool]
    """Whether a load balancer is in front of ports 80 and 443 of the workers. If not, `<cluster>-workers.<zone>` has
    the addresses of all workers. Default: false."""
    project_id: NotRequired[pulumi.Input[str]]
    """Id of the project that droplets, load balancers and the NAT gateway are listed in. Default: the account's default
    project."""


class DigitalOceanWorkerPoolArgs(TypedDict):
    """A pool of workers that is added to a cluster."""

    cluster: DigitalOceanClusterArgs
    """The arguments of the cluster."""
    pool: DigitalOceanPoolArgs
    """The pool; its name differs from those of the cluster's own."""
    worker_access: pulumi.Input[Mapping[str, str]]
    """The output of that name of the cluster."""
