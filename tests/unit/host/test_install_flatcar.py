"""The script with which Flatcar installs itself, run for real with programs that only tell what they were asked."""

import os
import subprocess
from pathlib import Path

import pytest

from tradewind.host.scripts import INSTALL_FLATCAR

URL = "http://matchbox.example.com:8080/ignition?mac=52:54:00:00:00:20&os=installed"
PROGRAM = """#!/bin/sh
name=$(basename "$0")
echo "$name $*" >> "$RECORD"
[ "$name" != "$FAILS" ]
"""


def install(folder: Path, *options: str, fails: str = "") -> tuple[int, list[str]]:
    """Status of the script, and the programs that it called."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("curl", "flatcar-install", "udevadm", "systemctl"):
        (programs / name).write_text(PROGRAM)
        (programs / name).chmod(0o755)
    script, record = folder / "installer", folder / "record"
    script.write_text(INSTALL_FLATCAR)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "RUN": str(folder),
        "RECORD": str(record),
        "FAILS": fails,
    }
    result = subprocess.run(["sh", str(script), URL, *options], env=environment, check=False)
    return result.returncode, record.read_text().splitlines()


def test_it_installs_with_the_config_that_it_fetched_and_reboots(tmp_path: Path) -> None:
    status, calls = install(tmp_path, "-d", "/dev/sda", "-C", "stable", "-V", "4459.2.3")
    config = tmp_path / "installed.ign"
    assert status == 0
    assert [call.split()[0] for call in calls] == ["curl", "flatcar-install", "udevadm", "systemctl"]
    assert calls[0].endswith(f"--output {config} {URL}")
    assert calls[1] == f"flatcar-install -i {config} -d /dev/sda -C stable -V 4459.2.3"
    assert calls[-1] == "systemctl reboot"


@pytest.mark.parametrize(("fails", "last"), [("curl", "curl"), ("flatcar-install", "flatcar-install")])
def test_a_machine_without_a_system_does_not_reboot(tmp_path: Path, fails: str, last: str) -> None:
    status, calls = install(tmp_path, "-d", "/dev/sda", fails=fails)
    assert status != 0
    assert calls[-1].split()[0] == last
