"""Three controllers behind one name: none of them is needed by itself. Workers come and go, in pools.

The tests change one cluster step by step, in the order in which they are written.
"""

import base64
import hashlib
import json
import os
import re
import signal
import ssl
import subprocess
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.cluster.conftest import WORKER as OTHER_WORKER
from tests.cluster.conftest import Cluster
from tests.cluster.ha.highly import (
    ALTERNATIVE,
    API,
    BALANCER,
    CONTROLLERS,
    EDGE,
    GPU,
    NAME,
    PATIENCE_SECONDS,
    WORKER,
    Highly,
    is_ready,
    machines,
    note,
    watching,
)
from tests.support.waiting import until
from tools.paths import CHECKOUT


def cut_power(machine: str) -> None:
    """End a machine at once, with everything in it."""
    note = json.loads(Path("/run/tradewind", NAME, f"{machine}.run").read_text())
    os.kill(note["supervisor"], signal.SIGKILL)


def test_every_part_is_there_three_times_and_healthy(ha: Highly) -> None:
    assert machines() == dict.fromkeys([*CONTROLLERS, BALANCER, WORKER], "running")
    assert set(ha.members()) == set(CONTROLLERS)
    for controller in CONTROLLERS:
        assert is_ready(ha.addresses[controller])
    nodes = ha.nodes()
    assert ha.ready() == set(nodes) == {*CONTROLLERS, WORKER}
    for controller in CONTROLLERS:
        assert nodes[controller]["metadata"]["labels"]["node.kubernetes.io/controller"] == "true"
    leases = {each["metadata"]["name"] for each in ha.get("leases", "-nkube-system")["items"]}
    assert {"kube-controller-manager", "kube-scheduler"} <= leases


def test_each_etcd_member_has_keys_of_its_own(ha: Highly) -> None:
    for name in ("server", "peer"):
        for kind in ("key", "crt"):
            path = f"/etc/ssl/etcd/etcd/{name}.{kind}"
            found = {hashlib.sha256(ha.on(each, "cat", path).encode()).hexdigest() for each in CONTROLLERS}
            assert len(found) == 3, path
    authorities = {ha.on(each, "cat", "/etc/ssl/etcd/etcd/server-ca.crt") for each in CONTROLLERS}
    assert len(authorities) == 1


def test_the_api_has_one_name_on_this_host_and_on_every_machine(ha: Highly) -> None:
    assert ha.answers()
    for machine in (*CONTROLLERS, WORKER):
        assert ha.on(machine, "getent", "hosts", API).split() == [ha.balancer, BALANCER, API]
        url = f"https://{API}:6443/readyz"
        assert ha.on(machine, "curl", "--silent", "--cacert", "/etc/kubernetes/pki/ca.crt", url) == "ok"
    # The address is in the certificate as well.
    assert ha.kubectl("get", "--raw", "/readyz") == "ok"


def test_only_the_load_balancer_runs_one_and_has_no_key(ha: Highly) -> None:
    for machine in (*CONTROLLERS, WORKER):
        assert ha.on(machine, "sh", "-c", "pgrep -x haproxy || echo none").strip() == "none"
    assert ha.on(BALANCER, "find", "/etc/kubernetes", "-type", "f") == ""


def test_side_by_side_with_another_cluster(ha: Highly, cluster: Cluster) -> None:
    """Two clusters with the same ranges of pods and Services: neither knows the other's nodes, users or tokens."""
    assert not set(ha.nodes()) & {node["metadata"]["name"] for node in cluster.get("nodes")["items"]}
    server = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    stranger = ha.kubectl("get", "nodes", f"--server={server}", check=False)
    assert "certificate signed by unknown authority" in stranger or "certificate is not trusted" in stranger
    trusting = ha.kubectl("get", "nodes", f"--server={server}", "--insecure-skip-tls-verify", check=False)
    assert "Unauthorized" in trusting or "must be logged in" in trusting
    token = bootstrap_token(ha)
    assert status(f"https://{ha.balancer}:6443/api", token) == 200
    assert status(f"{server}/api", token) == 401
    # Each machine's Services are its own cluster's.
    for each, worker in ((ha, WORKER), (cluster, OTHER_WORKER)):
        command = ["curl", "--silent", "--cacert", "/etc/kubernetes/pki/ca.crt", "https://10.3.0.1/readyz"]
        assert each.on(worker, *command) == "ok"


def bootstrap_token(cluster: Cluster) -> str:
    (secret,) = cluster.get("secrets", "-nkube-system", "--field-selector=type=bootstrap.kubernetes.io/token")["items"]
    return ".".join(base64.b64decode(secret["data"][f"token-{part}"]).decode() for part in ("id", "secret"))


def status(url: str, token: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - https
    context = ssl._create_unverified_context()  # noqa: S323
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310 - https
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_api_goes_on_without_a_controller_that_lost_its_power(ha: Highly, request: pytest.FixtureRequest) -> None:
    victim, survivor = CONTROLLERS[0], CONTROLLERS[1]
    with watching(ha, []) as seen:
        cut_power(victim)
        until(lambda: machines()[victim] == "off", PATIENCE_SECONDS)
        # Reads and writes, by name.
        until(ha.answers, PATIENCE_SECONDS)
        until(lambda: ha.write("without") is None, PATIENCE_SECONDS)
        until(lambda: victim not in ha.ready(), PATIENCE_SECONDS)
    request.node.user_properties.append(("seconds without an answer", round(seen.outage, 1)))
    assert ha.answers()
    assert ha.ready() == {*CONTROLLERS[1:], WORKER}
    subprocess.run(["python3", "-m", "tools.machines", "start", f"{NAME}/{victim}"], check=True, cwd=CHECKOUT)
    until(lambda: set(ha.members(survivor)) == set(CONTROLLERS), PATIENCE_SECONDS)
    until(lambda: ha.ready() == {*CONTROLLERS, WORKER}, PATIENCE_SECONDS)
    until(lambda: is_ready(ha.addresses[victim]), PATIENCE_SECONDS)


def test_a_controller_that_is_made_anew_joins_etcd_again(ha: Highly) -> None:
    """The first one, which also made the cluster: its data is gone, and `up` is all that it takes."""
    before = ha.members()
    victim, survivor = CONTROLLERS[0], CONTROLLERS[1]
    ha.kubectl("create", "configmap", "kept")
    ha.stack.up("--replace", str(ha.stack.resources()[victim]["urn"]))
    until(lambda: set(ha.members(survivor)) == set(CONTROLLERS), PATIENCE_SECONDS)
    after = ha.members()
    assert {name for name in CONTROLLERS if before[name] != after[name]} == {victim}
    until(lambda: ha.ready() == {*CONTROLLERS, WORKER}, PATIENCE_SECONDS)
    until(lambda: is_ready(ha.addresses[victim]), PATIENCE_SECONDS)
    ha.kubectl("delete", "configmap", "kept")
    assert ha.stack.changes() == []


def test_etcd_counts_its_members_as_voters_after_all_have_restarted_twice(ha: Highly) -> None:
    """A replacement is followed by replays of the log that has both the old member and the new one."""
    for controller in CONTROLLERS * 2:
        ha.on(controller, "systemctl", "restart", "etcd-member.service")
        until(partial(has_all_members, ha, controller), PATIENCE_SECONDS)
    members = set(ha.members().values())
    for controller in CONTROLLERS:
        log = ha.on(controller, "journalctl", "--unit=etcd-member.service", "--output=cat", "--no-pager")
        assert set(re.findall(r"switched to configuration voters=\(([^)]*)\)", log)[-1].split()) == members
        until(partial(is_ready, ha.addresses[controller]), PATIENCE_SECONDS)


def has_all_members(ha: Highly, controller: str) -> bool:
    """Whether the etcd of that controller, which may have just started, and the others are healthy."""
    return set(ha.members(controller)) == set(CONTROLLERS)


def test_the_number_of_controllers_cannot_be_changed(ha: Highly) -> None:
    """Refused before anything is made or changed, and set back, the stack goes on."""
    path = "/etc/etcd/etcd.conf"
    before = [ha.on(each, "sha256sum", path) for each in CONTROLLERS]
    ha.configure(controllers=1)
    message = ha.stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert "controllers: 1 (" in message
    assert "must stay 3 (" in message
    assert [ha.on(each, "sha256sum", path) for each in CONTROLLERS] == before
    assert machines() == dict.fromkeys([*CONTROLLERS, BALANCER, WORKER], "running")
    assert ha.answers()


def test_a_change_of_all_api_servers_rolls_from_one_to_the_next(ha: Highly) -> None:
    """By its name the API answers all the time; of the three, one at most is away."""
    servers = [ha.addresses[each] for each in CONTROLLERS]
    started = {each: api_server(ha, each) for each in CONTROLLERS}
    with watching(ha, servers) as seen:
        ha.up(aggregation=False)
    assert seen.asked > 20
    assert seen.refused == [], ha.on(BALANCER, "journalctl", "--unit=haproxy", "--no-pager", "--lines=60")
    assert seen.most_away == 1
    for controller in CONTROLLERS:
        process, flags = api_server(ha, controller)
        assert process != started[controller][0]
        assert "requestheader" not in flags
    assert all(is_ready(address) for address in servers)


def api_server(ha: Highly, machine: str) -> tuple[str, str]:
    """Number and command line of a machine's API server."""
    line = ha.on(machine, "pgrep", "--exact", "--list-full", "kube-apiserver")
    process, _, flags = line.strip().partition(" ")
    return process, flags


def test_workers_come_in_pools(ha: Highly) -> None:
    ha.up(aggregation=False, workers=0)
    assert set(ha.nodes()) == set(CONTROLLERS)
    assert WORKER not in machines()

    own = {f"{NAME}-worker-1": [note("own")]}
    ha.up(aggregation=False, workers=2, worker_pools=[GPU, EDGE], machine_snippets=own)
    pools = {"worker": 2, "gpu": 2, "edge": 1}
    workers = {f"{NAME}-{pool}-{index}" for pool, count in pools.items() for index in range(count)}
    until(lambda: ha.ready() == {*CONTROLLERS, *workers}, PATIENCE_SECONDS)
    nodes = ha.nodes()
    for index in range(2):
        node = nodes[f"{NAME}-gpu-{index}"]
        assert GPU["labels"].items() <= node["metadata"]["labels"].items()
        taints = [{key: value for key, value in each.items() if value} for each in GPU["taints"]]
        assert sorted(node["spec"]["taints"], key=str) == sorted(taints, key=str)
    assert nodes[f"{NAME}-edge-0"]["metadata"]["labels"]["topology.kubernetes.io/zone"] == "edge"
    for plain in (f"{NAME}-edge-0", f"{NAME}-worker-1"):
        assert "example.com/gpu" not in nodes[plain]["metadata"]["labels"]
        assert "taints" not in nodes[plain]["spec"]
    for worker in workers:
        assert "node.kubernetes.io/node" in nodes[worker]["metadata"]["labels"]


def test_snippets_are_there_from_the_first_boot(ha: Highly) -> None:
    """Of each role, of one pool and of one machine: files, kernel settings, units and drop-ins, and nowhere else."""
    notes = {machine: ha.on(machine, "ls", "/etc/notes").split() for machine in (*CONTROLLERS, *machines_of("worker"))}
    assert notes == {
        **{controller: ["controllers"] for controller in CONTROLLERS},
        f"{NAME}-worker-0": ["workers"],
        f"{NAME}-worker-1": ["own", "workers"],
    }
    edge, other = f"{NAME}-edge-0", f"{NAME}-gpu-0"
    assert [ha.on(each, "ls", "/etc/notes").split() for each in (edge, other)] == [["edge", "workers"], ["workers"]]
    backlogs = [ha.on(each, "sysctl", "-n", "net.core.somaxconn").strip() for each in (WORKER, edge, CONTROLLERS[0])]
    assert (backlogs[:2], backlogs[2] != "8192") == (["8192"] * 2, True)
    assert ha.on(edge, "systemctl", "is-active", "alternative-name.service").strip() == "active"
    images = {
        each: ha.on(each, "podman", "inspect", "--format={{.ImageName}}", "kubelet").strip() for each in (edge, other)
    }
    assert (images[edge], images[other] != ALTERNATIVE) == (ALTERNATIVE, True)


def machines_of(pool: str) -> list[str]:
    return [name for name in machines() if name.startswith(f"{NAME}-{pool}-")]


def test_workers_go_with_their_nodes(ha: Highly) -> None:
    ha.up(aggregation=False)
    # Each took its node along: there is nothing to wait for.
    assert set(ha.nodes()) == {*CONTROLLERS, WORKER}
    assert machines() == dict.fromkeys([*CONTROLLERS, BALANCER, WORKER], "running")


def test_a_worker_that_restarts_keeps_its_node(ha: Highly) -> None:
    uid = ha.nodes()[WORKER]["metadata"]["uid"]
    subprocess.run(["python3", "-m", "tools.machines", "reboot", f"{NAME}/{WORKER}"], check=True, cwd=CHECKOUT)
    until(lambda: WORKER in ha.ready(), PATIENCE_SECONDS)
    assert ha.nodes()[WORKER]["metadata"]["uid"] == uid


def test_a_changed_snippet_is_told_and_reaches_the_worker_that_is_named(
    ha: Highly, monkeypatch: pytest.MonkeyPatch
) -> None:
    ha.configure(aggregation=False, controller_snippets=[note("changed")], worker_snippets=[note("changed")])
    monkeypatch.setitem(ha.stack.environment, "TRADEWIND_REPLACE", WORKER)
    shown = ha.stack.up()
    for controller in CONTROLLERS:
        assert f"{controller} runs with the snippets of its first boot" in shown
        assert ha.on(controller, "ls", "/etc/notes").split() == ["controllers"]
    assert ha.on(WORKER, "ls", "/etc/notes").split() == ["changed"]
    until(lambda: WORKER in ha.ready(), PATIENCE_SECONDS)


def test_nothing_changes_without_a_reason(ha: Highly) -> None:
    assert ha.stack.changes() == []
