"""Fixtures of the cloud platforms' tests."""

import sys
from collections.abc import Iterator

import pytest

from tests.clouds.lifecycle import Lifecycle, urns
from tests.clouds.stack import CloudStack, cloud_runner, cloud_stack
from tests.support.pulumi_stack import StackRunner
from tools.venv import clouds_folder, site_packages

# Tests with mocks run platforms in this process.
sys.path.append(str(site_packages(clouds_folder())))


@pytest.fixture(scope="session")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    """The engine with plugins that record in the place of the clouds', of command and of kubernetes."""
    return cloud_runner(tmp_path_factory.mktemp("clouds"))


@pytest.fixture(scope="class")
def lifecycle(
    request: pytest.FixtureRequest, clouds: StackRunner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CloudStack]:
    """The stack of a class of `tests.clouds.lifecycle`, up, and destroyed at the end."""
    tests: type[Lifecycle] = request.cls
    stack = cloud_stack(clouds, tmp_path_factory.mktemp(tests.example), tests.platform, tests.cluster)
    stack.configure(tests.cluster, **tests.settings)
    planned = {step.urn: step for step in stack.preview() if step.op == "create"}
    stack.up()
    assert urns(planned) == urns(stack.recorded())
    yield stack
    stack.destroy()
    assert stack.recorded() == {}
