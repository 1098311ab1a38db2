"""The stand-in `random` plugin, over the wire."""

import base64
import re
import uuid

import bcrypt
import grpc
import pytest

from tests.support.plugin_process import running_plugin
from tools.plugins.base.values import UNKNOWN, Secret
from tools.plugins.base.wire import decode

NONE, SOME = 1, 2

INPUTS = {
    "randomBytes:RandomBytes": {"length": 12},
    "randomId:RandomId": {"byteLength": 6, "prefix": "p-"},
    "randomInteger:RandomInteger": {"min": 3, "max": 5},
    "randomPassword:RandomPassword": {"length": 20},
    "randomPet:RandomPet": {},
    "randomShuffle:RandomShuffle": {"inputs": ["a", "b", "c"]},
    "randomString:RandomString": {"length": 8},
    "randomUuid:RandomUuid": {},
    "randomUuid4:RandomUuid4": {},
    "randomUuid7:RandomUuid7": {},
}
RULES = {
    "lower": True,
    "upper": True,
    "number": True,
    "numeric": True,
    "special": True,
    "minLower": 0,
    "minUpper": 0,
    "minNumeric": 0,
    "minSpecial": 0,
}


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    with running_plugin("random", tmp_path_factory.mktemp("random")) as client:
        yield client


def token(name):
    return f"random:index/{name}"


@pytest.mark.parametrize("name", INPUTS)
def test_an_unchanged_resource_has_no_difference(plugin, name):
    made = plugin.create(token(name), INPUTS[name])
    answer = plugin.diff(made, INPUTS[name])
    assert (answer.changes, list(answer.diffs), list(answer.replaces)) == (NONE, [], [])


@pytest.mark.parametrize("name", INPUTS)
def test_state_keeps_the_inputs_as_given(plugin, name):
    made = plugin.create(token(name), INPUTS[name])
    assert made.inputs == INPUTS[name]
    assert INPUTS[name].items() <= made.outputs.items()


@pytest.mark.parametrize("name", INPUTS)
def test_keepers_replace(plugin, name):
    made = plugin.create(token(name), INPUTS[name] | {"keepers": {"a": "1"}})
    answer = plugin.diff(made, INPUTS[name] | {"keepers": {"a": "2"}})
    assert (list(answer.diffs), list(answer.replaces)) == (["keepers"], ["keepers"])
    assert not answer.deleteBeforeReplace
    assert not answer.hasDetailedDiff


@pytest.mark.parametrize("name", INPUTS)
def test_an_unknown_keeper_replaces(plugin, name):
    made = plugin.create(token(name), INPUTS[name] | {"keepers": {"a": "1"}})
    assert list(plugin.diff(made, INPUTS[name] | {"keepers": {"a": UNKNOWN}}).replaces) == ["keepers"]


@pytest.mark.parametrize("name", INPUTS)
def test_a_preview_knows_what_is_given_and_not_what_is_drawn(plugin, name):
    made = plugin.create(token(name), INPUTS[name], preview=True)
    assert INPUTS[name].items() <= made.outputs.items()
    assert made.outputs["id"] is UNKNOWN


@pytest.mark.parametrize("name", INPUTS)
def test_unknown_properties_are_failures(plugin, name):
    _, failures = plugin.check(token(name), INPUTS[name] | {"lenght": 3}, "bad")
    assert failures == [": Invalid or unknown key. Examine values at 'bad.lenght'."]


def test_empty_keepers_are_none(plugin):
    made = plugin.create(token("randomId:RandomId"), {"byteLength": 4})
    answer = plugin.diff(made, {"byteLength": 4, "keepers": {}})
    assert (answer.changes, list(answer.replaces)) == (SOME, [])
    updated = plugin.update(made, {"byteLength": 4, "keepers": {}})
    assert updated.outputs == made.outputs | {"keepers": {}}


def test_password_outputs(plugin):
    made = plugin.create(token("randomPassword:RandomPassword"), {"length": 20})
    result, hashed = made.outputs["result"], made.outputs["bcryptHash"]
    assert made.id == "none"
    assert isinstance(result, Secret)
    assert isinstance(hashed, Secret)
    assert len(result.value) == 20
    assert hashed.value.startswith("$2a$10$")
    assert bcrypt.checkpw(result.value.encode(), hashed.value.encode())
    rest = {name: value for name, value in made.outputs.items() if name not in ("result", "bcryptHash")}
    assert rest == RULES | {"id": "none", "length": 20, "__meta": '{"schema_version":"3"}'}


def test_a_long_password_has_a_hash_of_its_first_72_bytes(plugin):
    outputs = plugin.create(token("randomPassword:RandomPassword"), {"length": 100}).outputs
    assert bcrypt.checkpw(outputs["result"].value.encode()[:72], outputs["bcryptHash"].value.encode())


def test_string_is_its_own_id(plugin):
    made = plugin.create(token("randomString:RandomString"), {"length": 8, "special": False})
    assert made.id == made.outputs["id"] == made.outputs["result"]
    assert re.fullmatch("[A-Za-z0-9]{8}", made.id)
    assert made.outputs["special"] is False


def test_character_rules(plugin):
    rules = {
        "length": 12,
        "upper": False,
        "minLower": 2,
        "minNumeric": 3,
        "minSpecial": 4,
        "overrideSpecial": "_%",
    }
    for _ in range(20):
        text = plugin.create(token("randomString:RandomString"), rules).id
        assert re.fullmatch(r"[a-z0-9_%]{12}", text)
        assert len(re.findall("[a-z]", text)) >= 2
        assert len(re.findall("[0-9]", text)) >= 3
        assert len(re.findall("[_%]", text)) >= 4


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"length": 21}, ["length"]),
        ({"special": False}, ["special"]),
        ({"minUpper": 1}, ["minUpper"]),
        ({"numeric": False}, ["number", "numeric"]),
        ({"number": False}, ["number", "numeric"]),
        ({"overrideSpecial": "_"}, ["overrideSpecial"]),
        ({"length": UNKNOWN}, ["length"]),
    ],
)
def test_password_rules_replace(plugin, change, replaces):
    made = plugin.create(token("randomPassword:RandomPassword"), {"length": 20})
    answer = plugin.diff(made, {"length": 20} | change)
    assert list(answer.replaces) == replaces
    assert list(answer.diffs) == replaces


def test_stating_a_default_changes_nothing(plugin):
    made = plugin.create(token("randomPassword:RandomPassword"), {"length": 20})
    assert plugin.diff(made, {"length": 20, "special": True, "minUpper": 0, "numeric": True}).changes == NONE


def test_contradiction_of_number_and_numeric(plugin):
    with pytest.raises(grpc.RpcError, match="Number and numeric are both configured with different values"):
        plugin.create(token("randomPassword:RandomPassword"), {"length": 9, "number": True, "numeric": False})


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({}, ": Missing required property 'length'"),
        (
            {"length": 0},
            ": Invalid Attribute Value. Attribute length value must be at least 1, got: 0."
            " Examine values at 'bad.length'.",
        ),
        (
            {"length": 2, "minUpper": 2, "minLower": 1},
            ": Invalid Attribute Value. Attribute length value must be at least sum of min_upper + min_lower +"
            " min_numeric + min_special, got: 2.",
        ),
        (
            {"length": "12"},
            ": Incorrect Attribute Value Type. Attribute length must be of type integer."
            " Examine values at 'bad.length'.",
        ),
        (
            {"length": 8, "keepers": {"a": 1}},
            ": Incorrect Attribute Value Type. Attribute keepers.a must be of type string."
            " Examine values at 'bad.keepers.a'.",
        ),
    ],
)
def test_check_failures(plugin, inputs, failure):
    assert plugin.check(token("randomString:RandomString"), inputs, "bad")[1] == [failure]


def test_unknown_inputs_pass_the_check(plugin):
    inputs = {"length": UNKNOWN, "minUpper": 3}
    assert plugin.check(token("randomString:RandomString"), inputs) == (inputs, [])


def test_id_spellings(plugin):
    made = plugin.create(token("randomId:RandomId"), {"byteLength": 9, "prefix": "p-"})
    content = base64.urlsafe_b64decode(made.id + "=" * (-len(made.id) % 4))
    assert len(content) == 9
    assert made.outputs == {
        "id": made.id,
        "byteLength": 9,
        "prefix": "p-",
        "b64Url": "p-" + made.id,
        "b64Std": "p-" + base64.b64encode(content).decode(),
        "hex": "p-" + content.hex(),
        "dec": "p-" + str(int.from_bytes(content, "big")),
    }


def test_bytes_are_secret_and_their_base64_is_the_id(plugin):
    made = plugin.create(token("randomBytes:RandomBytes"), {"length": 12})
    content = base64.b64decode(made.id)
    assert len(content) == 12
    assert made.outputs == {
        "length": 12,
        "id": "none",
        "base64": Secret(made.id),
        "hex": Secret(content.hex()),
    }


@pytest.mark.parametrize(
    ("name", "version"),
    [("randomUuid:RandomUuid", None), ("randomUuid4:RandomUuid4", 4), ("randomUuid7:RandomUuid7", 7)],
)
def test_uuids(plugin, name, version):
    made = plugin.create(token(name), {})
    assert made.outputs == {"id": made.id, "result": made.id}
    assert str(uuid.UUID(made.id)) == made.id
    if version:
        assert uuid.UUID(made.id).version == version


def test_integer(plugin):
    made = plugin.create(token("randomInteger:RandomInteger"), {"min": 3, "max": 5})
    assert made.outputs["result"] in (3, 4, 5)
    assert made.id == str(made.outputs["result"])
    assert list(plugin.diff(made, {"min": 3, "max": 6}).replaces) == ["max"]
    with pytest.raises(grpc.RpcError, match="The minimum \\(min\\) value needs to be smaller"):
        plugin.create(token("randomInteger:RandomInteger"), {"min": 5, "max": 3})


def test_a_seed_repeats_the_draw(plugin):
    inputs = {"min": 0, "max": 10**9, "seed": "s"}
    draws = {plugin.create(token("randomInteger:RandomInteger"), inputs).id for _ in range(3)}
    assert len(draws) == 1


def test_shuffle(plugin):
    made = plugin.create(token("randomShuffle:RandomShuffle"), {"inputs": ["a", "b", "c"], "resultCount": 6})
    assert made.id == "-"
    assert sorted(made.outputs["results"][:3]) == sorted(made.outputs["results"][3:]) == ["a", "b", "c"]
    assert plugin.create(token("randomShuffle:RandomShuffle"), {"inputs": []}).outputs["results"] == []


def test_pet(plugin):
    made = plugin.create(token("randomPet:RandomPet"), {"length": 3, "prefix": "my", "separator": "_"})
    assert re.fullmatch("my(_[a-z]+){3}", made.id)
    assert made.outputs == {"id": made.id, "length": 3, "prefix": "my", "separator": "_"}


def test_state_of_the_official_plugin_is_accepted(plugin):
    made = plugin.create(token("randomId:RandomId"), {"byteLength": 4})
    made.outputs |= {"__meta": '{"schema_version":"0"}', "__pulumi_raw_state_delta": {"obj": {}}}
    assert plugin.diff(made, {"byteLength": 4}).changes == NONE


@pytest.mark.parametrize(
    ("name", "imported", "identity", "inputs"),
    [
        ("randomString:RandomString", "abcd", "abcd", RULES | {"length": 4}),
        ("randomPassword:RandomPassword", "abcd", "none", RULES | {"length": 4}),
        ("randomInteger:RandomInteger", "4,1,9", "4", {"min": 1, "max": 9}),
        ("randomId:RandomId", "p-,AQID", "AQID", {"byteLength": 3, "prefix": "p-"}),
        ("randomBytes:RandomBytes", "AQID", "AQID", {"length": 3}),
    ],
)
def test_import(plugin, name, imported, identity, inputs):
    answer = plugin.read(token(name), imported)
    assert (answer.id, decode(answer.inputs)) == (identity, inputs)


def test_a_refresh_returns_the_state(plugin):
    made = plugin.create(token("randomPassword:RandomPassword"), {"length": 20})
    answer = plugin.read(token("randomPassword:RandomPassword"), "none", made)
    assert (decode(answer.properties), decode(answer.inputs)) == (made.outputs, made.inputs)
