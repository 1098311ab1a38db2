"""Machines' root file systems for the tests of this folder."""

from pathlib import Path

import pytest

from tests.engine.host.machine_root import MachineRoot
from tests.unit.host.cases import CASES, Case
from tools.machines import flatcar, rootfs
from tradewind.host.runtimes import DOCKER


@pytest.fixture(scope="session")
def layers() -> tuple[Path, ...]:
    """The layers that machines share, made if they are missing."""
    return rootfs.setup()


@pytest.fixture
def image(tmp_path: Path, layers: tuple[Path, ...]) -> MachineRoot:
    """A root file system of the test's own, as the image has it."""
    return MachineRoot(tmp_path, layers)


@pytest.fixture(scope="session", params=CASES.values(), ids=tuple(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """Each host that tests render."""
    found: Case = request.param
    return found


@pytest.fixture(scope="session")
def machine(case: Case, layers: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> MachineRoot:
    """The root file system of a case before its first boot. Nothing that a test runs changes it."""
    made = MachineRoot(tmp_path_factory.mktemp("machine"), flatcar.setup() if case.runtime is DOCKER else layers)
    result = made.provision(case.config)
    assert result.returncode == 0, result.stdout + result.stderr
    return made
