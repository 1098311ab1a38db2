"""The resource or the call that values are made for.

Reads: `types`.
Makes: `Subject`, and the account, subscription and project that everything belongs to.
"""

import hashlib
import uuid
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from tools.plugins.base.diff import Path
from tools.plugins.base.values import Props
from tools.plugins.recording.types import Description

ACCOUNT = "123456789012"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000000"
PROJECT = "example-project"
_PUBLIC = int(IPv4Address("198.18.0.0"))
"""198.18.0.0/15, for tests of networks: the ranges for documentation are too small for addresses that all differ.
Source: https://www.rfc-editor.org/rfc/rfc2544#appendix-C.2.2"""
_PRIVATE = int(IPv4Address("10.0.0.0"))
_IPV6 = int(IPv6Address("2001:db8::"))
"""For documentation. Source: https://www.rfc-editor.org/rfc/rfc3849"""
_DEFAULT_REGIONS = {"aws": "us-east-1", "azure-native": "eastus", "gcp": "us-central1", "digitalocean": "nyc3"}


@dataclass(frozen=True)
class Subject:
    """What is made: everything about it follows from the seed."""

    plugin: str
    token: str
    resource: str
    """The program's name of the resource, or the function's name."""
    own_name: str
    """What the cloud calls it."""
    seed: str
    description: Description
    inputs: Props
    """Without secret marks; arguments of a function."""
    config: Props
    """The provider's configuration."""

    @property
    def module(self) -> str:
        """The module of the token, such as ec2/vpc."""
        return self.token.split(":")[1]

    @property
    def type(self) -> str:
        """The name of the token, such as Vpc."""
        return self.token.rpartition(":")[2]

    @property
    def region(self) -> str:
        """The region of the resource, else of the provider."""
        places = (self.inputs.get("region"), self.inputs.get("location"), self.config.get("region"))
        return next((place for place in places if isinstance(place, str)), _DEFAULT_REGIONS.get(self.plugin, "here"))

    def digest(self, *path: str | int) -> str:
        """Hexadecimal digits that are always the same for one property of one subject."""
        return hashlib.sha256("\0".join(map(str, (self.seed, *path))).encode()).hexdigest()

    def number(self, name: str, low: int, high: int) -> int:
        """A number in a range, the high end left out."""
        return low + int(self.digest(name)[:15], 16) % (high - low)

    def uuid(self, *path: str | int) -> str:
        """A UUID."""
        return str(uuid.UUID(self.digest(*path)[:32], version=4))

    def public_ipv4(self, path: Path) -> str:
        """An address in place of a public one."""
        return str(IPv4Address(_PUBLIC + int(self.digest(*path)[:8], 16) % 2**17))

    def private_ipv4(self, path: Path) -> str:
        """An address of 10.0.0.0/16."""
        return str(IPv4Address(_PRIVATE + int(self.digest(*path)[:8], 16) % 2**16))

    def ipv6_block(self, prefix: int) -> str:
        """A range of 2001:db8::/32."""
        chosen = int(self.digest("ipv6")[:8], 16) << 64
        return str(IPv6Network((_IPV6 + (chosen >> (128 - prefix) << (128 - prefix)), prefix)))

    def ipv6(self, path: Path) -> str:
        """An address of 2001:db8::/32."""
        return str(IPv6Address(_IPV6 + int(self.digest(*path)[:20], 16)))
