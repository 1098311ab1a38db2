"""Whether this host can run machines.

Reads: the host.
Makes: nothing that lasts; the trials happen in namespaces that end with them.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tools.machines.errors import MachineError

_COMMANDS = {
    "ip": "iproute2",
    "mount": "mount",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "nsenter": "util-linux",
    "pivot_root": "util-linux",
    "chroot": "coreutils",
    "ssh-keygen": "openssh-client",
    "wget": "wget",
}
_NAMESPACES = {"mnt": "mount", "pid": "process", "uts": "host name", "ipc": "IPC", "net": "network", "cgroup": "cgroup"}
_LINKS = ("bridge", "veth", "vxlan")
_ALTERNATIVE = (
    "Machines are full-system containers, so the local platform needs root on a Linux host. Without that, the stack "
    "`assets` writes the same cluster's files to a folder, for machines of your own."
)
# On the disk that machines will be on: an overlay, as in most containers, can't carry another one.
_OVERLAY = """
folder=$(mktemp --directory /var/lib/tradewind-check.XXXXXX) && cd "$folder" || exit
mkdir lower upper work root && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root
status=$?
umount root 2> /dev/null
rm -rf "$folder"
exit $status
"""


def check() -> None:
    """Raise one error that lists everything that is missing.

    Raises:
        MachineError: the local platform can't work here.
    """
    found = problems()
    if found:
        listed = "\n".join(f"  - {problem}" for problem in found)
        raise MachineError(f"this host can't run local machines:\n{listed}\n{_ALTERNATIVE}")


def problems() -> list[str]:
    """Everything that is missing, as short phrases."""
    system = platform.system()
    if system != "Linux":
        return [f"it runs {system}, not Linux"]
    found = [] if os.geteuid() == 0 else ["not run as root (try `sudo -E make up`)"]
    if sys.version_info < (3, 11):  # noqa: UP036  (the program is run by whatever python3 there is)
        found.append("Python is older than 3.11")
    found += _missing_commands()
    found += [
        f"no {name} namespaces in the kernel"
        for ns, name in _NAMESPACES.items()
        if not Path("/proc/self/ns", ns).exists()
    ]
    if not found:
        found += _missing_features()
    return found


def _missing_commands() -> list[str]:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    missing = {command: package for command, package in _COMMANDS.items() if not shutil.which(command, path=path)}
    if not missing:
        return []
    packages = " ".join(sorted(set(missing.values())))
    return [f"programs not found: {', '.join(sorted(missing))} (Debian: apt-get install {packages})"]


def _missing_features() -> list[str]:
    """Try what only root can try."""
    found = []
    if not _works("sh", "-c", _OVERLAY):
        reasons = "kernel module overlay, too few privileges, or an overlay itself"
        found.append(f"overlay file systems can't be mounted in /var/lib ({reasons})")
    for kind in _LINKS:
        options = ("id", "1", "dstport", "0") if kind == "vxlan" else ()
        if not _works("ip", "link", "add", "check0", "type", kind, *options):
            found.append(f"links of type {kind} can't be made (kernel module {kind}, or too few privileges)")
    return found


def _works(*command: str) -> bool:
    trial = ["unshare", "--mount", "--net", "--pid", "--fork", *command]
    return subprocess.run(trial, check=False, capture_output=True).returncode == 0


def require_root() -> None:
    """Raise the full list when this is not root on Linux, which every other step would fail on less clearly.

    Raises:
        MachineError: it is not.
    """
    if platform.system() != "Linux" or os.geteuid() != 0:
        check()
