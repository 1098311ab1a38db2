"""The script before etcd's start, run for real against members that answer as etcd's JSON gateway does."""

import json
import os
import subprocess

import pytest

from tests.unit.host.test_gate import MEMBERS
from tradewind.host.scripts import ETCD_JOIN

PEER = "https://a.example.com:2380"
SETTINGS = (
    f"ETCD_NAME=a\nETCD_ADVERTISE_CLIENT_URLS=https://a.example.com:2379\nETCD_INITIAL_ADVERTISE_PEER_URLS={PEER}\n"
    f"ETCD_INITIAL_CLUSTER={MEMBERS}\n"
)
EXISTING = "ETCD_INITIAL_CLUSTER_STATE=existing\n"

# Keeps members in a file and answers like the gateway, at the hosts that are up; FAIL names calls that fail.
CURL = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
url = next(word for word in words if word.startswith("https://"))
host, _, call = url.removeprefix("https://").partition("/")
print(host, call, *(word for word in words if "server" in word), file=open(os.environ["RECORD"], "a"))
state = json.load(open(os.environ["CLUSTER"]))
if host not in state["up"]:
    sys.exit(7)
if call in state["fail"]:
    print('{"message":"etcdserver: unhealthy cluster"}')
    sys.exit(22)
data = json.loads(words[words.index("--data") + 1])
if call == "v3/cluster/member/remove":
    assert data["ID"] in [member["ID"] for member in state["members"]]
    state["members"] = [member for member in state["members"] if member["ID"] != data["ID"]]
if call == "v3/cluster/member/add":
    assert all(member["peerURLs"] != data["peerURLs"] for member in state["members"])
    state["members"].append({"ID": "9999999999999999999", "peerURLs": data["peerURLs"]})
json.dump(state, open(os.environ["CLUSTER"], "w"))
print(json.dumps({"header": {"cluster_id": "1"}, "members": state["members"]}))
"""


def member(name, number, *, clients=True):
    found = {"ID": str(10**18 + number), "name": name, "peerURLs": [f"https://{name}.example.com:2380"]}
    return {**found, "clientURLs": [f"https://{name}.example.com:2379"]} if clients else found


RUNNING = [member("b", 2), member("a", 1), member("c", 3)]
UP = ["b.example.com:2379", "c.example.com:2379"]


class Joining:
    """A machine before its etcd starts, and the cluster around it."""

    def __init__(self, folder):
        self.root = folder / "root"
        for name in ("run", "etc/etcd", "var/lib/etcd"):
            (self.root / name).mkdir(parents=True)
        (self.root / "etc/etcd/etcd.conf").write_text(SETTINGS)
        self._cluster, self._record = folder / "cluster", folder / "record"
        curl = folder / "commands" / "curl"
        curl.parent.mkdir()
        curl.write_text(CURL)
        curl.chmod(0o755)
        self._path = f"{curl.parent}:{os.environ['PATH']}"

    def cluster(self, members, up=UP, fail=()):
        self._cluster.write_text(json.dumps({"members": members, "up": list(up), "fail": list(fail)}))

    def start(self, shell="sh"):
        """Run the script; its exit status."""
        variables = {"PATH": self._path, "ROOT": str(self.root), "RECORD": str(self._record)}
        command = [shell, "-c", ETCD_JOIN]
        variables["CLUSTER"] = str(self._cluster)
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, timeout=60)
        self.output = result.stdout + result.stderr
        return result.returncode

    @property
    def result(self):
        return (self.root / "run/etcd-join.env").read_text()

    @property
    def members(self):
        return json.loads(self._cluster.read_text())["members"]

    @property
    def calls(self):
        lines = self._record.read_text().splitlines() if self._record.exists() else []
        return [line.split()[1].removeprefix("v3/cluster/member/") for line in lines]


@pytest.fixture
def machine(tmp_path):
    return Joining(tmp_path)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_member_whose_data_is_gone_is_replaced(machine, shell):
    machine.cluster(RUNNING)
    assert machine.start(shell) == 0
    assert machine.result == EXISTING
    assert machine.calls == ["list", "remove", "add"]
    assert [each for each in machine.members if each["peerURLs"] != [PEER]] == [RUNNING[0], RUNNING[2]]
    assert [each for each in machine.members if each["peerURLs"] == [PEER]] == [
        {"ID": "9999999999999999999", "peerURLs": [PEER]}
    ]


def test_a_member_with_data_is_left_alone(machine):
    machine.cluster(RUNNING)
    (machine.root / "var/lib/etcd/member/wal").mkdir(parents=True)
    (machine.root / "var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal").touch()
    assert (machine.start(), machine.result, machine.calls) == (0, "", [])


def test_where_nobody_answers_the_cluster_is_being_made(machine):
    machine.cluster([], up=[])
    assert (machine.start(), machine.result) == (0, "")


def test_a_member_from_the_beginning_that_never_ran_starts_as_the_others_did(machine):
    """Two of three make a majority: the third finds a cluster that answers, at its very first start."""
    members = [member("a", 1, clients=False), *RUNNING[::2]]
    machine.cluster(members)
    assert (machine.start(), machine.result, machine.members) == (0, "", members)


@pytest.mark.parametrize("call", ["remove", "add"])
def test_a_run_that_failed_half_way_is_finished_by_the_next(machine, call):
    machine.cluster(RUNNING, fail=[f"v3/cluster/member/{call}"])
    assert machine.start() != 0
    assert machine.result == ""
    assert "unhealthy cluster" not in machine.result
    machine.cluster(machine.members)
    assert (machine.start(), machine.result) == (0, EXISTING)
    assert len([each for each in machine.members if each["peerURLs"] == [PEER]]) == 1
    assert len(machine.members) == 3


def test_a_second_run_before_etcd_has_started_adds_nothing(machine):
    machine.cluster(RUNNING)
    machine.start()
    members = machine.members
    assert (machine.start(), machine.result, machine.members) == (0, EXISTING, members)


def test_the_next_member_is_asked_when_one_is_down(machine):
    machine.cluster(RUNNING, up=UP[1:])
    assert (machine.start(), machine.result) == (0, EXISTING)


def test_a_single_member_asks_nobody(machine):
    (machine.root / "etc/etcd/etcd.conf").write_text(SETTINGS.replace(MEMBERS, MEMBERS.split(",")[0]))
    machine.cluster([])
    assert (machine.start(), machine.result, machine.calls) == (0, "", [])


def test_what_an_earlier_run_found_does_not_last(machine):
    (machine.root / "run/etcd-join.env").write_text(EXISTING)
    machine.cluster([], up=[])
    assert (machine.start(), machine.result) == (0, "")


def test_members_are_asked_with_the_members_own_certificate(machine):
    machine.cluster(RUNNING)
    machine.start()
    pki = f"{machine.root}/etc/ssl/etcd/etcd"
    for line in machine._record.read_text().splitlines():
        assert line.split()[2:] == [f"{pki}/server-ca.crt", f"{pki}/server.crt", f"{pki}/server.key"]
