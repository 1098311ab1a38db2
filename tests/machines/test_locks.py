"""Locks hold between processes, and survive that their file is removed."""

import os
import subprocess
import sys
from pathlib import Path

from tools.machines.locks import locked, try_lock
from tools.paths import CHECKOUT

COUNT = """
import sys
from pathlib import Path
from tools.machines.locks import locked
for _ in range(50):
    with locked(Path(sys.argv[1]) / "folder" / "lock", remove=True):
        number = Path(sys.argv[1], "number")
        number.write_text(str(int(number.read_text()) + 1))
"""


def test_no_step_is_lost_when_the_file_is_removed_each_time(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("0")
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, str(tmp_path)], cwd=CHECKOUT) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    assert (tmp_path / "number").read_text() == "200"


def test_try_lock_says_when_it_is_held(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"):
        assert try_lock(tmp_path / "lock") is None
    descriptor = try_lock(tmp_path / "lock")
    assert descriptor is not None
    os.close(descriptor)
