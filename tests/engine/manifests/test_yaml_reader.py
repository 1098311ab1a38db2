"""Kubernetes' own reader of YAML finds every text again: no number, no boolean, no other line break."""

import json
import subprocess

import pytest
import yaml

from tests.support.fuzzing import INJECTIONS, YAML_TRAPS
from tools.paths import bin_dir
from tradewind.serialize import to_yaml

TEXTS = dict(enumerate(dict.fromkeys([*YAML_TRAPS, *INJECTIONS])))


def read(text: str) -> dict:
    """A manifest as kubectl reads it, without a server."""
    command = [bin_dir() / "kubectl", "patch", "--local", "--type=merge", "--patch={}", "--output=json", "--filename=-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def config_map(data: dict[str, str]) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "test"}, "data": data}


def test_every_text_is_the_same_text_to_kubernetes():
    data = {f"key-{index}": text for index, text in TEXTS.items()}
    found = read(to_yaml(config_map(data)))["data"]
    assert {key: found.get(key) for key in data} == data


def test_keys_too():
    labels = dict.fromkeys(("y", "no", "1e3", "0o7", "1_000", "null"), "value")
    assert read(to_yaml(config_map(labels)))["data"] == labels


@pytest.mark.parametrize(("text", "taken_for"), [("1e3", 1000), ("0o7", 7), ("y", True)])
def test_it_would_find_a_text_without_quotes(text, taken_for):
    assert read(yaml.safe_dump(config_map({"key": text})))["data"] == {"key": taken_for}
