"""Pulumi's component analyzer, which makes packages for other languages, understands the clouds' components too."""

import pytest
from pulumi.provider.experimental.analyzer import Analyzer

import tradewind
from tests.clouds.platforms import OTHERS, arguments, module
from tests.components.test_analyzer import camel, undescribed

COMPONENTS = [(platform, name) for platform in OTHERS for name in ("Cluster", "WorkerPool")]

components = pytest.mark.parametrize(("platform", "name"), COMPONENTS)


@components
def test_every_argument_is_an_input_and_required_where_it_is(platform, name):
    component = getattr(getattr(tradewind, platform), name)
    taken = arguments(component)
    inputs = Analyzer("tradewind").analyze([component])["component_definitions"][name].inputs
    assert set(inputs) == {camel(each) for each in taken.__annotations__}
    required = {each for each, definition in inputs.items() if not definition.optional}
    assert required == {camel(each) for each in taken.__required_keys__}


@pytest.mark.parametrize("platform", OTHERS)
def test_every_output_is_an_output_and_described(platform):
    cluster = getattr(tradewind, platform).Cluster
    outputs = Analyzer("tradewind").analyze([cluster])["component_definitions"]["Cluster"].outputs
    own = {camel(each) for each in cluster.__annotations__}
    assert own | {"kubeconfig", "addresses", "sshPrivateKey"} <= set(outputs)
    assert [name for name in own if not outputs[name].description] == []


@pytest.mark.parametrize("platform", OTHERS)
def test_every_argument_is_described_where_it_is_declared(platform):
    assert undescribed(module(platform, "args")) == []
