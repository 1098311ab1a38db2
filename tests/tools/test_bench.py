"""The benchmark's own logic: which groups there are, what a line says, what a machine's journal tells."""

import re
import subprocess
import sys

import pytest

from tools.bench.local import Boot
from tools.bench.measure import Time, difference, row, timed
from tools.paths import CHECKOUT

TRACKER = 'pod_startup_latency_tracker.go:148] "Observed pod startup duration"'
JOURNAL = f"""\
1000.250000 c0 systemd-journald[111]: Journal started
1001.500000 c0 systemd[1]: Started ssh.service - OpenBSD Secure Shell server.
1002.000000 c0 systemd[1]: Started kubelet.path - Wait for the bootstrap kubeconfig.
1003.000000 c0 systemd[1]: Started kubelet.service - Kubelet (system container).
1003.500000 c0 podman[507]: I1124 22:02:45.562379 544 server.go:1285] "Started kubelet"
1007.000000 c0 podman[507]: I1124 {TRACKER} pod="kube-system/kube-scheduler-c0" podStartSLOduration=1.5
1008.000000 c0 podman[507]: I1124 {TRACKER} pod="kube-system/kube-proxy-abcde" podStartSLOduration=1.5
1009.000000 c0 podman[507]: I1124 {TRACKER} pod="kube-system/kube-apiserver-c0" podStartSLOduration=1.5
1010.000000 c0 podman[507]: I1124 "Fast updating node status as it just became ready"
1011.000000 c0 podman[507]: I1124 {TRACKER} pod="kube-system/kube-controller-manager-c0" podStartSLOduration=1.5
"""


def test_a_machines_journal_tells_when_it_reached_what() -> None:
    boot = Boot.read(JOURNAL, start=1000.0)
    assert boot == Boot(start=1000.0, ssh=1001.5, kubelets=[1003.0], node_ready=1010.0, pods=[1007.0, 1009.0, 1011.0])
    assert boot.mirror_pods == 1011.0
    assert boot.join == 7.0


def test_a_node_that_is_not_ready_is_no_time() -> None:
    with pytest.raises(StopIteration):
        Boot.read(JOURNAL.replace("just became ready", "is not ready"), start=1000.0)


def test_a_line_has_the_times_on_the_clock_and_the_median_of_cpu_time(capsys: pytest.CaptureFixture[str]) -> None:
    row("title", [Time(3.0, 0.5), Time(1.0, 0.25), Time(2.0, 9.0)])
    row("no children", [Time(1.5)])
    difference("more", [Time(3.0, 1.0)], [Time(1.0, 0.25)])
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["title", "3", "1.000", "2.000", "3.000", "0.500"],
        ["no", "children", "1", "1.500", "1.500", "1.500"],
        ["more", "2.000", "0.750"],
    ]


def test_cpu_time_is_that_of_children_too() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    used = timed(lambda: subprocess.run([sys.executable, "-c", busy], check=True))
    assert used.cpu is not None
    assert used.cpu >= 0.3


def test_groups_are_chosen_by_name() -> None:
    command = [sys.executable, "-m", "tools.bench"]
    chosen = subprocess.run([*command, "rendering"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert re.search(r"cores, \d+ GiB.*\nLinux .* Pulumi ", chosen.stdout)
    assert [line.split(":")[0] for line in chosen.stdout.splitlines()[3:]] == ["rendering"] * 3
    unknown = subprocess.run([*command, "all"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert unknown.returncode == 2
    assert "no group all; there are rendering, engine, platforms, clusters, local, fifty" in unknown.stderr
