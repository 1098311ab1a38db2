"""The stand-in for the official `random` plugin 4.19.2: values that stay the same from run to run.

Reads: `tools.plugins.base`.
Makes: `provider()`.

Differs from the official plugin in one way: with a `seed`, RandomInteger and RandomShuffle give another (but as stable)
result, since the official one's generator is part of Go. A result in state stays as it is under either plugin.
"""

from collections.abc import Mapping

from tools.plugins.base.resource import Provider, Resource
from tools.plugins.random.numbers import RandomInteger, RandomShuffle
from tools.plugins.random.pets import RandomPet
from tools.plugins.random.texts import RandomPassword, RandomString
from tools.plugins.random.tokens import RandomBytes, RandomId, RandomUuid, RandomUuid4, RandomUuid7
from tools.plugins.versions import VERSIONS

RESOURCES = (
    RandomBytes,
    RandomId,
    RandomInteger,
    RandomPassword,
    RandomPet,
    RandomShuffle,
    RandomString,
    RandomUuid,
    RandomUuid4,
    RandomUuid7,
)


class RandomProvider(Provider):
    """The plugin `random`."""

    name = "random"
    version = VERSIONS["random"]
    accepts_secrets = False

    def resources(self) -> Mapping[str, Resource]:
        """Every resource type by token."""
        return {_token(kind.__name__): kind() for kind in RESOURCES}


def _token(name: str) -> str:
    return f"random:index/{name[0].lower()}{name[1:]}:{name}"


def provider() -> Provider:
    """Return the plugin."""
    return RandomProvider()
