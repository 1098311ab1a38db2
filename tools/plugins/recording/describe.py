"""What the Python SDK of a provider declares of a type token or a function.

Reads: `sources`. Makes: `Describer`, whose descriptions are kept in files, as the sources are large.
"""

import ast
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.plugins.recording.sources import Declaration, Sources, class_, declares, function
from tools.plugins.recording.types import Description, Kind, Object, Property, Type, from_json, to_json

_SIMPLE = {
    "str": Kind.STRING,
    "int": Kind.INTEGER,
    "float": Kind.NUMBER,
    "bool": Kind.BOOLEAN,
    "Any": Kind.ANY,
    "Asset": Kind.ASSET,
    "Archive": Kind.ASSET,
}
_ANY = Type(Kind.ANY)


@dataclass(frozen=True)
class Describer:
    """Descriptions of one plugin's package; `kept` is the folder where they stay between runs."""

    sources: Sources
    kept: Path

    def resource(self, token: str) -> Description:
        """Describe a resource type.

        Raises:
            UndeclaredError: if the package has no such type.
        """
        return self._kept(token, lambda: _resource(self.sources, self.sources.resource(token)))

    def provider(self) -> Description:
        """Describe the provider's own configuration."""
        place = Declaration(self.sources.root, self.sources.root / "provider.py", "Provider")
        return self._kept("provider", lambda: _resource(self.sources, place))

    def function(self, token: str) -> Description:
        """Describe a function.

        Raises:
            UndeclaredError: if the package has no such function.
        """
        return self._kept(token, lambda: _function(self.sources, self.sources.function(token)))

    def _kept(self, token: str, describe: Callable[[], Description]) -> Description:
        file = self.kept / f"{hashlib.sha256(token.encode()).hexdigest()[:24]}.json"
        try:
            return from_json(json.loads(file.read_text()))
        except FileNotFoundError:
            pass
        description = describe()
        self.kept.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.kept, delete=False) as temporary:
            json.dump(to_json(description), temporary)
        Path(temporary.name).replace(file)
        return description


def _resource(sources: Sources, place: Declaration) -> Description:
    reader = _Reader(sources)
    # Named so where the plain name is taken by an object of the module.
    name = next(name for name in (f"{place.name}InitArgs", f"{place.name}Args") if declares(place.file, name))
    inputs = reader.object(class_(place.file, name), place.folder, output=False)
    outputs = reader.object(class_(place.file, place.name), place.folder, output=True)
    return Description(inputs, outputs, reader.objects)


def _function(sources: Sources, place: Declaration) -> Description:
    reader = _Reader(sources)
    called = function(place.file, place.name)
    made = class_(place.file, _last(called.returns).removeprefix("Awaitable"))
    return Description(
        reader.arguments(called, place.folder), reader.object(made, place.folder, output=True), reader.objects
    )


@dataclass
class _Reader:
    """Reads annotations, and keeps the objects that they name."""

    sources: Sources
    objects: dict[str, Object] = field(default_factory=dict)

    def object(self, declared: ast.ClassDef, folder: Path, *, output: bool) -> Object:
        """The properties of a class: its getters."""
        needed = _required(declared)
        properties = {}
        for name, getter in _getters(declared):
            kind, optional = self.type(getter.returns, folder, output=output)
            properties[name] = Property(kind, not optional if output else getter.name in needed)
        return properties

    def arguments(self, called: ast.FunctionDef, folder: Path) -> Object:
        """The arguments of a function that it passes on, by the names that it passes on."""
        annotations = {each.arg: each.annotation for each in called.args.args}
        properties = {}
        for node in ast.walk(called):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                # Every argument is optional for Python, and the package does not say which are not.
                kind, _ = self.type(annotations[ast.unparse(node.value)], folder, output=False)
                properties[ast.literal_eval(node.targets[0].slice)] = Property(kind)
        return properties

    def type(self, node: ast.expr | None, folder: Path, *, output: bool) -> tuple[Type, bool]:
        """The type of an annotation, and whether it is optional."""
        if isinstance(node, ast.Subscript):
            return self._generic(node, folder, output=output)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._named(node.value, folder, output=output), False
        return Type(_SIMPLE[_last(node)]), False

    def _generic(self, node: ast.Subscript, folder: Path, *, output: bool) -> tuple[Type, bool]:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        inner, optional = self.type(parts[-1], folder, output=output)
        match _last(node.value):
            case "Input" | "Output":
                return inner, optional
            case "Optional":
                return inner, True
            case "Sequence":
                return Type(Kind.LIST, (inner,)), False
            case "Mapping":
                return Type(Kind.MAP, (inner,)), False
            case "Union":
                # The same object as a dictionary, or as a function gives it, is no alternative of its own.
                own = [each for each in parts if not _is_another_spelling(each)]
                return _union([self.type(each, folder, output=output)[0] for each in own]), optional
        raise ValueError(f"an annotation of an unknown form: {ast.unparse(node)}")

    def _named(self, reference: str, folder: Path, *, output: bool) -> Type:
        file, name = self.sources.located(folder, reference, output=output)
        declared = class_(file, name)
        bases = [_last(base) for base in declared.bases]
        if "Enum" in bases:
            return Type(_SIMPLE[bases[0]], values=_values(declared))
        key = f"{file.relative_to(self.sources.root)}:{name}"
        if key not in self.objects:
            self.objects[key] = {}
            self.objects[key] = self.object(declared, file.parent, output=output or file.name == "outputs.py")
        return Type(Kind.OBJECT, name=key)


def _last(node: ast.expr | None) -> str:
    """The last name of a dotted one, such as Input of pulumi.Input."""
    return ast.unparse(node).rpartition(".")[2] if node is not None else "Any"


def _is_another_spelling(node: ast.expr) -> bool:
    name = str(node.value) if isinstance(node, ast.Constant) else ""
    return name.endswith("ArgsDict") or name.startswith("outputs.")


def _union(alternatives: list[Type]) -> Type:
    kinds = {each.kind for each in alternatives}
    if Kind.ANY in kinds:
        return _ANY
    if len(kinds) == 1 and Kind.OBJECT not in kinds:
        # An enumeration beside its plain kind is a list of proposals.
        return next((each for each in alternatives if not each.values), alternatives[0])
    return alternatives[0] if len(alternatives) == 1 else Type(Kind.UNION, tuple(alternatives))


def _getters(declared: ast.ClassDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The getters of a class with the camel case name of each."""
    for each in declared.body:
        if not isinstance(each, ast.FunctionDef):
            continue
        for decorator in each.decorator_list:
            if isinstance(decorator, ast.Call) and _last(decorator.func) == "getter":
                yield ast.literal_eval(decorator.keywords[0].value), each
            elif _last(decorator) == "getter":
                yield each.name, each


def _required(declared: ast.ClassDef) -> set[str]:
    """The arguments of a class without a default."""
    for each in declared.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            pairs = zip(each.args.kwonlyargs, each.args.kw_defaults, strict=True)
            return {argument.arg for argument, default in pairs if default is None}
    return set()


def _values(declared: ast.ClassDef) -> tuple[str | int | float, ...]:
    return tuple(ast.literal_eval(each.value) for each in declared.body if isinstance(each, ast.Assign))
