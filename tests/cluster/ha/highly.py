"""The cluster of several controllers: its arguments, and what tests ask it."""

import base64
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.cluster.conftest import SLOT, Cluster, host_cidr, kubeconfig_of, local_stack
from tests.support.documentation import examples
from tests.support.waiting import until
from tools.paths import CHECKOUT

NAME = f"ha{SLOT}"
API = f"{NAME}.tradewind.internal"
CONTROLLERS = [f"{NAME}-controller-{index}" for index in range(3)]
BALANCER, WORKER = f"{NAME}-load-balancer", f"{NAME}-worker-0"
STACK, KUBELET_IMAGE, *_ = examples("snippets.md", "yaml")
DOCUMENTED = yaml.safe_load(STACK)["config"]["tradewind:cluster"]
ALTERNATIVE = "docker.io/psdn/kubelet:v1.36.2"


def note(who: str) -> dict[str, str]:
    """A snippet that leaves a file."""
    file = {"path": f"/etc/notes/{who}", "contents": {"source": f"data:,{who}%0A"}}
    return {"config": json.dumps({"ignition": {"version": "3.4.0"}, "storage": {"files": [file]}})}


ARGS = {
    "name": NAME,
    "host_cidr": host_cidr(2),
    "controllers": 3,
    "workers": 1,
    "controller_snippets": [note("controllers")],
    "worker_snippets": [note("workers"), *DOCUMENTED["worker_snippets"]],
}
GPU = {
    "name": "gpu",
    "workers": 2,
    "labels": {"example.com/gpu": "yes", "node.kubernetes.io/instance-type": "large"},
    "taints": [
        {"key": "example.com/gpu", "value": "yes", "effect": "NoSchedule"},
        {"key": "expensive", "effect": "PreferNoSchedule"},
    ],
}
PATIENCE_SECONDS = 180.0
# There is no registry here: the image that machines have gets the other name before a delivery looks for it.
_NAMED = f"""variant: fcos
version: 1.5.0
systemd:
  units:
    - name: alternative-name.service
      enabled: true
      contents: |
        [Unit]
        Before=kubelet.service ssh.service
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/bin/podman tag quay.io/poseidon/kubelet:v1.36.2 {ALTERNATIVE}
        [Install]
        WantedBy=multi-user.target
"""
EDGE = {
    "name": "edge",
    "labels": {"topology.kubernetes.io/zone": "edge"},
    "snippets": [note("edge"), {"config": _NAMED}, {"config": KUBELET_IMAGE}],
}


@dataclass(frozen=True)
class Highly(Cluster):
    """A cluster whose API server is reached by its name only."""

    folder: Path
    """With the authority's certificate, and the administrator's certificate and key."""
    balancer: str
    """Address of the machine behind the name."""
    addresses: dict[str, str]
    """Of every other machine, by name."""

    def up(self, **changes: object) -> None:
        """Bring the stack up with other arguments."""
        self.configure(**changes)
        self.stack.up()

    def configure(self, **changes: object) -> None:
        self.stack.config("tradewind:cluster", json.dumps({**ARGS, **changes}))

    def answers(self) -> bool:
        """Whether the API answers a question about an object by its name, over a connection of its own."""
        options = ["--silent", "--fail", "--output", "/dev/null", "--max-time", "15"]
        options += [word for name in ("cacert", "cert", "key") for word in (f"--{name}", str(self.folder / name))]
        names = ["--resolve", f"{API}:6443:{self.balancer}"]
        return (
            subprocess.run(
                ["curl", *options, *names, f"https://{API}:6443/api/v1/namespaces/default"], check=False
            ).returncode
            == 0
        )

    def nodes(self) -> dict[str, dict]:
        return {node["metadata"]["name"]: node for node in self.get("nodes")["items"]}

    def ready(self) -> set[str]:
        """Names of the nodes that are Ready."""
        conditions = {name: node["status"]["conditions"] for name, node in self.nodes().items()}
        return {
            name
            for name, found in conditions.items()
            if any(each["type"] == "Ready" and each["status"] == "True" for each in found)
        }

    def etcdctl(self, *arguments: str, machine: str = CONTROLLERS[0]) -> str:
        pki = "/etc/ssl/etcd/etcd"
        tls = [f"--cacert={pki}/server-ca.crt", f"--cert={pki}/server.crt", f"--key={pki}/server.key"]
        return self.on(machine, "podman", "exec", "etcd", "/usr/local/bin/etcdctl", *tls, *arguments)

    def members(self, machine: str = CONTROLLERS[0]) -> dict[str, str]:
        """Ids of etcd's members by name, all of them healthy."""
        health = json.loads(self.etcdctl("endpoint", "health", "--cluster", "--write-out=json", machine=machine))
        assert [each["health"] for each in health] == [True] * 3
        listed = json.loads(self.etcdctl("member", "list", "--write-out=json", "--hex", machine=machine))["members"]
        return {each["name"]: str(each["ID"]) for each in listed}

    def write(self, name: str) -> None:
        """Make an object and take it away; first one that an earlier try made without having heard of it."""
        self.kubectl("delete", "configmap", name, "--ignore-not-found")
        self.kubectl("create", "configmap", name)
        self.kubectl("delete", "configmap", name)


@contextmanager
def highly_available(folder: Path) -> Iterator[Highly]:
    """Three controllers and a worker, until the end of the block."""
    stack = local_stack(folder, ARGS)
    try:
        stack.up()
        kubeconfig = kubeconfig_of(stack, folder)
        config = yaml.safe_load(kubeconfig.read_text())
        entry, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        (folder / "cacert").write_bytes(base64.b64decode(entry["certificate-authority-data"]))
        (folder / "cert").write_bytes(base64.b64decode(user["client-certificate-data"]))
        (folder / "key").write_bytes(base64.b64decode(user["client-key-data"]))
        balancer = re.fullmatch(r"https://(.+):6443", entry["server"])
        assert balancer
        found = json.loads(stack.run("stack", "output", "--stack", "test", "--json", "addresses"))
        made = Highly(stack, kubeconfig, folder, balancer[1], found)
        until(lambda: made.ready() == {*CONTROLLERS, WORKER}, PATIENCE_SECONDS)
        yield made
    finally:
        stack.destroy()


def is_ready(address: str) -> bool:
    """Whether one API server says that it is ready, asked by its address."""
    # Its certificate is verified by name elsewhere.
    context = ssl._create_unverified_context()  # noqa: S323
    try:
        url = f"https://{address}:6443/readyz"
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def listens(address: str) -> bool:
    """Whether an API server takes connections."""
    try:
        with socket.create_connection((address, 6443), timeout=5):
            return True
    except OSError:
        return False


@dataclass
class Watched:
    """What was seen of the API while something else went on."""

    asked: int = 0
    refused: list[float] = field(default_factory=list)
    """Seconds since the start of every question by name that had no answer."""
    most_away: int = 0
    """API servers that nobody could connect to at the same time."""

    @property
    def outage(self) -> float:
        """Seconds from the first to the last refusal."""
        return self.refused[-1] - self.refused[0] if self.refused else 0


@contextmanager
def watching(ha: Highly, servers: list[str]) -> Iterator[Watched]:
    """Ask the API by its name, and each server, all the time."""
    seen, stop, start = Watched(), threading.Event(), time.monotonic()

    def ask_by_name() -> None:
        while not stop.wait(0.1):
            seen.asked += 1
            if not ha.answers():
                seen.refused.append(time.monotonic() - start)

    def ask_each() -> None:
        while not stop.wait(0.5):
            seen.most_away = max(seen.most_away, sum(not listens(address) for address in servers))

    threads = [threading.Thread(target=each) for each in (ask_by_name, ask_each)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def machines() -> dict[str, str]:
    """State of this cluster's machines, by name."""
    command = ["python3", "-m", "tools.machines", "list", NAME]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    return {title.removeprefix(f"{NAME}/"): state for title, _, state in rows}
