"""A resource of any type that a package declares.

Reads: `describe`, `checking`, `limits`, `outputs`, `naming`, `replacement`.
Makes: `Recorded`.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass

from tools.plugins.base.diff import Difference, detailed, format_path
from tools.plugins.base.errors import PluginError
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
from tools.plugins.base.values import UNKNOWN, Props, Secret, Value, reveal, unwrap
from tools.plugins.recording.checking import problems
from tools.plugins.recording.limits import LIMITS
from tools.plugins.recording.naming import autoname, identity, name_property
from tools.plugins.recording.outputs import outputs
from tools.plugins.recording.replacement import refused, replaces
from tools.plugins.recording.subject import Subject
from tools.plugins.recording.types import FREE, Description

SEED = "__seed"
"""Output that everything computed follows from; official plugins keep marks of their own in outputs, too."""
_DEFAULTS = "__defaults"
"""Input that lists the inputs which are made up, as official plugins have it."""
_RENEWED = ("latestVersion", "etag", "fingerprint", "generation", "metadataFingerprint", "updatedAt")
"""Outputs that every update renews."""


@dataclass(frozen=True)
class Recorded(Resource):
    """A resource type.

    What is computed follows from a seed that is another one for each resource that is made: one that is made in the
    place of another has other ids and addresses, and the engine does not tell that from a first one.
    """

    plugin: str
    token: str
    description: Description
    config: Props

    def check(self, call: CheckCall) -> Checked:
        """Compare the inputs with what the package declares and the cloud takes; a name not given is made up."""
        inputs: Props = {name: _without_nulls(each) for name, each in call.news.items() if unwrap(each) is not None}
        failures = [] if self.description is FREE else problems(self.token, self.description, inputs)
        if not failures and self.token in LIMITS:
            failures = list(LIMITS[self.token](inputs))
        name = self._name_property
        if name and name not in inputs and "namePrefix" not in inputs:
            kept = call.olds.get(name) if name in (call.olds.get(_DEFAULTS) or ()) else None
            inputs[name] = kept or autoname(self.plugin, call.name, secrets.token_hex(4))
            inputs[_DEFAULTS] = [name]
        return Checked(inputs, failures)

    def diff(self, call: DiffCall) -> Difference:
        """Compare the inputs, property by property."""
        old, new = _given(call.old_inputs), _given(call.news)
        name = self._name_property
        found = Difference(detailed(old, new, lambda path: replaces(self.token, name, path, old, new), inputs=True))
        # Two of one name cannot be at once, unless it is made up anew for each.
        same_name = _name(old, name) == _name(new, name) is not None and name not in call.news.get(_DEFAULTS, ())
        return Difference(found.changes, delete_first=bool(found.replaces) and same_name)

    def create(self, call: CreateCall) -> Created:
        """Record the resource with everything that the cloud would compute."""
        subject = self._subject(call.name, secrets.token_hex(16), call.inputs)
        made = outputs(subject, call.inputs, planned=call.preview)
        if call.preview:
            return Created("", made)
        return Created(identity(subject), made | {SEED: subject.seed})

    def update(self, call: UpdateCall) -> Props:
        """Record the new inputs; what the cloud refuses fails."""
        changes = detailed(_given(call.old_inputs), _given(call.news))
        forbidden = refused(self.token, changes)
        if forbidden and not call.preview:
            names = ", ".join(format_path(path) for path in forbidden)
            raise PluginError(f"PropertyChangeNotAllowed: changing property {names} of {call.id} is not allowed")
        seed = call.outputs.get(SEED, "")
        made = outputs(self._subject(call.name, seed, call.news), call.news, planned=False)
        for name in _RENEWED:
            if name in made and name not in call.news:
                made[name] = UNKNOWN if call.preview else _renewed(call.outputs.get(name), call.news)
        return made | {SEED: seed}

    def delete(self, call: DeleteCall) -> None:
        """Forget it: there is nothing outside of the state."""

    def read(self, call: ReadCall) -> Read | None:
        """The state is the truth; a resource that is not in it looks as its id says."""
        if call.outputs:
            return super().read(call)
        subject = self._subject(call.id, call.id, {})
        return Read(call.id, outputs(subject, {}, planned=False), {})

    @property
    def _name_property(self) -> str | None:
        return name_property(self.plugin, self.token, self.description)

    def _subject(self, resource: str, seed: str, inputs: Props) -> Subject:
        given = _given(inputs)
        prefix = given.get("namePrefix")
        own_name = _name(given, self._name_property) or (f"{prefix}{seed[:10]}" if prefix else resource)
        return Subject(self.plugin, self.token, resource, str(own_name), seed, self.description, given, self.config)


def _given(inputs: Props) -> Props:
    """Inputs without marks."""
    return {name: each for name, each in reveal(inputs).items() if not name.startswith("__")}


def _name(inputs: Props, name: str | None) -> Value:
    """What the inputs call the resource; objects of Kubernetes have their name in their metadata."""
    if name is None:
        metadata = inputs.get("metadata")
        return metadata.get("name") if isinstance(metadata, dict) else inputs.get("name")
    return inputs.get(name)


def _renewed(old: Value, inputs: Props) -> Value:
    if isinstance(old, int):
        return old + 1
    return hashlib.sha256(json.dumps(_given(inputs), sort_keys=True, default=str).encode()).hexdigest()[:16]


def _without_nulls(value: Value) -> Value:
    if isinstance(value, Secret):
        return Secret(_without_nulls(value.value))
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value
