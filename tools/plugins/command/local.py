"""Commands on this machine: the resource local.Command and the function local.run.

Reads: `process`, `files`, `common`.
Makes: `Command`, `Run`.
"""

from pathlib import Path

from tools.plugins.base.errors import PluginError
from tools.plugins.base.resource import Engine
from tools.plugins.base.values import Props, reveal
from tools.plugins.command.common import CommandResource, Task, quoted
from tools.plugins.command.fields import LOCAL_COMMAND, LOCAL_RUN, checked
from tools.plugins.command.files import asset_archive, find_assets
from tools.plugins.command.output import Output
from tools.plugins.command.process import run_process

SHELL = ["/bin/sh", "-c"]


class Command(CommandResource):
    """A command that runs here when the resource is created, updated or deleted."""

    fields = LOCAL_COMMAND
    owner = "local.CommandInputs"
    results = ("stdout", "stderr")
    named = True

    def work(self, task: Task) -> Props:
        """Run the step's command, if it has one."""
        if task.command is None:
            return {name: task.before.get(name, "") for name in self.results}
        return run(task, task.command)


class Run:
    """The function `run`: a command that runs at each preview and update."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, arguments: Props) -> Props:
        """Run the command and return the arguments with its output."""
        inputs, failures = checked(LOCAL_RUN, arguments, "local.RunInputs")
        if failures:
            raise PluginError("; ".join(failure.reason for failure in failures))
        plain = reveal(inputs)
        return inputs | run(Task(self._engine, "run", plain, {}), plain["command"])


def run(task: Task, command: str) -> Props:
    """Run one command and return stdout, stderr, and the files that assetPaths and archivePaths ask for.

    Raises PluginError with the exit code and all output when it fails.
    """
    inputs = task.inputs
    folder = Path(inputs["dir"]) if inputs.get("dir") is not None else Path.cwd()
    with Output(task) as output:
        failure = run_process([*(inputs.get("interpreter") or SHELL), command], folder, task, output)
    if failure:
        raise PluginError(f"{failure}: running {quoted(command)}:\n{output.together()}")
    results = output.results()
    if inputs.get("assetPaths") is not None:
        results["assets"] = find_assets(folder, inputs["assetPaths"])
    if inputs.get("archivePaths") is not None:
        results["archive"] = asset_archive(find_assets(folder, inputs["archivePaths"]))
    return results
