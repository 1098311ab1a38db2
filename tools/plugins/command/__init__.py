"""The stand-in for the official `command` plugin 1.2.1: programs run here or over SSH as part of a stack.

Reads: `tools.plugins.base`.
Makes: `provider()`.
"""

from collections.abc import Mapping

from tools.plugins.base.resource import Function, Provider, Resource
from tools.plugins.command import local, remote
from tools.plugins.versions import VERSIONS


class CommandProvider(Provider):
    """The plugin `command`."""

    name = "command"
    version = VERSIONS["command"]

    def resources(self) -> Mapping[str, Resource]:
        """Every resource type by token."""
        return {
            "command:local:Command": local.Command(self.engine),
            "command:remote:Command": remote.Command(self.engine),
            "command:remote:CopyFile": remote.CopyFile(self.engine),
            "command:remote:CopyToRemote": remote.CopyToRemote(self.engine),
        }

    def functions(self) -> Mapping[str, Function]:
        """Every function by token."""
        return {"command:local:run": local.Run(self.engine)}


def provider() -> Provider:
    """Return the plugin."""
    return CommandProvider()
