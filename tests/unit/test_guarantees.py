"""docs/guarantees.md: every promise has code and a test, and none is lost."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/guarantees.md").read_text()
KEPT_TITLE, OPEN_TITLE = "## Kept\n", "## Not shown yet\n"
PROMISES = {"1": 9, "2": 7, "3": 24, "4": 6}
"""How many promises each note makes: a row may move from one table to the other, but not go."""
PLACE = re.compile(r"`([a-z0-9_/]+\.py)::([A-Za-z0-9_]+)`")


def rows(table):
    """The cells of a table's rows."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


KEPT = rows(TEXT[TEXT.index(KEPT_TITLE) : TEXT.index(OPEN_TITLE)])
OPEN = rows(TEXT[TEXT.index(OPEN_TITLE) :])


@cache
def definitions(file):
    """Functions, classes and constants of a module by name."""
    found = {}
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({target.id: node for target in targets if isinstance(target, ast.Name)})
    return found


def defined(folder, cell):
    """What a cell names; fails if it names nothing, or what does not exist."""
    match = PLACE.fullmatch(cell)
    assert match, f"{cell}: must be `file.py::name`"
    file = ROOT / ("" if folder != "tests" and match[1].startswith("tools/") else folder) / match[1]
    assert file.is_file(), f"{cell}: there is no such file"
    assert match[2] in definitions(file), f"{cell}: there is no such name"
    return definitions(file)[match[2]]


def skips(test):
    return [each for each in test.decorator_list if re.search(r"\b(skip|skipif|xfail)\b", ast.unparse(each))]


def checks(test):
    return [each for each in ast.walk(test) if isinstance(each, ast.Assert)]


@pytest.mark.parametrize("row", KEPT, ids=lambda row: row[0])
def test_a_promise_has_code_and_a_test(row):
    _, promise, code, test = row
    assert len(promise) > 20
    defined("components/tradewind", code)
    shown_by = defined("tests", test)
    assert isinstance(shown_by, ast.FunctionDef)
    assert shown_by.name.startswith("test_")
    assert PLACE.fullmatch(test)[1].rpartition("/")[2].startswith("test_")
    assert checks(shown_by)
    assert not skips(shown_by)


def test_no_promise_is_lost():
    numbers = [row[0] for row in (*KEPT, *OPEN)]
    notes = {
        note: sorted(int(number.partition(".")[2]) for number in numbers if number.startswith(f"{note}."))
        for note in PROMISES
    }
    assert notes == {note: list(range(1, count + 1)) for note, count in PROMISES.items()}
    assert len(numbers) == sum(PROMISES.values())


def test_what_is_open_says_what_is_there():
    assert all(len(row) == 3 and len(row[2]) > 10 for row in OPEN)


def test_no_promise_is_written_twice():
    assert [text for text, count in Counter(row[1] for row in (*KEPT, *OPEN)).items() if count > 1] == []


@pytest.mark.parametrize(
    ("folder", "cell"),
    [
        ("tests", "unit/test_guarantees.py"),
        ("tests", "`unit/test_gone.py::test_a`"),
        ("tests", "`unit/test_guarantees.py::test_gone`"),
        ("components/tradewind", "`images.py::gone`"),
    ],
)
def test_what_does_not_exist_is_noticed(folder, cell):
    with pytest.raises(AssertionError, match=r"must be|there is no such"):
        defined(folder, cell)
