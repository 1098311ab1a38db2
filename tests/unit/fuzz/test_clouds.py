"""Arguments of clouds become a spec or one `SpecError`, whatever they are; nothing else is ever raised."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzzing import fuzz, values
from tests.unit.fuzz.test_spec import CLUSTER, check, mutated
from tests.unit.platforms.every import CLOUDS

# Pools of an example may have another architecture than a single image.
OWN = ("api_servers", "controllers", "images", "architecture", "kubelet_image")
SHARED = {key: value for key, value in CLUSTER.items() if key not in OWN}

clouds = pytest.mark.parametrize("cloud", CLOUDS, ids=str)


def good(cloud):
    """The arguments of its example, and those that all platforms share."""
    return {**SHARED, "kubelet": {"max_pods": 30}, **cloud.arguments, "name": "test"}


@clouds
def test_the_good_arguments_are_good(cloud):
    assert not isinstance(check(cloud.spec, good(cloud)), str)


@clouds
@fuzz(100)
@given(args=values)
def test_anything(cloud, args):
    assert isinstance(check(cloud.spec, args), str)


@clouds
@fuzz(200)
@given(data=st.data())
def test_nearly_good_arguments(cloud, data):
    check(cloud.spec, data.draw(mutated(good(cloud))))


@clouds
@fuzz(100)
@given(data=st.data())
def test_nearly_good_examples(cloud, data):
    check(cloud.spec, data.draw(mutated(dict(cloud.arguments))))


@clouds
@fuzz(50)
@given(name=st.text(max_size=10))
def test_unknown_fields_never_show_their_value(cloud, name):
    args = copy.deepcopy(good(cloud))
    if name not in args:
        check(cloud.spec, {**args, name: "hunter2"})
