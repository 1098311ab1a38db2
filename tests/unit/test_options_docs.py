"""docs/options.md: every example is taken, and what it says is refused is, in the words that it shows."""

import re

import pytest

from tests.unit.arguments import arguments
from tools.paths import CHECKOUT
from tradewind.errors import SpecError
from tradewind.host.options import HostOptions
from tradewind.host.roles import controller
from tradewind.platforms.local.spec import local_spec
from tradewind.spec import ClusterSpec, cluster_spec

TEXT = (CHECKOUT / "docs/options.md").read_text()
BLOCKS = [(kind, body) for kind, body in re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)]


def value_of(block: str) -> tuple[str, dict]:
    """Name and value of the only variable of an example."""
    found: dict[str, object] = {}
    exec(block, {}, found)  # noqa: S102
    ((name, value),) = found.items()
    return name, value


def spec_of(options: dict) -> ClusterSpec:
    """A cluster of an example; one of the local platform if it is about workers."""
    if OF_MACHINES.intersection(options):
        return local_spec({"name": "test", **options}).cluster
    return cluster_spec(arguments(**options))


OF_MACHINES = {"controller_labels", "worker_labels", "worker_pools"}
EXAMPLES = [value_of(body) for kind, body in BLOCKS if kind == "python"]
TAKEN = [value for name, value in EXAMPLES if name == "options"]
REFUSED = [value for name, value in EXAMPLES if name == "refused"]
MESSAGES = [body.rstrip() for kind, body in BLOCKS if kind == "text"]


def test_there_are_examples_of_both_kinds():
    assert len(TAKEN) >= 3
    assert len(REFUSED) == len(MESSAGES) >= 1
    assert len(EXAMPLES) == len(TAKEN) + len(REFUSED)


@pytest.mark.parametrize("options", TAKEN, ids=str)
def test_an_example_is_taken_and_changes_a_host(options):
    spec = spec_of(options)
    assert controller(spec, spec.controllers[0], HostOptions()).user_data()
    assert spec != spec_of({}) or OF_MACHINES.issuperset(options)


@pytest.mark.parametrize(("options", "message"), list(zip(REFUSED, MESSAGES, strict=True)), ids=str)
def test_what_is_refused_says_what_the_page_shows(options, message):
    with pytest.raises(SpecError) as raised:
        spec_of(options)
    assert str(raised.value) == message
