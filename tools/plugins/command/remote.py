"""Commands and copies on other machines, over SSH.

Reads: `ssh` (only while something is done), `common`.
Makes: `Command`, `CopyFile`, `CopyToRemote`.
"""

from tools.plugins.base.diff import Path
from tools.plugins.base.errors import CheckFailure, PluginError
from tools.plugins.base.values import Archive, Asset, Props, unwrap
from tools.plugins.command.common import CommandResource, Task, quoted
from tools.plugins.command.fields import COPY_FILE, COPY_TO_REMOTE, REMOTE_COMMAND
from tools.plugins.command.output import Output


class Command(CommandResource):
    """A command that runs on a machine when the resource is created, updated or deleted."""

    fields = REMOTE_COMMAND
    owner = "remote.CommandInputs"
    results = ("stdout", "stderr")
    named = True

    def work(self, task: Task) -> Props:
        """Run the step's command, if it has one."""
        command = task.command
        if command is None:
            return {name: task.before.get(name, "") for name in self.results}
        from tools.plugins.command import ssh  # noqa: PLC0415  asyncssh costs more than the rest of the plugin's start

        with Output(task) as output:
            failure = ssh.run(task, lambda client: ssh.execute(client, command, task, output))
        if failure:
            raise PluginError(f"{failure}: running {quoted(command)}:\n{output.together()}")
        return output.results()


class CopyFile(CommandResource):
    """A file copied from a path here to a path there; any change copies it as a new resource."""

    fields = COPY_FILE
    owner = "remote.CopyFileInputs"

    def replaced_by(self, path: Path) -> bool:
        """Everything does."""
        del path
        return True

    def work(self, task: Task) -> Props:
        """Copy the file; a deletion leaves it there."""
        if task.step != "delete":
            from tools.plugins.command import copy, ssh  # noqa: PLC0415

            source, target = task.inputs["localPath"], task.inputs["remotePath"]
            ssh.run(task, lambda client: copy.copy_file(client, source, target))
        return {}


class CopyToRemote(CommandResource):
    """An asset or archive copied to a path of a machine; a deletion leaves it there."""

    fields = COPY_TO_REMOTE
    owner = "remote.CopyToRemoteInputs"

    def problems(self, inputs: Props) -> list[CheckFailure]:
        """What is copied must be a file, a folder or text at hand."""
        source = unwrap(inputs["source"])
        if isinstance(source, Asset) and source.path is None and source.text is None:
            return [CheckFailure("asset must be a path-based file asset or a text asset", "asset")]
        if isinstance(source, Archive) and source.path is None:
            return [CheckFailure("archive must be a path to a file or directory", "archive")]
        return []

    def work(self, task: Task) -> Props:
        """Copy the source."""
        if task.step != "delete":
            from tools.plugins.command import copy, ssh  # noqa: PLC0415

            source, target = task.inputs["source"], task.inputs["remotePath"]
            ssh.run(task, lambda client: copy.copy_source(client, source, target))
        return {}
