"""Whatever happened to a delivery before, a machine ends as if it had been delivered once: whole trees are compared.

Each host that tests render, with every file of its first boot and of its delivery: content, modes, owners, links.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.host.cases import CASES, Case
from tests.unit.host.machine import PretendMachine
from tradewind.host.files import HostFile
from tradewind.kubelet import Role

PROGRAMS = ("cat", "chmod", "cut", "grep", "mkdir", "mv", "rm", "sed", "sha256sum", "sort", "stat", "sync")
# Ends everything of the delivery at the call of that number, of whichever program: as a power cut does. Parts of a
# pipeline call at the same time.
COUNTED = """#!/bin/sh
echo >> "$RECORD.calls"
[ {at} = 0 ] || [ "$(/bin/wc -l < "$RECORD.calls")" -lt {at} ] || kill -9 0
exec {real} "$@"
"""
KILLS = 5


class Host(PretendMachine):
    """A machine after its first boot."""

    def __init__(self, folder: Path, case: Case) -> None:
        super().__init__(folder)
        self._counter = folder / "record.calls"
        for file in case.config.files:
            path = self.path(file.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
            path.chmod(file.mode)

    def counted(self, staged: Path, at: int = 0) -> tuple[bool, int]:
        """Install what is staged, but for a kill at that call: whether it was killed, and how many calls there were."""
        for name in PROGRAMS:
            self.command(name, COUNTED.format(at=at, real=f"/bin/{name}"))
        self._counter.unlink(missing_ok=True)
        result = subprocess.run(
            ["/bin/sh", str(staged / "layout"), str(staged)],
            capture_output=True,
            check=False,
            timeout=120,
            env=self.environment(),
            start_new_session=True,
        )
        for name in PROGRAMS:
            (self.commands / name).unlink()
        assert result.returncode in (0, -9), result.stderr
        return result.returncode == -9, len(self._counter.read_text())


# One of each role and system: what else is chosen changes contents, and not how they are put in place.
SYSTEMS = {name: case for name, case in CASES.items() if name.split("/")[0] in ("fedora-coreos", "flatcar", "local")}


@pytest.fixture(scope="module", params=SYSTEMS.values(), ids=tuple(SYSTEMS))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def meant(case: Case, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], int]:
    """What one delivery makes of a machine, and how many programs it calls."""
    host = Host(tmp_path_factory.mktemp("meant"), case)
    killed, calls = host.counted(host.stage(case.delivery))
    assert not killed
    tree = host.tree()
    assert {file.path.lstrip("/") for file in case.delivery} <= tree.keys()
    return tree, calls


@pytest.fixture
def host(case: Case, tmp_path: Path) -> Host:
    return Host(tmp_path, case)


def test_killed_again_and_again(case: Case, meant: tuple[dict[str, str], int], host: Host) -> None:
    staged = host.stage(case.delivery)
    # A run that begins where others ended has about half of the calls.
    killed = [host.counted(staged, at=meant[1] * number // (2 * KILLS))[0] for number in range(1, KILLS)]
    assert sum(killed) > KILLS / 2
    host.deliver(*case.delivery)
    assert host.tree() == meant[0]


def test_killed_near_its_end(case: Case, meant: tuple[dict[str, str], int], host: Host) -> None:
    killed, _ = host.counted(host.stage(case.delivery), at=int(meant[1] * 0.9))
    assert killed
    host.deliver(*case.delivery)
    assert host.tree() == meant[0]


FAILURES = {
    "no room": ("cat", '#!/bin/sh\necho "No space left on device" >&2\nexit 1\n'),
    "a unit that cannot be restarted": ("systemctl", '#!/bin/sh\n[ "$1" != try-restart ]\n'),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_after_a_failure(case: Case, meant: tuple[dict[str, str], int], host: Host, failure: tuple[str, str]) -> None:
    # Settings that differ from those of the first boot, so that a unit has to be restarted.
    settings = [file for file in case.delivery if file.path.endswith("config.yaml")]
    host.path(settings[0].path).write_text("other")
    working = (host.commands / failure[0]).read_text() if (host.commands / failure[0]).exists() else None
    host.command(*failure)
    assert host.layout(host.stage(case.delivery)).returncode != 0
    if working is None:
        (host.commands / failure[0]).unlink()
    else:
        host.command(failure[0], working)
    host.deliver(*case.delivery)
    assert host.tree() == meant[0]


def earlier(case: Case) -> Iterator[HostFile]:
    """An earlier delivery: other content and modes, one file more."""
    for file in case.delivery:
        yield replace(file, content=f"{file.content}# earlier\n", mode=0o600)
    yield replace(case.delivery[-1], path=f"{case.delivery[-1].path}.earlier", content="gone\n")


def test_after_an_earlier_delivery_that_was_cut(case: Case, meant: tuple[dict[str, str], int], host: Host) -> None:
    assert host.counted(host.stage(tuple(earlier(case))), at=meant[1] // 2)[0]
    host.deliver(*case.delivery)
    assert host.tree() == meant[0]


def test_delivered_twice_and_then_to_a_damaged_machine(
    case: Case, meant: tuple[dict[str, str], int], host: Host
) -> None:
    """Modes, contents, and a link in the place of a file are set right."""
    host.deliver(*case.delivery)
    assert host.deliver(*case.delivery) == []
    assert host.tree() == meant[0]
    first, second, *_ = [host.path(file.path) for file in case.delivery]
    first.chmod(0o777)
    second.unlink()
    second.symlink_to("/etc/passwd")
    host.deliver(*case.delivery)
    assert host.tree() == meant[0]


def test_the_whole_of_a_controller_is_compared(case: Case, meant: tuple[dict[str, str], int]) -> None:
    """So that the tests above are about more than a few files."""
    tree = meant[0]
    kinds = {facts[0] for facts in tree.values()}
    assert {"-", "d"} <= kinds
    if case.role is Role.CONTROLLER:
        assert len(tree) > 80
        assert tree["etc/kubernetes/pki/ca.key"].startswith("-rw-r-----")
