"""The parts of `make test`: none forgets a test, a failure ends no other part and is not forgotten."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import suite
from tools.paths import CHECKOUT
from tools.suite import PARTS, Part, Suite


@dataclass(frozen=True)
class Script(Part):
    """A part that is a line of Python."""

    line: str = ""

    def command(self, python: str) -> list[str]:
        return [python, "-c", self.line]


@pytest.fixture
def run(tmp_path: Path) -> Suite:
    return Suite(sys.executable, os.environ, tmp_path)


def test_every_test_is_in_one_part() -> None:
    of_parts = [folder for part in PARTS for folder in part.tests]
    with_tests = {f"tests/{path.relative_to(CHECKOUT / 'tests').parts[0]}" for path in CHECKOUT.glob("tests/**/test_*")}
    assert sorted(of_parts) == sorted(with_tests)


def test_a_part_that_fails_is_told_and_the_next_one_runs(run: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    run.run(Script("bad", (), line="raise SystemExit(3)"))
    run.run(Script("good", (), line="print('ran')"))
    assert [(name, status) for name, status, _ in run.ended] == [("bad", 3), ("good", 0)]
    assert run.failed == ["bad"]
    shown = capfd.readouterr().out
    assert "ran" in shown
    assert [line.split()[:2] for line in shown.splitlines() if line.endswith(" s")] == [
        ["bad", "failed"],
        ["bad", "failed"],
        ["good", "passed"],
    ]


def test_a_part_beside_others_is_waited_for_and_shown_whole(run: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    slow = Script("slow", (), line="import time; print('begun'); time.sleep(1); print('done'); raise SystemExit(1)")
    started = time.monotonic()
    with run.beside(slow):
        run.run(Script("quick", (), line="print('first')"))
        assert time.monotonic() - started < 1
    assert run.failed == ["slow"]
    shown = capfd.readouterr().out
    assert shown.index("first") < shown.index("begun\ndone")


def test_what_runs_beside_does_not_outlive_a_part_that_is_interrupted(run: Suite, tmp_path: Path) -> None:
    pid_file = str(tmp_path / "pid")
    line = f"import os, pathlib, time; pathlib.Path({pid_file!r}).write_text(str(os.getpid())); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt), run.beside(Script("slow", (), line=line)):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.05)
        raise KeyboardInterrupt
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_is_prepared_yields_to_everything_else(tmp_path: Path) -> None:
    line = "import os, time; time.sleep(0.5); print(os.sched_getscheduler(0))"
    log = tmp_path / "log"
    with suite._started([sys.executable, "-c", line], os.environ, log) as process:
        assert process.wait() == 0
    assert int(log.read_text()) == os.SCHED_IDLE


def test_a_failed_part_fails_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, bool]] = []
    monkeypatch.setattr(suite, "setup", lambda **options: asked.append(options))
    monkeypatch.setattr(suite.check, "check", lambda: None)
    monkeypatch.setattr(suite, "PREPARATION", ("-c", "pass"))
    fails = "raise SystemExit({!r} == 'engine')"
    monkeypatch.setattr(Part, "command", lambda part, _: [sys.executable, "-c", fails.format(part.name)])
    with pytest.raises(SystemExit, match="failed: engine"):
        suite.whole()
    assert asked == [{"dev": True, "clouds": True}, {"dev": True, "releases": True, "selinux": True, "clouds": True}]
