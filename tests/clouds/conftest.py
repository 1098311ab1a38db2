"""Fixtures of the cloud platforms' tests."""

import sys

import pytest

from tests.clouds.stack import cloud_runner
from tests.support.pulumi_stack import StackRunner
from tools.venv import clouds_folder, site_packages

# Tests with mocks run platforms in this process.
sys.path.append(str(site_packages(clouds_folder())))


@pytest.fixture(scope="session")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    """The engine with plugins that record in the place of the clouds', of command and of kubernetes."""
    return cloud_runner(tmp_path_factory.mktemp("clouds"))
