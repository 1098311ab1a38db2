"""The wire format and paths of the plugins' base."""

import pytest
from google.protobuf import json_format

from tools.plugins.base.diff import Change, Difference, Kind, detailed, format_path
from tools.plugins.base.values import UNKNOWN, Archive, Asset, ResourceReference, Secret, has_secret, reveal, same
from tools.plugins.base.wire import decode, encode

SIGNATURE = "4dabf18193072939515e22adb298388d"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -3,
        1.5,
        "text",
        [],
        {},
        [1, "a", None, [True]],
        {"a": {"b": [UNKNOWN]}},
        UNKNOWN,
        Secret("hidden"),
        Secret({"a": [1]}),
        Asset("00ff", text="content"),
        Asset("00ff", path="/tmp/file"),
        Archive("aa", assets={"a": Asset("00", text="x")}),
        ResourceReference("urn:pulumi:s::p::t:m:T::n", "id", "1.0.0"),
        ResourceReference("urn:pulumi:s::p::t:m:T::n", UNKNOWN),
    ],
)
def test_values_survive_the_wire(value):
    assert decode(encode({"key": value})) == {"key": value}


def test_whole_numbers_are_ints_and_booleans_stay_booleans():
    decoded = decode(encode({"number": 3.0, "truth": True}))
    assert type(decoded["number"]) is int
    assert decoded["truth"] is True


def test_secret_and_unknown_have_the_signatures_of_the_protocol():
    assert json_format.MessageToDict(encode({"a": Secret("s"), "b": UNKNOWN})) == {
        "a": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": "s"},
        "b": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"value": "v"}, "v"),
        ({"value": "v", "secret": True}, Secret("v")),
        ({}, UNKNOWN),
        ({"secret": True, "dependencies": ["urn"]}, Secret(UNKNOWN)),
    ],
)
def test_an_output_becomes_its_value(fields, expected):
    wire = encode({"a": {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"} | fields})
    assert decode(wire) == {"a": expected}


def test_an_unknown_signature_is_an_error():
    with pytest.raises(ValueError, match="unknown signature 'ffff'"):
        decode(encode({"a": {SIGNATURE: "ffff"}}))


def test_secrets_do_not_show_in_text():
    assert "hidden" not in f"{Secret('hidden')} {Secret('hidden')!r} {[Secret('hidden')]}"


def test_reveal_takes_marks_off_at_any_depth():
    value = {"a": Secret([Secret("x"), {"b": Secret(1)}])}
    assert has_secret(value)
    assert reveal(value) == {"a": ["x", {"b": 1}]}


def test_true_is_not_one():
    assert not same(True, 1)
    assert not same({"a": [0]}, {"a": [False]})
    assert same({"a": [Secret(0)]}, {"a": [0]})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a",), "a"),
        (("a", "b", 0, "c"), "a.b[0].c"),
        (("data", "tls.crt"), 'data["tls.crt"]'),
        (("a.b",), '["a.b"]'),
        (("a", 'q"\\'), 'a["q\\"\\\\"]'),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
    ],
)
def test_paths(path, text):
    assert format_path(path) == text


def test_detailed_names_every_leaf():
    old = {"same": 1, "gone": 1, "map": {"a": "1", "b": "2"}, "list": [1, 2, 3], "type": {"a": 1}}
    new = {"same": 1, "came": 1, "map": {"a": "1", "b": "3"}, "list": [1, 4], "type": [1]}
    assert detailed(old, new, lambda path: path[0] == "map") == {
        ("came",): Change(Kind.ADD),
        ("gone",): Change(Kind.DELETE),
        ("list", 1): Change(Kind.UPDATE),
        ("list", 2): Change(Kind.DELETE),
        ("map", "b"): Change(Kind.UPDATE, replace=True),
        ("type",): Change(Kind.UPDATE),
    }


def test_detailed_does_not_look_into_secrets_and_sees_marks_change():
    assert detailed({"a": Secret({"b": 1})}, {"a": Secret({"b": 2})}) == {("a",): Change(Kind.UPDATE)}
    assert detailed({"a": Secret({"b": 1})}, {"a": Secret({"b": 1})}) == {}
    assert detailed({"a": "x"}, {"a": Secret("x")}) == {("a",): Change(Kind.UPDATE)}


def test_a_difference_names_top_level_properties_once():
    difference = Difference(detailed({"b": [1, 2], "a": 1}, {"b": [2, 3], "a": 2}, lambda path: path[0] == "b"))
    assert difference.names == ["a", "b"]
    assert difference.replaces == ["b"]
