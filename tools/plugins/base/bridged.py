"""Resources that are a table of attributes and one function that makes them, the way random and tls are.

Reads: `attributes`, `resource`, `diff`, `values`.
Makes: `TableResource`: check, diff, preview, create and update derived from the table.

The rules are those of the official plugins, which are bridged Terraform providers: the state (outputs) is compared with
the plan that the new inputs give; only top-level names are reported; `__meta` holds the version of the state's shape.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from tools.plugins.base.attributes import Attribute, problems
from tools.plugins.base.diff import Change, Difference, Kind
from tools.plugins.base.errors import CheckFailure, PluginError
from tools.plugins.base.resource import (
    CheckCall,
    Checked,
    CreateCall,
    Created,
    DeleteCall,
    DiffCall,
    Read,
    ReadCall,
    Resource,
    UpdateCall,
)
from tools.plugins.base.values import UNKNOWN, Props, Secret, Value, has_unknown, reveal, same, unwrap


class TableResource(Resource):
    """A resource whose inputs and outputs are a table; subclasses add `make`."""

    attributes: ClassVar[Mapping[str, Attribute]]
    """Every property of the type; see `attributes.table`."""
    state_version: ClassVar[int] = 0
    """The version of the state's shape that the official plugin writes to `__meta`; 0 writes none."""

    @abstractmethod
    def make(self, values: Props) -> Props:
        """Make the resource from its inputs (defaults filled in, no marks): every output, `id` included."""

    def restore(self, identity: str) -> Props:
        """Return all outputs of the resource that `pulumi import` names by this id."""
        raise PluginError(f"this resource type cannot be imported (id {identity!r})")

    def problems(self, values: Props) -> list[str]:
        """Return what is wrong with inputs that each fit their attribute; unknown values are absent."""
        del values
        return []

    def plan(self, state: Props, news: Props) -> tuple[Props, set[str]]:
        """Return what the outputs would become, and names that need a new resource whatever their values are."""
        values = self._with_defaults(news)
        same_inputs = bool(state) and all(
            same(state.get(name), values.get(name)) for name, item in self.attributes.items() if not item.output
        )
        for name, item in self.attributes.items():
            if item.output:
                values[name] = self._planned_output(state.get(name), item, same_inputs)
        return values, set()

    def check(self, call: CheckCall) -> Checked:
        """Validate the inputs against the table; what state keeps is what the program gave."""
        inputs = {name: value for name, value in call.news.items() if unwrap(value) is not None}
        plain = reveal(inputs)
        reasons = problems(self._inputs(), plain, call.name)
        if not reasons:
            known = {name: value for name, value in plain.items() if not has_unknown(value)}
            reasons = [CheckFailure(reason) for reason in self.problems(known)]
        return Checked(self._marked(inputs), reasons)

    def diff(self, call: DiffCall) -> Difference:
        """Compare the state with the plan, top-level name by top-level name."""
        state = self._state(call.outputs)
        news = reveal(call.news)
        for name in call.ignore:
            news.pop(name, None)
            if state.get(name) is not None and name in self._inputs():
                news[name] = state[name]
        planned, forced = self.plan(state, news)
        changes: dict[tuple[str | int, ...], Change] = {}
        for name, item in sorted(self.attributes.items()):
            old, new = state.get(name), planned.get(name)
            if name in forced or not same(old, new):
                kind = Kind.ADD if old is None else Kind.DELETE if new is None else Kind.UPDATE
                changes[(name,)] = Change(kind, name in forced or (not item.output and item.replace(old, new)))
        return Difference(changes, detailed=False)

    def create(self, call: CreateCall) -> Created:
        """Make the resource, or say in a preview which outputs are known."""
        news = reveal(call.inputs)
        planned, _ = self.plan({}, news)
        if call.preview:
            return Created("", self._outputs(planned))
        inputs = {name: planned.get(name) for name in self._inputs()}
        outputs = inputs | self.make(inputs)
        return Created(self.identity(outputs), self._outputs(outputs))

    def update(self, call: UpdateCall) -> Props:
        """Take over inputs that need no new resource."""
        planned, _ = self.plan(self._state(call.outputs), reveal(call.news))
        return self._outputs(planned)

    def delete(self, call: DeleteCall) -> None:
        """Forget it: there is nothing outside of the state."""

    def read(self, call: ReadCall) -> Read | None:
        """Return the state, or the outputs of an imported resource."""
        if call.outputs:
            outputs = self.refreshed(self._state(call.outputs))
            return Read(call.id, self._outputs(outputs), call.inputs)
        outputs = self.restore(call.id)
        inputs = {name: outputs[name] for name in self._inputs() if outputs.get(name) is not None}
        return Read(self.identity(outputs), self._outputs(outputs), self._marked(inputs))

    def refreshed(self, state: Props) -> Props:
        """Return the state with what time changes in it."""
        return state

    def identity(self, outputs: Props) -> str:
        """Return the resource's id, by default the output `id`."""
        return str(outputs["id"])

    def _inputs(self) -> dict[str, Attribute]:
        return {name: item for name, item in self.attributes.items() if not item.output}

    def _with_defaults(self, news: Props) -> Props:
        return {
            name: item.default if news.get(name) is None else _without_nulls(news[name])
            for name, item in self._inputs().items()
        }

    @staticmethod
    def _planned_output(old: Value, item: Attribute, same_inputs: bool) -> Value:
        if item.default is not None:
            return item.default
        if same_inputs or (item.kept and old is not None):
            return old
        return UNKNOWN

    def _state(self, outputs: Props) -> Props:
        """The state without marks and without what the official plugin keeps there for itself."""
        return {name: value for name, value in reveal(outputs).items() if not name.startswith("__")}

    def _outputs(self, values: Props) -> Props:
        outputs = self._marked({name: value for name, value in values.items() if value is not None})
        if self.state_version:
            outputs["__meta"] = json.dumps({"schema_version": str(self.state_version)}, separators=(",", ":"))
        return outputs

    def _marked(self, props: Props) -> Props:
        secret = {name for name, item in self.attributes.items() if item.secret}
        return {
            name: Secret(value) if name in secret and not isinstance(value, Secret) else value
            for name, value in props.items()
        }


def _without_nulls(value: Value) -> Value:
    """The value as state keeps it: an object has no entry for what was not given."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value
