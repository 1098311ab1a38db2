"""What a cluster's machines leave on this host, apart from what other clusters have here at the same time."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from tools.machines.spec import default_bridge, parse


def traces(cluster: str, network: IPv4Network, names: list[str]) -> dict[str, list[str]]:
    """Everything found, by kind; empty when nothing is left."""
    links = json.loads(subprocess.run(["ip", "-json", "address"], capture_output=True, check=True).stdout)
    host_ends = {_host_end(cluster, network, name) for name in names}
    addresses = [address["local"] for link in links for address in link["addr_info"] if address["family"] == "inet"]
    found = {
        "mounts": [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f"/{cluster}/" in line],
        "links": [link["ifname"] for link in links if link["ifname"] in {*host_ends, default_bridge(cluster)}],
        "addresses": [address for address in addresses if IPv4Address(address) in network],
        "cgroups": [path for path in _folders("/sys/fs/cgroup") if Path(path).name.startswith(f"tradewind.{cluster}.")],
        "processes": list(_processes(cluster)),
        "files": [str(path) for base in ("/var/lib", "/run") for path in Path(base, "tradewind").glob(f"{cluster}/*")],
    }
    return {kind: items for kind, items in found.items() if items}


def _host_end(cluster: str, network: IPv4Network, name: str) -> str:
    spec = {"name": name, "cluster": cluster, "address": str(network[2]), "network": str(network)}
    return parse(json.dumps(spec)).link


def _folders(top: str) -> list[str]:
    """All folders below `top`. Unlike a glob it does not mind that some go away meanwhile, as those of a session do."""
    return [path for path, _, _ in os.walk(top)]


def _processes(cluster: str) -> Iterator[str]:
    """Supervisors, and whatever is in the machines' control groups."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if not command:
                continue  # Dead, and about to be collected by this host's init.
            if f"tradewind.{cluster}." in (process / "cgroup").read_text() or f"supervise {cluster}/" in command:
                yield f"{process.name} {command}"
