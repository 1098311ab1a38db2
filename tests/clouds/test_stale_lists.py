"""Every stored list of URNs is one that a lifecycle compares with."""

import re
from pathlib import Path

from tests.support.golden import assert_no_stale


def test_no_stale_file() -> None:
    sources = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    examples = re.findall(r'^    example = "(.+)"', sources, re.MULTILINE)
    assert_no_stale("cloud-urns", [f"cloud-urns/{example}.txt" for example in examples])
