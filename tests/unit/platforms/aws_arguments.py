"""Arguments of a cluster on AWS, the fewest that it takes."""

from typing import Any

ARGS: dict[str, Any] = {
    "name": "test",
    "dns_zone": "example.com",
    "dns_zone_id": "Z0123456789ABCDEFGHIJ",
    "zones": ["eu-central-1a", "eu-central-1b"],
    "ssh_allowed_cidrs": ["203.0.113.7/32"],
}

VPC = {"vpc_id": "vpc-0123456789abcdef0", "subnet_ids": ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"]}
PRIVATE = {"private_subnet_ids": ["subnet-0cccccccccccccccc", "subnet-0dddddddddddddddd"]}


def in_vpc(**network: Any) -> dict[str, Any]:
    """Changes that put a cluster into an existing VPC."""
    return {"network": {**VPC, **network}}


def without(key: str, **changes: Any) -> dict[str, Any]:
    """The arguments with some changes and without one."""
    return {name: value for name, value in {**ARGS, **changes}.items() if name != key}
