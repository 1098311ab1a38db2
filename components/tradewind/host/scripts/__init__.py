"""The shell scripts of a host, as constants: nothing is ever put into them, they read arguments and files.

Pure. Each is the text of the file beside this one that has its name. POSIX sh with coreutils, curl, grep, sed and tar:
Fedora CoreOS has no Python. `apply` runs in the kubelet image.
"""

from importlib import resources
from typing import Final

_INCLUDE = "#include members.sh\n"


def _script(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.sh").read_text(encoding="utf-8")


_MEMBERS = _script("members")

LAYOUT: Final = _script("layout")
"""`/opt/bootstrap/layout`: puts a delivery in place and restarts what it concerns."""

PULL: Final = _script("pull")
"""Runs before the layout script, and comes with the delivery: fetches images that units are going to run."""

GATE: Final = _script("gate").replace(_INCLUDE, _MEMBERS)
"""Runs on either side of the layout script, and comes with the delivery. Does nothing where there is no etcd."""

ETCD_JOIN: Final = _script("etcd-join").replace(_INCLUDE, _MEMBERS)
"""`/opt/bootstrap/etcd-join`: runs before every start of etcd-member.service."""

APPLY: Final = _script("apply")
"""`/opt/bootstrap/apply`: runs in the kubelet image as the entry point of bootstrap.service."""

DIAGNOSE: Final = _script("diagnose").replace(_INCLUDE, _MEMBERS)
"""`/opt/bootstrap/diagnose`: what a controller lacks; runs when bootstrap.service has failed, or when somebody asks."""

WAIT_FOR_DNS: Final = _script("wait-for-dns")
"""`/opt/bootstrap/wait-for-dns`: gate of everything that resolves names at its start.

/etc/resolv.conf always names systemd-resolved, whose own file has no name server before a link is up. Without comments,
as every byte is user data's."""

INSTALL_FLATCAR: Final = _script("install-flatcar")
"""`/opt/installer` of a Flatcar that runs from memory: writes the system to disk."""
