"""The machine, once for all tests of this folder: both of its boots, then only its words are read."""

import sys
from collections.abc import Mapping

import pytest

from tests.selinux import given
from tests.selinux.seen import Step, parse
from tools.machines import images, rootfs
from tools.selinux import disk
from tools.selinux.machine import Machine

LIMIT = 780
"""Seconds for both boots, on a machine with other work: what CI gives all of this is 15 minutes."""
BOOTS = {"first": ["ignition.firstboot"], "second": []}


def say(line: str) -> None:
    sys.stderr.write(f"selinux: {line}\n")


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Step]:
    """What the guest said, by step."""
    rootfs.setup()
    images.setup()
    folder = tmp_path_factory.mktemp("selinux")
    machine = Machine(disk=disk.setup(), given=given.make(folder), folder=folder, say=say)
    return parse(machine.run(BOOTS, LIMIT))
