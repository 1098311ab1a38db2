"""A stack's settings: a wrong or missing key names itself, all of them in one message."""

import ast
import json
import re

import pytest
import yaml

from stacks import settings
from tools.paths import CHECKOUT
from tradewind.errors import SpecError

KNOWN = ("assets", "local")
GOOD = {"tradewind:platform": "local", "tradewind:cluster": json.dumps({"name": "test"})}
SCHEMA = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())["config"]


def problems(**changes):
    """Broken rules of otherwise good settings, without the one of a value that is None."""
    given = {**GOOD, **{f"tradewind:{key}": value for key, value in changes.items()}}
    with pytest.raises(SpecError) as caught:
        settings.platform({key: value for key, value in given.items() if value is not None}, KNOWN)
    return [str(problem) for problem in caught.value.problems]


def test_good_settings_name_the_platform():
    assert settings.platform({**GOOD, "aws:region": "eu-north-1", "other:key": "x"}, KNOWN) == "local"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"platform": None}, "tradewind:platform: must be given"),
        ({"platform": "lokal"}, "tradewind:platform: 'lokal' must be one of assets, local"),
        ({"cluster": None}, "tradewind:cluster: must be given"),
        ({"cluster": "test"}, "tradewind:cluster: <str> must be a mapping of fields"),
        ({"cluster": "[1]"}, "tradewind:cluster: <list> must be a mapping of fields"),
        ({"folder": ""}, "tradewind:folder: '' must be text of 1 to 1024 characters without control characters"),
        ({"clutser": "{}"}, "tradewind:clutser: <str> is unknown; the fields are platform, cluster, folder"),
    ],
)
def test_a_wrong_or_missing_key_names_itself(changes, found):
    assert problems(**changes) == [found]


def test_all_of_them_are_in_one_message():
    assert len(problems(platform="lokal", cluster=None, folder="", clutser="hunter2")) == 4


def test_a_value_that_may_be_a_secret_is_not_shown():
    assert "hunter2" not in "".join(problems(clutser="hunter2", cluster='"hunter2"'))


def test_the_schema_of_the_project_has_the_same_keys_and_describes_them():
    (unknown,) = problems(other="x")
    assert unknown.rpartition("the fields are ")[2].split(", ") == [key.removeprefix("tradewind:") for key in SCHEMA]
    assert all(len(each["description"]) > 20 for each in SCHEMA.values())


def test_the_schema_names_every_platform():
    (programs,) = re.findall(r"_PROGRAMS = (\{.*?\})", (CHECKOUT / "__main__.py").read_text(), re.DOTALL)
    description = SCHEMA["tradewind:platform"]["description"]
    assert all(re.search(rf"\b{name}\b", description) for name in ast.literal_eval(programs))
