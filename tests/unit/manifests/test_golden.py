"""Every object of every case is as stored."""

import pytest

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.manifests.specs import RENDERED


@pytest.mark.parametrize("case", sorted(RENDERED))
def test_rendered_object(case):
    assert_golden(case, RENDERED[case])


def test_no_stale_file():
    assert_no_stale("manifests", RENDERED)
