"""What is written is read back as the very same object: YAML by a YAML 1.1 reader, JSON, and TOML."""

import json
import tomllib

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.fuzzing import INJECTIONS, YAML_TRAPS, fuzz, texts
from tradewind.host import containerd
from tradewind.serialize import to_compact_json, to_json, to_toml, to_yaml, to_yaml_stream

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
documents = st.dictionaries(
    texts,
    st.recursive(scalars, lambda each: st.lists(each, max_size=3) | st.dictionaries(texts, each, max_size=3)),
    max_size=4,
)


@fuzz(300)
@given(documents)
def test_yaml(document):
    text = to_yaml(document)
    assert text.endswith("\n")
    assert text == to_yaml(document)
    assert yaml.safe_load(text) == document


LONG = ("x" * 5000, "word " * 1000, f"{'word ' * 1000}#\n" * 3)


@pytest.mark.parametrize("text", [*YAML_TRAPS, *INJECTIONS, *LONG], ids=lambda text: ascii(text[:20]))
def test_yaml_of_a_trap(text):
    document = {"key": text, text: "value", "list": [text], "nested": {"a": {text: [text]}}}
    written = to_yaml(document)
    read = yaml.safe_load(written)
    assert read == document
    assert type(read["key"]) is str
    assert written.isascii()


@fuzz(50)
@given(st.lists(documents.filter(bool), min_size=1, max_size=4))
@example([{"a": "b\n---\nc"}, {"d": "\n---\n"}])
def test_a_stream_has_as_many_documents_as_were_given(stream):
    assert list(yaml.safe_load_all(to_yaml_stream(stream))) == stream


@fuzz(100)
@given(documents)
def test_json(document):
    assert json.loads(to_json(document)) == document
    assert json.loads(to_compact_json(document)) == document
    assert len(to_compact_json(document).splitlines()) <= len(to_json(document).splitlines())


toml_values = st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | st.lists(texts, max_size=3)
keys = st.text(max_size=9) | st.sampled_from(INJECTIONS)
tables = st.dictionaries(
    keys, toml_values | st.dictionaries(keys, toml_values | st.dictionaries(keys, toml_values, max_size=2), max_size=3)
)


@fuzz(200)
@given(tables)
def test_toml(table):
    text = to_toml(table)
    assert tomllib.loads(text) == _without_empty_tables(table)


def _without_empty_tables(table):
    """A table with neither values nor tables of its own leaves no line."""
    inner = {key: _without_empty_tables(each) if isinstance(each, dict) else each for key, each in table.items()}
    return {key: each for key, each in inner.items() if each != {}}


@pytest.mark.parametrize("text", [*INJECTIONS, *YAML_TRAPS], ids=ascii)
def test_a_sandbox_image_is_one_toml_string(text):
    options = containerd.ContainerdOptions(disabled_plugins=[text])
    config = tomllib.loads(containerd.containerd_config(text, options))
    assert config["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"] == text
    assert config["disabled_plugins"] == [text]
