"""What the guest said, by step."""

import re
from dataclasses import dataclass

SHARED = "system_u:object_r:container_file_t:s0"
"""A type that containers may use, at a level without categories."""
_OF_CONTAINERS = re.compile(r"scontext=\S+:(container|spc)_t:")
PAIR = re.compile(r"s0:c\d+,c\d+")


@dataclass(frozen=True)
class Step:
    """The lines of one step."""

    lines: tuple[str, ...]

    def after(self, *words: str) -> list[str]:
        """What follows on the lines that begin with these words."""
        start = " ".join(words) + " "
        return [line.removeprefix(start) for line in self.lines if line.startswith(start)]

    @property
    def labels(self) -> dict[str, str]:
        """Label by path."""
        return {path: label for label, _, path in (line.partition(" ") for line in self.after("label"))}

    def below(self, folder: str) -> dict[str, str]:
        """Labels of a folder and everything in it. There is something."""
        found = {path: label for path, label in self.labels.items() if path == folder or path.startswith(f"{folder}/")}
        assert folder in found, f"{folder}: not seen"
        return found

    def unit(self, name: str) -> dict[str, str]:
        """Properties of a unit when it was last looked at."""
        found = [dict(word.partition("=")[::2] for word in line.split()) for line in self.after("unit")]
        return [each for each in found if each["Id"] == name][-1]

    def system_container(self, name: str) -> tuple[str, str]:
        """Label of the process of a container, and of its files."""
        process, _, files = self.after("container", name)[0].partition(" ")
        return process, files

    @property
    def denied(self) -> list[str]:
        """What the kernel denied containers. What it only notes, as the type is permissive, is left out."""
        return [line for line in self.after("denied") if "permissive=0" in line and _OF_CONTAINERS.search(line)]


def parse(text: str) -> dict[str, Step]:
    """Steps by name; a name that is there twice is an error."""
    steps: dict[str, Step] = {}
    for part in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        name, *lines = part.splitlines()
        if name == "end":
            continue
        assert name not in steps, f"{name}: twice"
        steps[name] = Step(tuple(lines))
    return steps
