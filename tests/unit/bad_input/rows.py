"""How a table of bad input is written: where a value goes, what is said of it, and the values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.certificates import make_ca
from tests.unit.arguments import arguments, controllers
from tradewind.errors import SpecError

CA = make_ca("own")


@dataclass(frozen=True)
class As:
    """A value, and how the message shows it."""

    value: object
    shown: str


@dataclass(frozen=True)
class Case:
    """One value in otherwise good arguments, and every line of the message."""

    platform: str
    path: str
    value: object
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.platform} {self.lines[0][:70]}"


class Row:
    """Values at one path that break one rule.

    A plain value is shown as Python prints it; any other way of showing it is written out with `As`.
    """

    def __init__(self, path: str, rule: str, *values: object, platform: str = "any", at: str | None = None) -> None:
        self.path, self.rule, self.values, self.platform, self.at = path, rule, values, platform, at or path

    def __iter__(self) -> Iterator[Case]:
        for each in self.values:
            value, shown = (each.value, each.shown) if isinstance(each, As) else (each, repr(each))
            yield Case(self.platform, self.path, value, (f"{self.at}: {shown} {self.rule}",))


def with_value(path: str, value: object, platform: str = "any") -> dict:
    """Good arguments but for the value at a path, such as `controllers[0].addresses[1]`."""
    args = {"name": "test"} if platform == "local" else arguments(controllers=controllers(1))
    if ca := re.match(r"certificates\.(\w+_ca)\.", path):
        args["certificates"] = {ca[1]: {"cert_pem": CA.certificate_pem, "private_key_pem": CA.key_pem}}
    *folders, last = [int(key) if key.isdigit() else key for key in re.findall(r"[^.\[\]]+", path)]
    place = args
    for index, key in enumerate(folders):
        empty = [] if isinstance((*folders, last)[index + 1], int) else {}
        place = place[key] if isinstance(key, int) else place.setdefault(key, empty)
    if isinstance(place, list):
        place[last : last + 1] = [value]
    else:
        place[last] = value
    return args


def refused(make, args) -> str:
    """The message with which arguments are refused."""
    with pytest.raises(SpecError) as raised:
        make(args)
    return str(raised.value)
