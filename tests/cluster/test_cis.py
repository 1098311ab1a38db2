"""The CIS Kubernetes Benchmark 1.12 on a running cluster, item by item; docs/cis.md lists the exceptions."""

import re

import pytest

from tests.cluster.cis.audit import Audit
from tests.cluster.cis.items import ITEMS, Item
from tests.cluster.conftest import Cluster
from tools.paths import CHECKOUT

SECTIONS = {"1.1": 21, "1.2": 30, "1.3": 7, "1.4": 2, "2": 7, "3.1": 3, "3.2": 2, "4.1": 10, "4.2": 14, "4.3": 1}
"""How many items each section of the benchmark has."""
POLICIES = ("5.1.7", *(f"5.2.{number}" for number in range(1, 13)), "5.3.2")
EVERY_ID = [*(f"{section}.{number + 1}" for section, last in SECTIONS.items() for number in range(last)), *POLICIES]

_ROW = re.compile(r"\| ([1-5]\.[\d.]+) \| (.+) \| (.+) \|")


def rows(heading: str) -> dict[str, tuple[str, str]]:
    """The rows of the table below a heading of docs/cis.md, by item."""
    section = (CHECKOUT / "docs/cis.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [match.groups() for line in section.splitlines() if (match := _ROW.fullmatch(line))]
    assert len({each[0] for each in found}) == len(found)
    return {item: (first, second) for item, first, second in found}


EXCEPTIONS = rows("Exceptions")


@pytest.fixture(scope="module")
def audit(cluster: Cluster) -> Audit:
    return Audit(cluster)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_item(audit: Audit, item: Item) -> None:
    problems = item.check(audit)
    if item.id in EXCEPTIONS:
        assert problems, f"{item.id} {item.title} is met: docs/cis.md needs no exception any more"
    else:
        assert problems == [], f"{item.id} {item.title}"


def test_every_item_of_the_benchmark_is_checked() -> None:
    assert [item.id for item in ITEMS] == EVERY_ID


def test_every_item_is_in_the_documentation_with_its_title() -> None:
    documented = {item: title for item, (title, _) in rows("Items").items()}
    assert documented == {item.id: item.title for item in ITEMS}


def test_every_exception_is_of_an_item_and_the_items_table_says_so() -> None:
    how = {item: text for item, (_, text) in rows("Items").items()}
    assert set(EXCEPTIONS) == {item for item, text in how.items() if text.startswith("exception")}
