"""Machines beside each other, runs that are killed, and what is left on the host."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machines.conftest import Machines, config, wait_until


@pytest.fixture(autouse=True)
def _alone(machines: Machines) -> Iterator[None]:
    """What one test leaves when it fails is not the next one's."""
    yield
    if machines.traces():
        machines.run("purge", machines.cluster)


def test_two_at_once_reach_each_other(machines: Machines) -> None:
    numbers = {"left": 20, "right": 21}
    started = [machines.start("create", machines.spec(name, number)) for name, number in numbers.items()]
    left, right = [machines.finish(process) for process in started]
    assert left["id"] != right["id"]
    for name, other in (("left", right), ("right", left)):
        machines.ssh(name, f"ping -c 1 -W 2 {other['address']}")
    overlay = (
        "sudo ip link add vx0 type vxlan id 7 dstport 8472 remote {0} dev eth0 && sudo ip address add {1}/24 dev vx0"
    )
    machines.ssh("left", overlay.format(right["address"], "192.168.77.1") + " && sudo ip link set vx0 up")
    machines.ssh("right", overlay.format(left["address"], "192.168.77.2") + " && sudo ip link set vx0 up")
    machines.ssh("left", "ping -c 1 -W 2 192.168.77.2")
    machines.delete("left", 20)
    machines.ssh("right", f"ping -c 1 -W 2 {machines.network[1]}")
    machines.delete("right", 21)


def test_nothing_is_left(machines: Machines) -> None:
    machines.create("gone", 22)
    machines.ssh("gone", "systemctl is-system-running --wait || { systemctl --failed --no-pager; false; }")
    assert machines.traces().keys() == {"links", "addresses", "cgroups", "processes", "files"}
    machines.delete("gone", 22)
    assert machines.traces() == {}


def test_killed_supervisor(machines: Machines) -> None:
    first = machines.create("hit", 23)
    machines.ssh("hit", "sudo touch /var/mine && sync")
    machines.kill_supervisor("hit")
    assert machines.create("hit", 23) == first
    assert machines.ssh("hit", "ls /var/mine") == "/var/mine"
    machines.kill_supervisor("hit")
    machines.delete("hit", 23)
    assert machines.traces() == {}


@pytest.mark.parametrize("until", ["claim.json", "ignition.log", "machine.json", "console.log"])
def test_killed_create(machines: Machines, until: str) -> None:
    process = machines.start("create", machines.spec("half", 24))
    folder = Path("/var/lib/tradewind", machines.cluster, "half")
    wait_until((folder / until).exists)
    process.kill()
    process.communicate()
    answer = machines.create("half", 24)
    assert machines.ssh("half", "cat /etc/machine-id") == answer["id"]
    machines.delete("half", 24)
    assert machines.traces() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_create_takes_back_what_it_made(machines: Machines, number: signal.Signals) -> None:
    process = machines.start("create", machines.spec("half", 25))
    wait_until((Path("/var/lib/tradewind", machines.cluster, "half", "ignition.log")).exists)
    process.send_signal(number)
    assert process.wait(timeout=60) == 130
    process.communicate()
    assert machines.traces() == {}


def test_the_machine_outlives_its_callers_group_and_pipes(machines: Machines) -> None:
    process = machines.start("create", machines.spec("free", 26))
    machines.finish(process)
    assert os.getsid(machines.supervisor("free")) == machines.supervisor("free")
    descriptors = Path(f"/proc/{machines.supervisor('free')}/fd")
    assert not [link for link in descriptors.iterdir() if str(link.readlink()).startswith("pipe:")]
    machines.delete("free", 26)


def test_two_creates_of_one_machine_make_one(machines: Machines) -> None:
    started = [machines.start("create", machines.spec("same", 27)) for _ in range(2)]
    first, second = [machines.finish(process) for process in started]
    assert first == second
    machines.delete("same", 27)


def test_a_machine_that_dies_while_it_starts(machines: Machines) -> None:
    unit = "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/systemctl poweroff --force\n"
    unit += "[Install]\nWantedBy=sysinit.target\n"
    units = [{"name": "off.service", "enabled": True, "contents": unit}]
    message = machines.refusal("create", machines.spec("short", 28), config(machines.key, units=units))
    assert "ended while it was starting" in message
    assert "console.log" in message
    assert machines.traces() == {}


def test_purge_removes_what_a_killed_run_left(machines: Machines) -> None:
    machines.create("left", 29)
    process = machines.start("create", machines.spec("half", 30))
    wait_until((Path("/var/lib/tradewind", machines.cluster, "half", "claim.json")).exists)
    process.kill()
    process.communicate()
    os.kill(machines.supervisor("left"), signal.SIGKILL)
    machines.run("purge", machines.cluster)
    assert machines.traces() == {}
