"""The cluster of several controllers, gone again after the tests of this folder: it keeps a processor half busy."""

from collections.abc import Iterator

import pytest

from tests.cluster.ha.highly import Highly, highly_available


@pytest.fixture(scope="package")
def ha(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Highly]:
    """A cluster of three controllers and a worker, which test_controllers and test_images change step by step."""
    with highly_available(tmp_path_factory.mktemp("ha")) as made:
        yield made
