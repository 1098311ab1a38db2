"""Pages: for each platform every input and output of its components, and one for the types that platforms share.

Reads: the platforms' packages, as text. Makes: Markdown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tools.reference.source import COMPONENTS, Definition, Member, module
from tools.reference.types import Link, nested, required, type_of

_TITLES = {
    "assets": "Control plane alone",
    "aws": "AWS",
    "azure": "Azure",
    "bare_metal": "Bare metal",
    "digital_ocean": "DigitalOcean",
    "google_cloud": "Google Cloud",
    "local": "Local platform",
}
_SHARED = "shared-reference.md"
_MADE = "Made from the types in `components/tradewind`; a test holds it to them."
_NAMES = (
    "Programs and stack settings have the names as they are here; outputs of stacks have them in camel case: "
    "`ssh_private_key` is `sshPrivateKey` there."
)
_DEFAULT = re.compile(r"Default: (.*?)\.(?= |$) ?")
_CODE = re.compile(r"(`[^`]*`)")


def pages() -> Mapping[str, str]:
    """Every page by its path in the checkout."""
    platforms = {name: Platform(_TITLES[name], components) for name, components in _components().items()}
    found = {f"{name.replace('_', '-')}-reference.md": each.page() for name, each in platforms.items()}
    return {f"docs/platforms/{name}": text for name, text in {**found, _SHARED: _shared(platforms.values())}.items()}


def _components() -> Mapping[str, Mapping[str, Definition]]:
    """The components of each platform by their public names."""
    found = {"assets": {"ControlPlane": module("tradewind.control_plane").get("ControlPlane")}}
    for folder in sorted(file.parent for file in COMPONENTS.glob("tradewind/platforms/*/cluster.py")):
        found[folder.name] = {
            f"{folder.name}.{name}": module(f"tradewind.platforms.{folder.name}.{file}").get(name)
            for name, file in {"Cluster": "cluster", "WorkerPool": "worker_pool"}.items()
            if (folder / f"{file}.py").exists()
        }
    return found


@dataclass(frozen=True)
class Platform:
    """A platform's components."""

    title: str
    components: Mapping[str, Definition]

    def types(self) -> Mapping[Definition, list[str]]:
        """The types below the components' arguments, each with the paths at which it is used."""
        roots = [component.argument("args") for component in self.components.values()]
        used: dict[Definition, list[str]] = {}
        for found, path in (each for root in roots for each in nested(root)):
            if found not in roots and path not in used.setdefault(found, []):
                used[found].append(path)
        return used

    def page(self) -> str:
        """Inputs, outputs, and the types that are the platform's own."""
        text = [f"# {self.title}: inputs and outputs", f"{_MADE} {_NAMES}"]
        for name, component in self.components.items():
            text += [f"## `tradewind.{name}`", component.text, *_inputs(component.argument("args"), _link)]
            text += ["### Outputs", _outputs(component)]
        own = {found: paths for found, paths in self.types().items() if _is_own(found)}
        return _text([*text, *(["## Types of inputs"] if own else []), *_types(own, _link)])


def _shared(platforms: Iterable[Platform]) -> str:
    used: dict[Definition, list[str]] = {}
    for found, paths in (each for platform in platforms for each in platform.types().items()):
        if not _is_own(found):
            used[found] = [*dict.fromkeys([*used.get(found, []), *paths])]
    return _text(["# Types of inputs that platforms share", _MADE, *_types(used, _here)])


def _is_own(found: Definition) -> bool:
    return found.module.name.startswith("tradewind.platforms.")


def _here(found: Definition) -> str:
    return f"[{found.name}](#{found.name.lower()})"


def _link(found: Definition) -> str:
    """From a platform's page."""
    return _here(found) if _is_own(found) else f"[{found.name}]({_SHARED}#{found.name.lower()})"


def _types(used: Mapping[Definition, list[str]], link: Link) -> Iterator[str]:
    for found, paths in used.items():
        if found.is_choice:
            yield from (f"### `{found.name}`", found.text, _choices(found))
        else:
            yield from _inputs(found, link, paths)


def _inputs(arguments: Definition, link: Link, paths: Iterable[str] = ()) -> Iterator[str]:
    """A table for each class that arguments extend, as far as it has fields that no nearer one replaces."""
    yield f"### `{arguments.name}`"
    yield arguments.text
    places = ", ".join(f"`{path}`" for path in paths)
    if places:
        yield f"At {places}."
    for owner in arguments.lineage:
        rows = [_input(each, link) for each in arguments.members.values() if each.owner == owner]
        if rows and owner != arguments:
            yield f"**{owner.text.partition('.')[0]}** (`{owner.name}`)"
        if rows:
            yield _table("input", "type", "default", "", rows=rows)


def _input(member: Member, link: Link) -> tuple[str, ...]:
    default = _DEFAULT.search(member.text)
    said = "**required**" if required(member) else default[1] if default else ""
    return f"`{member.name}`", type_of(member, link), said, _DEFAULT.sub("", member.text)


def _outputs(component: Definition) -> str:
    rows = [(f"`{each.name}`", type_of(each, _link), each.text) for each in component.members.values()]
    return _table("output", "type", "", rows=rows)


def _choices(choice: Definition) -> str:
    rows = [(f"`{each.annotation.value}`", each.text) for each in choice.own]  # type: ignore[attr-defined]
    return _table("value", "", rows=rows)


def _table(*titles: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = [titles, ["---"] * len(titles), *([_cell(each) for each in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """Text of a cell: angle brackets outside of code are no HTML, stars no emphasis, and bars no borders."""
    parts = _CODE.split(text.strip())
    plain = (part if part.startswith(("`", "**")) else re.sub(r"([<*])", r"\\\1", part) for part in parts)
    return "".join(plain).replace("|", "\\|")


def _text(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"
