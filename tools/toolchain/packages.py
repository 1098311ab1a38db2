"""Debian packages: the one table of them, and their installation where that is allowed.

Reads: PATH and header files, which show what is there on any Linux.
Makes: installed packages, when run as root on Debian or Ubuntu; else an error that names them.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from tools.toolchain.errors import ToolchainError
from tools.toolchain.progress import Progress

EVIDENCE: dict[str, str] = {
    "debootstrap": "debootstrap",
    "e2fsprogs": "/usr/sbin/mke2fs",
    "gcc": "gcc",
    "iproute2": "ip",
    "libblkid-dev": "/usr/include/blkid/blkid.h",
    "libc6-dev": "/usr/include/stdio.h",
    "libseccomp-dev": "/usr/include/seccomp.h",
    "openssh-client": "ssh",
    "pkg-config": "pkg-config",
    "python3-venv": "ensurepip",
    "qemu-system-x86": "qemu-system-x86_64",
    "seabios": "/usr/share/seabios/bios-256k.bin",
    "util-linux": "nsenter",
}
"""What shows that a package is there: a program, a file, or for python3-venv a Python module."""

FOR_MACHINES = ("debootstrap", "iproute2", "openssh-client", "util-linux")
"""What local machines need on the host; they need root as well."""

FOR_SELINUX = ("debootstrap", "e2fsprogs", "qemu-system-x86", "seabios")
"""What the emulated machine with SELinux needs on the host."""

_lock = threading.Lock()


def missing(names: Iterable[str]) -> list[str]:
    """Those of the packages that are not there."""
    return [name for name in names if not _present(EVIDENCE[name])]


def ensure(names: Iterable[str], purpose: str, progress: Progress) -> None:
    """Install what is missing of `names`; `purpose` completes "needed for".

    Raises:
        ToolchainError: if packages are missing and can't be installed from here.
    """
    with _lock:
        absent = missing(names)
        if not absent:
            return
        wanted = " ".join(absent)
        if shutil.which("apt-get") is None:
            raise ToolchainError(
                f"missing on this host, needed for {purpose}: {wanted} (Debian's names).\n"
                "Install your distribution's packages of these, then run this again."
            )
        if os.geteuid() != 0:
            raise ToolchainError(
                f"missing on this host, needed for {purpose}: {wanted}.\n"
                f"Run `sudo apt-get install {wanted}`, then run this again."
            )
        with progress.step(f"Debian packages: installing {wanted} with apt-get (needed for {purpose})"):
            _install(absent, purpose)


def _install(names: list[str], purpose: str) -> None:
    install = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *names]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for attempt in (install, ["apt-get", "update"], install):
        result = subprocess.run(
            attempt,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if attempt is install and result.returncode == 0:
            break
    still = missing(names)
    if still:
        last = "\n".join(result.stdout.decode(errors="replace").splitlines()[-5:])
        raise ToolchainError(
            f"`apt-get install {' '.join(names)}` (needed for {purpose}) did not bring {' '.join(still)}:\n{last}"
        )


def _present(evidence: str) -> bool:
    if evidence == "ensurepip":
        return any((Path(folder) / "ensurepip").is_dir() for folder in sys.path)
    if evidence.startswith("/"):
        return Path(evidence).exists()
    return shutil.which(evidence) is not None
