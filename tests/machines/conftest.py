"""Real machines on this host, each test module's in a cluster and network of its own."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.machines.traces import traces
from tools.machines import images, rootfs
from tools.paths import CHECKOUT

PROGRAM = [sys.executable, "-m", "tools.machines"]
_HELLO = """[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo $GREETING > /run/greeting'
[Install]
WantedBy=multi-user.target
"""


def config(key: str, *, text: str = "hello\n", units: list[dict] | None = None, files: dict | None = None) -> dict:
    """An Ignition config: a user's key, files, a unit with a drop-in, and more units."""
    contents = {"/etc/hello": text, **(files or {})}
    dropin = {"name": "10-greeting.conf", "contents": "[Service]\nEnvironment=GREETING=dropin\n"}
    hello = {"name": "hello.service", "enabled": True, "contents": _HELLO, "dropins": [dropin]}
    return {
        "ignition": {"version": "3.5.0"},
        "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": [key]}]},
        "storage": {
            "files": [
                {"path": path, "mode": 0o600, "overwrite": True, "contents": {"source": f"data:,{quote(content)}"}}
                for path, content in contents.items()
            ]
        },
        "systemd": {"units": [hello, *(units or [])]},
    }


@dataclass
class Machines:
    """The machine program, for one cluster that no other run uses."""

    folder: Path
    cluster: str
    network: IPv4Network
    answers: dict[str, dict] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Public half of the key that every machine here takes."""
        return (self.folder / "id.pub").read_text().strip()

    def spec(self, name: str, number: int) -> dict:
        """What create gets for the machine with the network's address of that number."""
        address, network = str(self.network[number]), str(self.network)
        return {"name": name, "cluster": self.cluster, "address": address, "network": network}

    def start(self, verb: str, spec: dict, ignition: dict | None = None) -> subprocess.Popen[str]:
        """Begin a verb that reads a machine."""
        variables = {**os.environ, "TRADEWIND_MACHINE": json.dumps(spec)}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [*PROGRAM, verb], cwd=CHECKOUT, env=variables, text=True, stdin=pipe, stdout=pipe, stderr=pipe
        )
        assert process.stdin
        try:
            process.stdin.write(json.dumps(ignition or config(self.key)))
            process.stdin.close()
        except BrokenPipeError:
            pass  # It refused before it read.
        process.stdin = None
        return process

    def finish(self, process: subprocess.Popen[str]) -> dict:
        """Wait for a create or update, and give its answer."""
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answer = json.loads(out.splitlines()[-1])
        self.answers[answer["name"]] = answer
        return answer

    def create(self, name: str, number: int, ignition: dict | None = None) -> dict:
        """Create a machine and give what the program answers."""
        return self.finish(self.start("create", self.spec(name, number), ignition))

    def refusal(self, verb: str, spec: dict, ignition: dict | None = None) -> str:
        """The message of a verb that fails."""
        process = self.start(verb, spec, ignition)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 1, out + err
        assert out == ""
        return err

    def delete(self, name: str, number: int) -> None:
        """Delete a machine."""
        process = self.start("delete", self.spec(name, number))
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err

    def run(self, *arguments: str) -> str:
        """A verb that takes names; gives what it printed."""
        result = subprocess.run([*PROGRAM, *arguments], cwd=CHECKOUT, check=False, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def state(self, name: str) -> str:
        """A machine's state as `list` shows it; empty when there is none."""
        lines = [line.split("\t") for line in self.run("list", self.cluster).splitlines()]
        return next((state for title, _, state in lines if title == f"{self.cluster}/{name}"), "")

    def ssh(self, name: str, command: str) -> str:
        """Run a command as user core, over SSH with the host key that create told."""
        answer = self.answers[name]
        known = self.folder / f"{name}.known_hosts"
        known.write_text(f"{answer['address']} {answer['hostKey']}\n")
        options = (f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "BatchMode=yes", "ConnectTimeout=10")
        flags = [flag for option in options for flag in ("-o", option)]
        call = ["ssh", "-F", "none", "-i", str(self.folder / "id"), *flags, f"core@{answer['address']}", command]
        result = subprocess.run(call, check=False, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout.strip()

    def traces(self) -> dict[str, list[str]]:
        """What this host has of the cluster."""
        return traces(self.cluster, self.network, list(self.answers))

    def supervisor(self, name: str) -> int:
        """Process id of a running machine's supervisor."""
        return int(json.loads(Path("/run/tradewind", self.cluster, f"{name}.run").read_text())["supervisor"])

    def kill_supervisor(self, name: str) -> None:
        """End a machine's supervisor without a word, and wait until it is gone."""
        os.kill(self.supervisor(name), signal.SIGKILL)
        wait_until(lambda: self.state(name) == "off")


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Return when the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def shared_by_machines() -> None:
    """What `make setup` makes for machines."""
    rootfs.setup()
    images.setup()


@pytest.fixture(scope="module")
def machines(
    shared_by_machines: None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Machines]:
    """A cluster without machines; those that a test leaves are removed at the end."""
    folder = tmp_path_factory.mktemp("machines")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "id")], check=True)
    number = hashlib.sha256(f"{request.path.name} {os.getpid()}".encode()).digest()
    made = Machines(folder, f"t-{number.hex()[:8]}", IPv4Network(f"10.{200 + number[0] % 50}.{number[1]}.0/24"))
    try:
        yield made
    finally:
        made.run("purge", made.cluster)
