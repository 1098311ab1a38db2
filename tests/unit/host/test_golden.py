"""Every host of every case is as stored."""

import pytest

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.host.cases import RENDERED


@pytest.mark.parametrize("case", sorted(RENDERED))
def test_rendered_host(case):
    assert_golden(case, RENDERED[case])


def test_no_stale_file():
    assert_no_stale("host", RENDERED)
