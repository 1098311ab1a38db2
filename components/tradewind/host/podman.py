"""Command lines of system containers.

Pure. Reads: `HostDelta`. Makes: values for Exec keys of units.

Volumes: `Z` only for the data of one container, `z` for folders that pods use as well, nothing for the system's own
folders, which must not be relabelled.
"""

from tradewind.host.options import HostDelta, Mount
from tradewind.host.systemd import command

_PODMAN = "/usr/bin/podman"
_LOGS = ("--log-driver=k8s-file", "--log-opt=max-size=10mb")
"""What the journal has as well; kept small for `podman logs`."""


def run(delta: HostDelta, name: str, *words: str) -> str:
    """Run the container `name` in the foreground; `words` are its options, image and arguments."""
    return command(_PODMAN, "run", f"--name={name}", "--pull=missing", *_LOGS, *delta.podman_run, *words)


def stop(name: str) -> str:
    """Stop the container, if it runs."""
    return command(f"-{_PODMAN}", "stop", "--time=10", name)


def remove(name: str) -> str:
    """Remove the container that an earlier run left; there may be none."""
    return command(f"-{_PODMAN}", "rm", "--force", "--ignore", name)


def volume(delta: HostDelta, mount: Mount) -> str:
    """Option that mounts a folder of the host, with a label only where the host has SELinux."""
    options = [option for option in mount.options if delta.selinux or option.lower() != "z"]
    suffix = f":{','.join(options)}" if options else ""
    return f"--volume={mount.source}:{mount.target or mount.source}{suffix}"
