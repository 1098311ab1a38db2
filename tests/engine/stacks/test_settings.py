"""The project's schema and its program with the real CLI: who says what of a wrong or missing setting."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.engine.stacks.program import CLUSTER, PLUGINS, checkout_stack, configure
from tests.support.pulumi_stack import Stack, StackRunner
from tools.paths import CHECKOUT

GOOD = {"platform": "assets", "cluster": CLUSTER}


@pytest.fixture(scope="module", name="stack")
def fixture_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of a project with this checkout's schema; a default is for keys of the project's own name only."""
    runner = StackRunner(tmp_path_factory.mktemp("pulumi"), PLUGINS)
    stack = checkout_stack(runner, "tradewind", **GOOD)
    schema = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())["config"]
    project = {"name": "tradewind", "runtime": "python", "config": schema}
    (stack.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    return stack


def refused(stack: Stack, **config: Any) -> str:
    configure(stack, **config)
    message = stack.fails("preview", "--stack", "test")
    assert "Traceback" not in message
    return message


def test_the_folder_has_the_schemas_default(stack: Stack) -> None:
    configure(stack, **GOOD)
    (files,) = [step for step in stack.preview() if step.name == "example-files"]
    assert files.new["inputs"]["triggers"] == [".state/assets"]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"cluster": CLUSTER}, "missing configuration value 'tradewind:platform'"),
        ({"platform": "assets"}, "missing configuration value 'tradewind:cluster'"),
        ({"platform": "assets", "cluster": "example"}, "'tradewind:cluster' must be of type 'object'"),
    ],
)
def test_what_breaks_the_schema_is_refused_by_the_engine(stack: Stack, config: dict[str, Any], found: str) -> None:
    assert found in refused(stack, **config)


def test_what_the_schema_lets_through_is_refused_by_the_program_all_at_once(stack: Stack) -> None:
    message = refused(stack, **{**GOOD, "platform": "asets", "clutser": CLUSTER})
    assert "2 problem(s) in the stack arguments" in message
    assert "tradewind:platform: 'asets' must be one of assets, " in message
    assert "tradewind:clutser: <str> is unknown; the fields are platform, cluster, folder" in message


def test_what_is_wrong_inside_the_cluster_is_refused_by_the_platform(stack: Stack) -> None:
    message = refused(stack, platform="local", cluster={"name": "test", "worker": 1, "controllers": 2})
    assert "worker: <int> is unknown; the fields are name, " in message
    assert "controllers: 2 must be one of 1, 3, 5" in message
