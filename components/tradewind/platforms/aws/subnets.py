"""Which part of a network each zone has.

Pure. Reads: ranges, names of zones. Makes: ranges of subnets. A zone has its place by the letter it ends in, whichever
others there are, so that no subnet moves when a zone is added.
"""

from ipaddress import IPv4Network, IPv6Network

_PRIVATE = 8
"""Places of private subnets begin here; those of public ones at 0."""
_SUBNET_BITS = 4
_IPV6_SUBNET_PREFIX = 64


def ipv4_range(network: IPv4Network, zone: str, *, private: bool) -> str:
    """One of 16 parts of a network."""
    return str(list(network.subnets(_SUBNET_BITS))[_place(zone, private=private)])


def ipv6_range(block: str, zone: str, *, private: bool) -> str:
    """One /64 of the range that AWS gave a network."""
    network = IPv6Network(block)
    first = int(network.network_address) + (_place(zone, private=private) << (128 - _IPV6_SUBNET_PREFIX))
    return f"{IPv6Network((first, _IPV6_SUBNET_PREFIX))}"


def _place(zone: str, *, private: bool) -> int:
    return ord(zone[-1]) - ord("a") + (_PRIVATE if private else 0)
