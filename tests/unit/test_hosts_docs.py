"""docs/hosts.md: its tables name every unit, file, mode and group that is rendered, and nothing else."""

import re
from fnmatch import fnmatch

import pytest

from tests.support.checkout import documented
from tests.unit.host.cases import CASES, Case
from tools.paths import CHECKOUT
from tradewind import constants
from tradewind.host.ignition import USER_DATA_LIMIT, UserDataError, user_data
from tradewind.host.scripts import DIAGNOSE
from tradewind.host.units import DIAGNOSE_PATH
from tradewind.kubelet import Role

TEXT = (CHECKOUT / "docs/hosts.md").read_text()
MANIFESTS = f"{constants.BOOTSTRAP_DIR}/assets/manifests/"
BOTH, FIRST, LATER = "both", "first boot", "delivery"

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def table(section: str) -> list[list[str]]:
    """The cells of the first table of a section."""
    part = TEXT[TEXT.index(f"\n## {section}\n") :].split("\n\n| ", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()[2:]]


UNITS = {re.findall(r"`(.*?)`", row[0])[0]: row[1:] for row in table("Units")}
FILES = [(row[0].strip("`"), *row[1:4]) for row in table("Files")]


def row_of(path: str) -> tuple[str, ...]:
    """The row of a file: the most exact of those that fit."""
    fitting = sorted((row for row in FILES if fnmatch(path, row[0])), key=lambda row: ("*" in row[0], -len(row[0])))
    assert fitting, f"{path} is in no row"
    return fitting[0]


def owner(cell: str) -> tuple[int, set[int]]:
    mode, _, group = cell.partition(", ")
    return int(mode, 8), {int(group)} if group else {0}


@cases
def test_every_file_has_a_row_that_is_right(case: Case) -> None:
    first = {file.path: file for file in case.config.files}
    later = {file.path: file for file in case.delivery if not file.path.startswith(MANIFESTS)}
    for path, file in {**first, **later}.items():
        _, mode, role, way = row_of(path)
        assert (file.mode, {file.gid}) == owner(mode), path
        assert file.uid in {0, file.gid}, path
        assert role in ("all", case.role.value), path
        found = BOTH if path in first and path in later else FIRST if path in first else LATER
        assert way.startswith(found), path
    for file in case.delivery:
        if file.path.startswith(MANIFESTS):
            assert (case.role, file.mode, file.uid, file.gid) == (Role.CONTROLLER, 0o600, 0, 0)


def test_no_row_is_about_nothing() -> None:
    rendered = {file.path for case in CASES.values() for file in (*case.config.files, *case.delivery)}
    used = {row_of(path)[0] for path in rendered if not path.startswith(MANIFESTS)}
    assert [row[0] for row in FILES if row[0] not in used] == []


@cases
def test_every_unit_has_a_row(case: Case) -> None:
    for unit in case.config.units:
        where, boot, _ = UNITS[unit.name]
        assert where.startswith(("all", f"{case.role.value}s", "Fedora CoreOS", "Flatcar", "Google Cloud"))
        if not unit.mask:
            assert boot.startswith("enabled") == bool(unit.enabled), unit.name


def test_no_unit_is_made_up() -> None:
    assert set(UNITS) == {unit.name for case in CASES.values() for unit in case.config.units}


def test_what_is_said_of_limits_is_so() -> None:
    assert f"user data has 21043 bytes and may have {USER_DATA_LIMIT}; its largest parts are " in TEXT
    with pytest.raises(UserDataError, match=r"^user data has \d+ bytes and may have 16384; its largest parts are "):
        user_data({"storage": {"files": [{"path": "/a", "contents": "x" * USER_DATA_LIMIT}]}})


def test_the_diagnosis_is_where_the_page_says() -> None:
    assert f"```sh\nsh {DIAGNOSE_PATH}\n```" in TEXT
    assert any(
        (file.path, file.content) == (DIAGNOSE_PATH, DIAGNOSE) for file in CASES["fedora-coreos/controller"].delivery
    )


@pytest.mark.parametrize("role", Role)
def test_what_is_reserved_is_what_the_page_says(role: Role) -> None:
    said = {Role.WORKER: "300 MiB and 0.1 CPU", Role.CONTROLLER: "512 MiB and 0.2 CPU"}[role]
    files = CASES[f"fedora-coreos/{role.value}"].config.files
    (config,) = [file.content for file in files if file.path == constants.KUBELET_CONFIG]
    memory, cpu = re.findall(r"[\d.]+", said)
    assert said in re.sub(r"\s+", " ", TEXT)
    assert f"cpu: {float(cpu) * 1000:.0f}m\n  memory: {memory}Mi\n" in config


def test_every_block_of_commands_is_run_by_a_test() -> None:
    run = {("What goes wrong", 0)}
    for file in (CHECKOUT / "tests/cluster").glob("test_*.py"):
        found = re.findall(r"documented\(\"hosts\"\)\[\"([^\"]+)\", (\d+)\]", file.read_text())
        run |= {(section, int(number)) for section, number in found}
    assert run == documented("hosts").keys()
