"""Golden files: rendered text, stored under tests/golden/<area>/ and compared in full.

Reads: the stored file. Makes: a failure with a diff; with TRADEWIND_UPDATE_GOLDEN=1 the new file and a failure, so that
recording can never pass.
"""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "golden"
UPDATE = "TRADEWIND_UPDATE_GOLDEN"


def assert_golden(case: str, text: str, root: Path | None = None) -> None:
    """Compare `text` with the stored file `case`, a path such as `manifests/default/coredns/service.yaml`.

    Args:
        case: the path below `root`.
        text: what was rendered.
        root: the folder that holds it, such as the checkout for a page of docs/. Default: tests/golden.
    """
    __tracebackhide__ = True
    stored = (root or ROOT) / case
    if os.environ.get(UPDATE) == "1":
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text(text, encoding="utf-8")
        pytest.fail(f"{case}: recorded; look at the difference and run again without {UPDATE}", pytrace=False)
    if not stored.is_file():
        pytest.fail(f"{case}: there is no such golden file; record it with {UPDATE}=1", pytrace=False)
    expected = stored.read_text(encoding="utf-8")
    if text != expected:
        lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "stored", "rendered", lineterm="")
        pytest.fail(
            f"{case}: not what is stored; if it is right, record it with {UPDATE}=1\n" + "\n".join(lines), False
        )


def assert_no_stale(area: str, cases: Iterable[str]) -> None:
    """Every file stored in `area` is one of `cases` (paths as for `assert_golden`), and there is at least one case."""
    __tracebackhide__ = True
    known = set(cases)
    stored = {str(path.relative_to(ROOT)) for path in (ROOT / area).rglob("*") if path.is_file()}
    assert known, f"{area}: no case is given"
    assert not stored - known, f"{area}: nothing compares with these files; remove them: {sorted(stored - known)}"
