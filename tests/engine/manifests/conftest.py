"""What tests of running programs share."""

from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer, running_api_server
from tests.support.releases import programs
from tests.unit.manifests.specs import DEFAULT
from tradewind.manifests import cluster_objects
from tradewind.serialize import to_yaml_stream
from tradewind.versions import DEFAULT_VERSION, Release


@pytest.fixture(scope="session")
def server(
    release: Release, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    """An API server of each release; of the default one it is that of all tests."""
    if release.kubernetes == DEFAULT_VERSION:
        yield request.getfixturevalue("api_server")
        return
    with running_api_server(tmp_path_factory.mktemp("apiserver"), programs(release)) as other:
        yield other


@pytest.fixture
def applied(api_server: ApiServer) -> Iterator[ApiServer]:
    """The API server with every object of the default cluster."""
    stream = to_yaml_stream(file.object for file in cluster_objects(DEFAULT))
    api_server.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=stream)
    yield api_server
    # Nothing here has a finalizer. To wait, kubectl would ask for each object again, five a second at most.
    api_server.kubectl("delete", "--wait=false", "--ignore-not-found", "-f", "-", stdin=stream)
