"""What tests of running programs share."""

from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer
from tests.unit.manifests.specs import DEFAULT
from tradewind.manifests import cluster_objects
from tradewind.serialize import to_yaml_stream


@pytest.fixture
def applied(api_server: ApiServer) -> Iterator[ApiServer]:
    """The API server with every object of the default cluster."""
    stream = to_yaml_stream(file.object for file in cluster_objects(DEFAULT))
    api_server.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=stream)
    yield api_server
    api_server.kubectl("delete", "--wait=true", "--ignore-not-found", "-f", "-", stdin=stream)
