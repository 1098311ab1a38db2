"""What machines change on this host for as long as one of them runs: sysctls and a bridge for each cluster.

Reads: /proc/sys, the links of this host.
Makes: the saved sysctls in /run/tradewind, bridges with this host's address. All with the host's lock held.
"""

import json
import shutil
import subprocess
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path

from tools.machines.errors import MachineError
from tools.machines.spec import MachineSpec, mac_of
from tools.machines.store import RUN, Machine, machines, remove_empty

_PROC_SYS = Path("/proc/sys")
_SAVED = RUN / "sysctls.json"

# A privileged kubelet writes these for the whole host, in spite of all namespaces.
WRITTEN_BY_KUBELET = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
# All machines count as one user of this host; the usual 128 instances last for two of them.
AT_LEAST = {"fs/inotify/max_user_instances": 8192, "fs/inotify/max_user_watches": 1048576}
# Frames between machines must not meet this host's firewall.
OFF = (
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/bridge/bridge-nf-call-arptables",
)
_MODULES = ("overlay", "bridge", "veth", "vxlan", "br_netfilter", "nf_conntrack", "nf_tables")


def enter(spec: MachineSpec) -> None:
    """Prepare this host for one machine more."""
    if not _SAVED.exists():
        if modprobe := shutil.which("modprobe"):
            subprocess.run([modprobe, "--quiet", "--all", *_MODULES], check=False, capture_output=True)
        _save_sysctls()
    _ensure_bridge(spec)


def leave(machine: Machine, bridge: str | None) -> None:
    """Take back what no other running machine needs."""
    running = [other for other in machines() if other != machine and other.runs()]
    if bridge and not any(other.cluster == machine.cluster for other in running):
        delete_link(bridge)
    if not running:
        _restore_sysctls()


def leave_for_good() -> None:
    """Remove the folder for running machines, once it holds nothing but the lock."""
    remove_empty(*(path for path in RUN.iterdir() if path.is_dir()))
    if not _SAVED.exists() and {path.name for path in RUN.iterdir()} <= {"lock"}:
        (RUN / "lock").unlink(missing_ok=True)
        remove_empty(RUN)


def _save_sysctls() -> None:
    changed = {key: _read(key) for key in (*WRITTEN_BY_KUBELET, *AT_LEAST, *OFF) if (_PROC_SYS / key).exists()}
    partial = _SAVED.with_suffix(".partial")
    partial.write_text(json.dumps(changed))
    partial.rename(_SAVED)
    for key, least in AT_LEAST.items():
        if key in changed and int(changed[key]) < least:
            _write(key, str(least))
    for key in OFF:
        if key in changed:
            _write(key, "0")


def _restore_sysctls() -> None:
    if _SAVED.exists():
        for key, value in json.loads(_SAVED.read_text()).items():
            if _read(key) != value:
                _write(key, value)
        _SAVED.unlink()


def _read(key: str) -> str:
    return (_PROC_SYS / key).read_text().strip()


def _write(key: str, value: str) -> None:
    # A host may forbid one of them; the machines work without.
    with suppress(OSError):
        (_PROC_SYS / key).write_text(value)


def _ensure_bridge(spec: MachineSpec) -> None:
    if not link_exists(spec.bridge):
        ip("link", "add", spec.bridge, "address", mac_of(spec.gateway), "type", "bridge")
    ip("address", "replace", f"{spec.gateway}/{spec.prefix}", "dev", spec.bridge)
    ip("link", "set", spec.bridge, "up")


def plug_in(spec: MachineSpec, pid: int) -> None:
    """Join the network namespace of a process to the bridge, by a link that it sees as eth0."""
    delete_link(spec.link)
    peer = ("peer", "name", "eth0", "address", spec.mac, "netns", str(pid))
    ip("link", "add", spec.link, "type", "veth", *peer)
    ip("link", "set", spec.link, "master", spec.bridge, "up")


def delete_link(name: str) -> None:
    """Remove a link, if it is there."""
    if link_exists(name):
        subprocess.run(["ip", "link", "delete", name], check=False, capture_output=True)


def link_exists(name: str) -> bool:
    """Whether this host has a link of that name."""
    return Path("/sys/class/net", name).exists()


def ip(*arguments: str) -> str:
    """Run ip and give its output.

    Raises:
        MachineError: it failed.
    """
    result = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True)
    if result.returncode:
        raise MachineError(f"ip {' '.join(arguments)} failed: {result.stderr.strip()}")
    return result.stdout


def networks() -> list[tuple[str, IPv4Network]]:
    """The IPv4 networks of this host's links."""
    return [
        (link["ifname"], IPv4Network(f"{address['local']}/{address['prefixlen']}", strict=False))
        for link in json.loads(ip("-json", "-4", "address", "show"))
        for address in link.get("addr_info", [])
        if "local" in address
    ]
