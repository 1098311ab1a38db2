"""What the resources of the command plugin share.

Reads: `fields`, `base.resource`.
Makes: `Task`, `CommandResource` (check, diff, marks of outputs) and `quoted`.
"""

import json
import secrets
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from tools.plugins.base.diff import Difference, Path, detailed
from tools.plugins.base.errors import CheckFailure
from tools.plugins.base.resource import (
    CheckCall,
    Checked,
    CreateCall,
    Created,
    DeleteCall,
    DiffCall,
    Engine,
    Resource,
    UpdateCall,
)
from tools.plugins.base.values import UNKNOWN, Props, has_unknown, reveal
from tools.plugins.command.fields import Fields, checked

STDOUT = "PULUMI_COMMAND_STDOUT"
STDERR = "PULUMI_COMMAND_STDERR"


@dataclass(frozen=True)
class Task:
    """What is to be done: `step` is create, update or delete (or run), inputs and results so far (`before`) are plain.

    The timeout is in seconds, 0 for none.
    """

    engine: Engine
    step: str
    inputs: Props
    before: Props
    urn: str = ""
    timeout: float = 0

    @property
    def command(self) -> str | None:
        """The command of the step, if it has one; an update without its own runs `create` again."""
        own = self.inputs.get(self.step)
        chosen = self.inputs.get("create") if own is None and self.step == "update" else own
        return None if chosen is None else str(chosen)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the inputs, and those that say what the last command printed."""
        given: dict[str, str] = dict(self.inputs.get("environment") or {})
        if self.inputs.get("addPreviousOutputInEnv") is False:
            return given
        printed = {STDOUT: self.before.get("stdout"), STDERR: self.before.get("stderr")}
        return given | {name: str(text) for name, text in printed.items() if text}

    def shows(self, stream: str) -> bool:
        """Whether `logging` lets the stream (stdout, stderr) be shown while the command runs."""
        return self.inputs.get("logging") in (None, "stdoutAndStderr", stream)


class CommandResource(Resource):
    """A resource whose outputs are its inputs, secret where they are, and what the work gives, which is not."""

    fields: ClassVar[Fields]
    owner: ClassVar[str]
    """The official plugin's name of the inputs, for errors."""
    results: ClassVar[tuple[str, ...]] = ()
    """Outputs that are no inputs and always there."""
    named: ClassVar[bool] = False
    """Whether the id begins with the resource's name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @abstractmethod
    def work(self, task: Task) -> Props:
        """Do what the task asks and return the results."""

    def problems(self, inputs: Props) -> list[CheckFailure]:
        """Return what is wrong beyond the types."""
        del inputs
        return []

    def replaced_by(self, path: Path) -> bool:
        """Whether a change there needs a new resource."""
        return path[0] == "triggers"

    def check(self, call: CheckCall) -> Checked:
        """Validate the inputs and fill in the defaults, which state keeps with the inputs."""
        inputs, failures = checked(self.fields, call.news, self.owner)
        return Checked(inputs, failures or self.problems(inputs))

    def diff(self, call: DiffCall) -> Difference:
        """Compare the inputs kept in the outputs with the new ones, leaf by leaf."""
        old = {name: call.outputs[name] for name in self.fields if call.outputs.get(name) is not None}
        new = {name: value for name, value in call.news.items() if value is not None and name not in call.ignore}
        new |= {name: old[name] for name in call.ignore if name in old}
        return Difference(detailed(old, new, self.replaced_by))

    def create(self, call: CreateCall) -> Created:
        """Do the work of creation; in a preview its results are not known."""
        if call.preview:
            return Created("", call.inputs | dict.fromkeys(self.results, UNKNOWN))
        results = self.work(Task(self._engine, "create", reveal(call.inputs), {}, call.urn, call.timeout))
        prefix = call.name if self.named else ""
        return Created(prefix + secrets.token_hex(4), call.inputs | results)

    def update(self, call: UpdateCall) -> Props:
        """Do the work of an update; in a preview the results stay only if nothing that they come from has changed."""
        before = {name: value for name, value in call.outputs.items() if name not in self.fields}
        if call.preview:
            old = {name: value for name, value in call.outputs.items() if name in self.fields}
            changed = has_unknown(call.news) or any(path[0] in old for path in detailed(old, call.news))
            return call.news | (dict.fromkeys(before, UNKNOWN) if changed else before)
        task = Task(self._engine, "update", reveal(call.news), reveal(before), call.urn, call.timeout)
        return call.news | before | self.work(task)

    def delete(self, call: DeleteCall) -> None:
        """Do the work of deletion."""
        outputs = reveal(call.outputs)
        inputs = {name: value for name, value in outputs.items() if name in self.fields}
        self.work(Task(self._engine, "delete", inputs, outputs, call.urn, call.timeout))


def quoted(text: str) -> str:
    """Write text in double quotes on one line."""
    return json.dumps(text, ensure_ascii=False)
