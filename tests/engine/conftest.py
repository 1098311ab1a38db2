"""What tests of running programs share."""

import pytest

from tests.support.releases import TESTED
from tradewind.versions import Release


@pytest.fixture(scope="session", params=TESTED.values(), ids=tuple(TESTED))
def release(request: pytest.FixtureRequest) -> Release:
    """The newest release of each supported minor."""
    found: Release = request.param
    return found
