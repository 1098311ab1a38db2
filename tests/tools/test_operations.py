"""docs/operations.md says nothing that no test has run."""

import re

from tests.support.checkout import operations
from tools.paths import CHECKOUT


def test_every_block_of_commands_is_run_by_a_test() -> None:
    followed = {
        (section, int(number))
        for file in (CHECKOUT / "tests").rglob("test_*.py")
        for section, number in re.findall(r"\.follow\(\s*\"([^\"]+)\",\s*(\d+)", file.read_text())
    }
    assert len(followed) >= 9
    assert followed == operations().keys()
