"""What Matchbox has for each machine is as stored."""

import pytest

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.platforms.bare_metal_profiles import RENDERED


@pytest.mark.parametrize("case", sorted(RENDERED))
def test_rendered_profile(case: str) -> None:
    assert_golden(case, RENDERED[case])


def test_no_stale_file() -> None:
    assert_no_stale("bare-metal", RENDERED)
