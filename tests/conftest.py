"""Fixtures that several kinds of tests share."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer, running_api_server

# A shell ignores interrupts for what it runs in the background, and programs that are started inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One real Kubernetes API for all tests of a run; a test works in a namespace of its own."""
    with running_api_server(tmp_path_factory.mktemp("apiserver")) as server:
        yield server
