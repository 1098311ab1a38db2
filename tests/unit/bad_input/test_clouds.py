"""Bad arguments of clouds: what platforms share is refused by each in the same words, and no field takes anything."""

import re

import pytest

from tests.unit.bad_input.rows import refused, with_value
from tests.unit.bad_input.test_bad_input import OF_THE_PLATFORM, SHARED
from tests.unit.platforms.every import CLOUDS

# The longest name is each platform's own, and so is where its machines are.
OWN = {*OF_THE_PLATFORM, "name", "architecture", "host_cidr"}

clouds = pytest.mark.parametrize("cloud", CLOUDS, ids=str)


def without_fields(line):
    """A line, but for the names of all fields that one about an unknown field ends with."""
    return line.partition("is unknown; the fields are ")[0]


@clouds
@pytest.mark.parametrize(
    "case", [case for case in SHARED if re.split(r"[.\[]", case.path)[0] not in OWN][::10], ids=str
)
def test_a_field_that_platforms_share_is_refused_by_each(cloud, case):
    told = refused(cloud.spec, {**cloud.arguments, **with_value(case.path, case.value, "local")}).split("\n  ")
    assert {without_fields(line) for line in case.lines} <= {without_fields(line) for line in told[1:]}


def known_fields(cloud):
    """Every field of a cloud's arguments, as a message about an unknown one lists them."""
    told = refused(cloud.spec, {**cloud.arguments, "colour": "hunter2"})
    assert "hunter2" not in told
    return told.rpartition("the fields are ")[2].split(", ")


@clouds
def test_no_field_takes_what_is_neither_text_nor_number_nor_structure(cloud):
    for name in known_fields(cloud):
        told = refused(cloud.spec, {**cloud.arguments, name: b"\xff"})
        assert re.search(rf"\n  {name}\b", told), told


@clouds
@pytest.mark.parametrize("given", [None, [], "args", 1])
def test_arguments_that_are_no_mapping(cloud, given):
    assert "args: " in refused(cloud.spec, given)


@clouds
def test_a_required_field_that_is_missing_names_itself(cloud):
    lines = refused(cloud.spec, {}).split("\n  ")[1:]
    required = [line.partition(": must be given")[0] for line in lines if ": must be given" in line]
    assert "name" in required
    for name in required:
        (line,) = refused(cloud.spec, {key: cloud.arguments[key] for key in cloud.arguments if key != name}).split(
            "\n  "
        )[1:]
        assert line.startswith(f"{name}: must be given")
