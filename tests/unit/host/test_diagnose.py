"""The diagnose script, run for real in a folder: what answers and runs is a list, logs and settings are files."""

import os
import subprocess

import pytest

from tests.unit.host.machine import PretendMachine
from tradewind.host.scripts import DIAGNOSE

MEMBERS = ("a", "b", "c")
OWN = "http://127.0.0.1:2381/health"
API = "https://127.0.0.1:6443/readyz?verbose"
OTHERS = tuple(f"https://{name}.example.com:2379/version" for name in "bc")
UNITS = ("containerd.service", "etcd-member.service", "kubelet.service")
FILES = (
    "/etc/ssl/etcd/etcd/server.crt",
    "/etc/ssl/etcd/etcd/peer.crt",
    "/etc/kubernetes/kubeconfig",
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
)
WELL = {OWN: '{"health":"true"}', API: "[+]ping ok\nreadyz check passed", **dict.fromkeys(OTHERS, "{}")}
NO_LEADER = '{"health":"false","reason":"RAFT NO LEADER"}'
CURL = """#!/bin/sh
for url; do case $url in http*) break ;; esac; done
answer=$ANSWERS/$(echo "$url" | tr -c 'a-z0-9\\n' '_')
[ -e "$answer" ] || { echo "nobody listens at $url" >&2; exit 7; }
cat "$answer"
"""


class Controller(PretendMachine):
    """A controller on which all is well, until a test takes something away."""

    def __init__(self, folder):
        super().__init__(folder)
        self._answers = folder / "answers"
        self._answers.mkdir()
        self.command("curl", CURL)
        self.command("journalctl", '#!/bin/sh\necho "journal of $1"\n')
        settings = (
            "ETCD_ADVERTISE_CLIENT_URLS=https://a.example.com:2379\n"
            f"ETCD_INITIAL_CLUSTER={','.join(f'{name}=https://{name}.example.com:2380' for name in MEMBERS)}\n"
            "ETCD_LISTEN_METRICS_URLS=http://127.0.0.1:2381\n"
        )
        for path, text in {"/etc/etcd/etcd.conf": settings, **dict.fromkeys(FILES, "")}.items():
            self.path(path).parent.mkdir(parents=True, exist_ok=True)
            self.path(path).write_text(text)
        self.answers(WELL)

    def answers(self, by_url):
        for found in self._answers.iterdir():
            found.unlink()
        for url, text in by_url.items():
            name = "".join(each if each.isdigit() or each.islower() else "_" for each in url)
            (self._answers / name).write_text(f"{text}\n")

    def log(self, number, *lines, pod="new", hour=12):
        """The log of the API server's container of that number, last written at that hour."""
        folder = self.path(f"/var/log/pods/kube-system_kube-apiserver-a_{pod}/kube-apiserver")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.log").write_text("".join(f"{line}\n" for line in lines))
        os.utime(folder / f"{number}.log", (hour * 3600, hour * 3600))

    def diagnose(self, result="exit-code", shell="sh"):
        """What the script says; it never fails."""
        environment = {**self.environment(), "ANSWERS": str(self._answers), "SERVICE_RESULT": result}
        done = subprocess.run(
            [shell, "-c", DIAGNOSE], capture_output=True, text=True, check=False, timeout=60, env=environment
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture
def machine(tmp_path):
    return Controller(tmp_path)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_nothing_is_said_of_what_is_well(machine, shell):
    assert machine.diagnose(shell=shell) == ""


def test_nothing_is_said_after_a_success(machine):
    machine.answers({})
    assert machine.diagnose("success") == ""


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_that_does_not_run_is_named_with_its_log(machine, unit):
    machine.running(*(other for other in UNITS if other != unit))
    said = machine.diagnose()
    assert f"diagnose: {unit} is inactive; its last lines:\n    journal of --unit={unit}\n" == said


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_was_not_delivered_is_named(machine, path):
    machine.path(path).unlink()
    assert f"waits for {path}, which a delivery brings" in machine.diagnose()


@pytest.mark.parametrize(
    ("running", "count"), [((), 1), (OTHERS[:1], None), (OTHERS, None)], ids=["alone", "with one", "with both"]
)
def test_a_majority_that_is_missing_is_counted(machine, running, count):
    machine.answers({OWN: NO_LEADER, API: WELL[API], **dict.fromkeys(running, "{}")})
    said = machine.diagnose()
    assert f"diagnose: etcd is not healthy: {NO_LEADER}" in said
    assert ("etcd has no majority" in said) == (count is not None)
    if count:
        assert f"etcd has no majority: {count} of 3 members run, 2 are needed" in said
        for url in OTHERS:
            member = url.removesuffix("/version")
            assert f"    {member}: nobody listens at {url}" in said


def test_a_member_that_does_not_run_itself_does_not_count(machine):
    machine.answers({API: WELL[API], OTHERS[0]: "{}"})
    said = machine.diagnose()
    assert f"etcd is not healthy: nobody listens at {OWN}" in said
    assert "1 of 3 members run" in said


def test_an_api_server_that_was_never_started_is_the_kubelets_business(machine):
    machine.answers({url: text for url, text in WELL.items() if url != API})
    assert machine.diagnose() == (
        f"diagnose: the API server is not ready:\n    nobody listens at {API}\n"
        "diagnose: its container has not been started; the kubelet's last lines:\n"
        "    journal of --unit=kubelet.service\n"
    )


def test_of_a_crash_loop_the_last_log_is_shown(machine):
    machine.answers({url: text for url, text in WELL.items() if url != API})
    machine.log(99, "of an earlier pod", pod="old", hour=10)
    machine.log(9, "early", hour=11)
    machine.log(10, *(f"line {number}" for number in range(9)), "Error: unknown flag: --planted")
    said = machine.diagnose()
    assert "its container was started again 10 times; the last lines of " in said
    assert said.splitlines()[-1] == "    Error: unknown flag: --planted"
    assert "line 4" not in said
    assert "earl" not in said


def test_of_the_checks_only_those_that_fail_are_shown(machine):
    machine.answers({**WELL, API: "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed"})
    said = machine.diagnose()
    assert "    [-]etcd failed: reason withheld\n" in said
    assert "ping" not in said
