"""Real etcd members with a controller's settings and the script before etcd's start: replaced, and restarted in turn.

On addresses of the loopback network, without TLS. The members start one after the other, as controllers do.
"""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.unit.manifests.specs import HIGHLY_AVAILABLE
from tools.paths import bin_dir
from tradewind import constants
from tradewind.host.scripts import ETCD_JOIN
from tradewind.host.settings import etcd_environment

BEGINNING = "3.0.0"
"""The cluster's version as long as not all of its members have started."""
LARGE = base64.b64encode(bytes(700_000)).decode()
"""A value so large that etcd replays its log in more than one part."""


class Member:
    """An etcd member and its controller's files, in a folder."""

    def __init__(self, folder: Path, address: str, settings: str) -> None:
        self.root, self.address = folder, address
        for name in ("run", "etc/etcd", "var/lib/etcd"):
            (folder / name).mkdir(parents=True)
        (folder / constants.ETCD_CONFIG.lstrip("/")).write_text(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Do what its unit does, again until the other members let it."""
        script = ["sh", "-c", ETCD_JOIN]
        until(lambda: subprocess.run(script, env={"PATH": _PATH, "ROOT": str(self.root)}, check=False).returncode == 0)
        files = (self.root / constants.ETCD_CONFIG.lstrip("/"), self.root / "run/etcd-join.env")
        lines = [line for file in files for line in file.read_text().splitlines()]
        command = [bin_dir() / "etcd", f"--data-dir={self.root}{constants.ETCD_DATA_DIR}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=dict(line.split("=", 1) for line in lines), stdout=log, stderr=subprocess.STDOUT
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()

    def lose(self) -> None:
        """End it at once, with all of its data."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.root / constants.ETCD_DATA_DIR.lstrip("/") / "member")

    def ask(self, call: str, question: dict[str, object] | None = None) -> dict:
        """An answer of its JSON gateway; an assertion fails if there is none."""
        data = None if question is None else json.dumps(question).encode()
        url = f"http://{self.address}:{constants.ETCD_CLIENT_PORT}/{call}"
        try:
            with urllib.request.urlopen(url, data, timeout=10) as answer:
                return dict(json.load(answer))
        except (OSError, http.client.HTTPException) as error:
            raise AssertionError(f"{url}: {error}") from error

    def is_healthy(self) -> bool:
        """Whether it answers a read that the majority has to agree to."""
        return self.ask("health")["health"] == "true"

    def cluster_version(self) -> str:
        return str(self.ask("version")["etcdcluster"])

    def listed(self) -> set[str]:
        """Ids of the members, as it lists them by itself."""
        answer = self.ask("v3/cluster/member/list", {"linearizable": False})
        return {f"{int(each['ID']):x}" for each in answer["members"]}

    def voters(self) -> set[str]:
        """Ids of the members whose votes it counts since its last start."""
        found = re.findall(r"switched to configuration voters=\(([^)]*)\)", self._log.read_text())
        return set(found[-1].split())

    @property
    def _log(self) -> Path:
        return self.root / "etcd.log"


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture
def members(tmp_path: Path) -> Iterator[list[Member]]:
    """Three members that have not started yet."""
    # All of 127.0.0.0/8 is this host; another process has other addresses, so that two runs do not meet.
    addresses = [f"127.90.{os.getpid() % 254 + 1}.{index}" for index in (1, 2, 3)]
    controllers = tuple(
        replace(controller, etcd_name=address)
        for controller, address in zip(HIGHLY_AVAILABLE.controllers, addresses, strict=True)
    )
    spec = replace(HIGHLY_AVAILABLE, controllers=controllers)
    made = []
    for controller in controllers:
        settings = etcd_environment(spec, controller, controller.etcd_name).content
        plain = settings.replace("https://", "http://").replace("0.0.0.0", controller.etcd_name)  # noqa: S104
        made.append(Member(tmp_path / controller.name, controller.etcd_name, plain))
    yield made
    for member in made:
        member.stop(signal.SIGKILL)


def test_members_agree_on_who_votes_after_one_was_replaced(members: list[Member]) -> None:
    """The log begins with an older version of the cluster, and a replay takes that for a downgrade.

    etcd 3.6 makes a snapshot then, in the middle of the log: with the voters of before and the members of after. From
    the next start on the voters stay wrong, and reads hang.
    """
    first, second, third = members
    first.start()
    second.start()
    until(lambda: first.cluster_version() == BEGINNING)
    third.start()
    until(lambda: first.cluster_version() != BEGINNING)
    for number in range(3):
        first.ask("v3/kv/put", {"key": base64.b64encode(bytes([number])).decode(), "value": LARGE})
    before = first.listed()

    first.lose()
    until(second.is_healthy)
    first.start()
    until(first.is_healthy)
    after = second.listed()
    assert len(before & after) == 2

    for _ in range(2):
        for member in members:
            member.stop()
            member.start()
            until(member.is_healthy)
    assert [member.voters() for member in members] == [after] * 3
    assert [member.listed() for member in members] == [after] * 3
    for member in members:
        assert member.ask("v3/kv/range", {"key": base64.b64encode(bytes([2])).decode()})["kvs"][0]["value"] == LARGE
