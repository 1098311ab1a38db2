"""systemd itself finds nothing wrong with any unit and drop-in, on the machine they are for."""

import re

import pytest

from tests.engine.host.machine_root import ONE_CASE, MachineRoot, Result
from tests.unit.host.cases import Case

UNIT = "/etc/systemd/system/kubelet.service"
DROPIN = f"{UNIT}.d/05-image.conf"
VERIFY = "systemd-analyze verify --man=no --recursive-errors=yes"


def units(case: Case) -> str:
    """The units that the library writes."""
    names = [unit.name for unit in case.config.units if unit.contents is not None]
    assert "kubelet.service" in names
    return " ".join(names)


def verify(case: Case, machine: MachineRoot, planted: str = "", path: str = "/dev/null") -> Result:
    """systemd's verdict, with something planted at the end of a file."""
    return machine.shell(f"cat >> {path}\n{VERIFY} {units(case)}", stdin=planted)


def test_nothing_is_wrong_with_the_units(case: Case, machine: MachineRoot) -> None:
    result = verify(case, machine)
    assert (result.stdout + result.stderr, result.returncode) == ("", 0)


def test_every_program_that_a_unit_runs_is_there(case: Case, machine: MachineRoot) -> None:
    """systemd looks for those of ExecStart only."""
    texts = [unit.contents or "" for unit in case.config.units]
    programs = {found for text in texts for found in re.findall(r"^Exec\w+=-?(\S+)", text, re.MULTILINE)}
    assert {case.runtime.program, "/usr/bin/mkdir"} <= programs
    missing = machine.run("sh", "-c", 'for i; do [ -x "$i" ] || echo "$i"; done', "missing", *sorted(programs))
    assert missing.stdout == ""


@ONE_CASE
@pytest.mark.parametrize(
    ("planted", "path", "message"),
    [
        ("[Service]\nPlanted=yes\n", UNIT, "Unknown key 'Planted' in section [Service]"),
        ("[Service]\nPlanted=yes\n", DROPIN, "Unknown key 'Planted' in section [Service]"),
        ("[Planted]\nA=b\n", UNIT, "Unknown section 'Planted'"),
        ("[Service]\nRestart=perhaps\n", UNIT, "Failed to parse service restart specifier"),
        ("[Service]\nExecStart=\nExecStart=/usr/bin/planted\n", UNIT, "Command /usr/bin/planted is not executable"),
        ("[Unit]\nRequires=planted.service\n", UNIT, "planted.service not found"),
    ],
)
def test_what_is_wrong_is_found(case: Case, machine: MachineRoot, planted: str, path: str, message: str) -> None:
    result = verify(case, machine, planted, path)
    assert message in result.stdout + result.stderr
