"""The outputs of a resource: its inputs, and at every level what the cloud would add.

Reads: `plausible`, `types`.
Makes: `outputs`.
"""

from tools.plugins.base.diff import Path
from tools.plugins.base.values import UNKNOWN, Props, Secret, Value, unwrap
from tools.plugins.recording import plausible
from tools.plugins.recording.subject import Subject
from tools.plugins.recording.types import Kind, Object, Type


def outputs(subject: Subject, inputs: Props, *, planned: bool) -> Props:
    """Every output that the package declares.

    Args:
        subject: the resource.
        inputs: its inputs, with secret marks.
        planned: whether the resource does not exist yet, so that what the cloud adds is not known.
    """
    return _Completion(subject, planned).object(subject.description.outputs, inputs, ())


class _Completion:
    def __init__(self, subject: Subject, planned: bool) -> None:
        self._subject = subject
        self._planned = planned

    def object(self, declared: Object, given: Props, path: Path) -> Props:
        """An object with what it is given and what is computed."""
        if not declared or (path and given.get("id") is not None):
            # Free in its form; or a reference to another resource, which comes back as it is.
            return given
        made = {name: self._property(declared, name, given, path) for name in declared}
        return {name: value for name, value in made.items() if value is not None}

    def _property(self, declared: Object, name: str, given: Props, path: Path) -> Value:
        each, here = declared[name], (*path, name)
        if given.get(name) is not None:
            return self._value(each.type, given[name], here)
        computed = plausible.value(self._subject, here, each.type, required=each.required)
        return UNKNOWN if self._planned and computed is not None else computed

    def _value(self, declared: Type, given: Value, path: Path) -> Value:
        if isinstance(given, Secret):
            return Secret(self._value(declared, unwrap(given), path))
        if declared.kind is Kind.OBJECT and isinstance(given, dict):
            return self.object(self._subject.description.objects[declared.name], given, path)
        if declared.kind is Kind.MAP and isinstance(given, dict):
            return {key: self._value(declared.of[0], each, (*path, key)) for key, each in given.items()}
        if declared.kind is Kind.LIST and isinstance(given, list):
            return [self._value(declared.of[0], each, (*path, _key(each, index))) for index, each in enumerate(given)]
        return given


def _key(element: Value, index: int) -> str | int:
    """An element's own name, else its place."""
    name = element.get("name") if isinstance(element, dict) else None
    return name if isinstance(name, str) else index
