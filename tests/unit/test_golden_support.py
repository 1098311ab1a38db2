"""The golden file machinery can fail, in each of the ways that it promises."""

from pathlib import Path

import pytest

from tests.support import golden

TESTS = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "ROOT", tmp_path)
    monkeypatch.delenv(golden.UPDATE, raising=False)
    return tmp_path


def test_equal_text_passes(root):
    (root / "case.yaml").write_text("a: 1\n")
    golden.assert_golden("case.yaml", "a: 1\n")


def test_a_difference_fails_and_is_shown(root):
    (root / "case.yaml").write_text("a: 1\n")
    with pytest.raises(pytest.fail.Exception, match=r"-a: 1\n\+a: 2"):
        golden.assert_golden("case.yaml", "a: 2\n")


def test_a_missing_final_newline_fails(root):
    (root / "case.yaml").write_text("a: 1\n")
    with pytest.raises(pytest.fail.Exception, match="not what is stored"):
        golden.assert_golden("case.yaml", "a: 1")


def test_a_missing_file_fails_and_stays_missing(root):
    with pytest.raises(pytest.fail.Exception, match="no such golden file"):
        golden.assert_golden("area/case.yaml", "a: 1\n")
    assert not (root / "area").exists()


def test_recording_writes_and_fails_even_when_nothing_changed(root, monkeypatch):
    monkeypatch.setenv(golden.UPDATE, "1")
    for _ in range(2):
        with pytest.raises(pytest.fail.Exception, match="recorded"):
            golden.assert_golden("area/case.yaml", "a: 1\n")
        assert (root / "area/case.yaml").read_text() == "a: 1\n"


def test_a_stale_file_fails(root):
    (root / "area").mkdir()
    (root / "area/old.yaml").touch()
    with pytest.raises(AssertionError, match=r"area/old\.yaml"):
        golden.assert_no_stale("area", ["area/new.yaml"])


def test_an_area_without_cases_fails(root):
    with pytest.raises(AssertionError, match="no case"):
        golden.assert_no_stale("area", [])


def test_every_area_is_checked_for_stale_files():
    sources = "".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    areas = {path.name for path in golden.ROOT.iterdir()}
    assert areas
    assert [area for area in sorted(areas) if f'assert_no_stale("{area}"' not in sources] == []
