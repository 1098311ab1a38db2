"""Hosts on Google Cloud: their names, and the addresses of load balancers."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.platforms.google_cloud_arguments import ARGS
from tradewind.choices import OperatingSystem
from tradewind.errors import SpecError
from tradewind.host.metadata import UNIT_NAME
from tradewind.host.roles import HostConfig
from tradewind.platforms.google_cloud.deltas import FORWARDED
from tradewind.platforms.google_cloud.spec import google_cloud_pool, google_cloud_spec
from tradewind.platforms.hosts import CloudHosts, cloud_hosts, pool_hosts

SYSTEMS = pytest.mark.parametrize("system", OperatingSystem)


def hosts(system: OperatingSystem, **changes: Any) -> CloudHosts:
    spec = google_cloud_spec({**ARGS, "operating_system": system, **changes})
    return cloud_hosts(spec.cloud, spec.delta)


def configs(system: OperatingSystem) -> tuple[HostConfig, HostConfig]:
    spec = google_cloud_spec({**ARGS, "operating_system": system})
    made = hosts(system)
    return made.controllers[0].config(spec.cloud.cluster), made.workers[0].config(spec.cloud.cluster)


@SYSTEMS
def test_a_kubelet_waits_for_the_name_of_its_instance(system: OperatingSystem) -> None:
    for config in configs(system):
        units = {unit.name: unit for unit in config.units}
        kubelet = units["kubelet.service"].contents or ""
        assert [line for line in kubelet.splitlines() if line.startswith("Requires=")] == [
            "Requires=containerd.service instance-name.service"
        ]
        assert "instance-name.service" in next(line for line in kubelet.splitlines() if line.startswith("After="))
        assert "ExecStart=/bin/sh /opt/bootstrap/instance-name" in (units["instance-name.service"].contents or "")


@SYSTEMS
def test_addresses_of_load_balancers_are_kept_from_the_start(system: OperatingSystem) -> None:
    for config in configs(system):
        units = {unit.name: unit for unit in config.units}
        assert units["forwarded-addresses.service"].enabled is True
        assert "/opt/bootstrap/forwarded-addresses" in {file.path for file in config.files}


@SYSTEMS
@pytest.mark.parametrize("changes", [{}, {"pods_read_metadata": False}, {"pods_read_metadata": True}])
def test_pods_are_kept_from_the_metadata_service_unless_asked_for(
    system: OperatingSystem, changes: dict[str, Any]
) -> None:
    args = {**ARGS, "operating_system": system, **changes}
    cluster, (spec, pool) = (
        google_cloud_spec(args),
        google_cloud_pool({"cluster": args, "pool": {"name": "beside"}, "worker_access": {}}),
    )
    made = cloud_hosts(cluster.cloud, cluster.delta)
    every = [*made.controllers, *made.workers, *pool_hosts(pool, spec.delta)]
    assert len(every) == 3
    for host in every:
        units = {unit.name for unit in host.config(cluster.cloud.cluster).units}
        assert (UNIT_NAME in units) is not changes.get("pods_read_metadata", False)


@SYSTEMS
def test_a_snippet_replaces_those_rules_only_where_it_says_so(system: OperatingSystem) -> None:
    units = [{"name": UNIT_NAME, "contents": "[Service]\nExecStart=/usr/bin/true\n"}]
    snippet = {"config": json.dumps({"ignition": {"version": "3.4.0"}, "systemd": {"units": units}})}
    args = {**ARGS, "operating_system": system, "worker_snippets": [snippet]}
    with pytest.raises(SpecError, match=UNIT_NAME):
        google_cloud_spec(args)
    assert google_cloud_spec({**args, "pods_read_metadata": True})


@SYSTEMS
def test_snippets_have_the_room_that_metadata_gives(system: OperatingSystem) -> None:
    files = [{"path": "/etc/own", "contents": {"source": f"data:,{'x' * 60000}"}}]
    snippet = {"config": json.dumps({"ignition": {"version": "3.4.0"}, "storage": {"files": files}})}
    assert hosts(system, worker_snippets=[snippet]).workers[0].options.snippets


STUBS = {
    # Answers once with what it is given, and then ends the script.
    "curl": 'if [ -e asked ]; then kill "$PPID"; fi\n: > asked\nprintf "%s" "$KNOWN"\n',
    "ip": """case "$*" in
"-4 route show default") echo "default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.2 metric 100" ;;
"-4 route show table local proto 66") for each in $PRESENT; do echo "local $each dev eth0"; done ;;
*) echo "$*" >> done ;;
esac
""",
}


@pytest.mark.parametrize(
    ("known", "present", "done"),
    [
        ('["203.0.113.5","10.0.0.9"]', "", ["replace local 203.0.113.5 dev eth0", "replace local 10.0.0.9 dev eth0"]),
        ('["203.0.113.5"]', "203.0.113.5 10.0.0.9", ["replace local 203.0.113.5 dev eth0", "del local 10.0.0.9"]),
        ("[]", "10.0.0.9", ["del local 10.0.0.9"]),
        ("[]", "", []),
    ],
)
def test_routes_follow_what_the_metadata_server_says(tmp_path: Path, known: str, present: str, done: list[str]) -> None:
    for name, text in STUBS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "script").write_text(FORWARDED)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "KNOWN": known, "PRESENT": present}
    subprocess.run(["/bin/sh", "script"], cwd=tmp_path, env=environment, timeout=20, check=False)
    log = tmp_path / "done"
    assert (log.read_text().splitlines() if log.exists() else []) == [f"-4 route {each} proto 66" for each in done]
