"""When machines reboot into updates: never two controllers at once, and no strategy that a system does not know."""

import itertools
import tomllib

import pytest

from tests.unit.manifests.specs import DEFAULT, HIGHLY_AVAILABLE
from tradewind.choices import OperatingSystem
from tradewind.host.options import FEDORA_COREOS, HostOptions
from tradewind.host.roles import controller_settings, worker_settings
from tradewind.host.updates import UpdateAgent, UpdateStrategyError, place_of, update_strategy
from tradewind.kubelet import Role
from tradewind.platforms.local.deltas import local_delta
from tradewind.spec.updates import os_updates

ZINCATI = "/etc/zincati/config.d/55-update-strategy.toml"
LOCK = {"strategy": "fleet-lock", "fleet_lock_url": "http://10.3.0.15"}


def rendered(agent, role=Role.CONTROLLER, place=0, **args):
    (file,) = update_strategy(os_updates(args), agent, role, place)
    return tomllib.loads(file.content)["updates"] if agent is UpdateAgent.ZINCATI else file.content


def minutes(place, role=Role.CONTROLLER, start="03:00"):
    """When the window of a machine begins, in minutes of the week; the same on both systems."""
    (window,) = rendered(UpdateAgent.ZINCATI, role, place, window_start=start)["periodic"]["window"]
    assert window["length_minutes"] == 60
    (day,) = window["days"]
    line = f'LOCKSMITHD_REBOOT_WINDOW_START="{day} {window["start_time"]}"'
    text = rendered(UpdateAgent.LOCKSMITH, role, place, window_start=start)
    assert text == f"REBOOT_STRATEGY=reboot\n{line}\nLOCKSMITHD_REBOOT_WINDOW_LENGTH=60m\n"
    hours, minute = map(int, window["start_time"].split(":"))
    return ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day) * 1440 + hours * 60 + minute


@pytest.mark.parametrize("start", ["00:00", "03:00", "19:30", "23:59"])
def test_every_controller_has_a_day_of_its_own_and_workers_other_hours(start):
    controllers = sorted(minutes(place, start=start) for place in range(7))
    assert {later - earlier for earlier, later in itertools.pairwise(controllers)} == {1440}
    workers = [minutes(place, Role.WORKER, start) for place in range(100)]
    assert max(workers.count(moment) for moment in workers) <= 4
    apart = [(worker - moment) % 10080 for worker in workers for moment in controllers]
    assert min(*apart, *(10080 - each for each in apart)) >= 60


def test_off():
    assert rendered(UpdateAgent.ZINCATI, strategy="off") == {"enabled": False}
    assert rendered(UpdateAgent.LOCKSMITH, strategy="off") == "SERVER=disabled\nREBOOT_STRATEGY=off\n"


def test_others_decide():
    assert rendered(UpdateAgent.ZINCATI, **LOCK) == {
        "strategy": "fleet_lock",
        "fleet_lock": {"base_url": "http://10.3.0.15"},
    }
    assert rendered(UpdateAgent.LOCKSMITH, strategy="operator") == "REBOOT_STRATEGY=off\n"


@pytest.mark.parametrize(
    ("agent", "args"), [(UpdateAgent.ZINCATI, {"strategy": "operator"}), (UpdateAgent.LOCKSMITH, LOCK)]
)
def test_a_strategy_of_the_other_system_is_refused(agent, args):
    with pytest.raises(UpdateStrategyError, match=rf"os_updates.strategy: {args['strategy']} is not for machines with"):
        rendered(agent, **args)


def test_a_machine_without_a_name_of_its_own_is_not_updated():
    assert rendered(UpdateAgent.ZINCATI, Role.WORKER, None) == {"enabled": False}
    assert rendered(UpdateAgent.LOCKSMITH, Role.WORKER, None).startswith("SERVER=disabled\n")


@pytest.mark.parametrize(
    ("name", "place"),
    [("test-worker-12", 12), ("node3", 3), ("a-007", 7), ("worker", 2679291746), ("", None), (None, None)],
)
def test_a_name_tells_the_place(name, place):
    assert place_of(name) == place


def test_each_host_has_its_own_window_by_default():
    files = [
        *(controller_settings(HIGHLY_AVAILABLE, member, HostOptions()) for member in HIGHLY_AVAILABLE.controllers),
        worker_settings(DEFAULT, HostOptions(hostname="test-worker-0")),
        worker_settings(DEFAULT, HostOptions(hostname="test-worker-1")),
    ]
    texts = [file.content for each in files for file in each if file.path == ZINCATI]
    assert len(set(texts)) == len(texts) == 5


def test_where_nothing_updates_the_system_there_is_no_file():
    assert FEDORA_COREOS.update_agent is UpdateAgent.ZINCATI
    assert ZINCATI not in {
        file.path for file in worker_settings(DEFAULT, HostOptions(delta=local_delta(OperatingSystem.FEDORA_COREOS)))
    }
