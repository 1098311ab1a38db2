"""Command lines of system containers.

Pure. Reads: `HostDelta`. Makes: values for keys of units.

Volumes: `Z` only for the data of one container, `z` for folders that pods use as well, nothing for the system's own
folders, which must not be relabelled.
"""

from tradewind.host.options import HostDelta, Mount
from tradewind.host.systemd import command


def run(delta: HostDelta, name: str, *words: str) -> str:
    """Run the container `name` in the foreground; `words` are its options, image and arguments."""
    runtime = delta.runtime
    options = (f"--name={name}", "--pull=missing", *runtime.run_options, *delta.container_options)
    return command(runtime.program, "run", *options, *words)


def stop(delta: HostDelta, name: str) -> str:
    """Stop the container, if it runs."""
    return command(f"-{delta.runtime.program}", "stop", *delta.runtime.stop_options, name)


def remove(delta: HostDelta, name: str) -> str:
    """Remove the container that an earlier run left; there may be none."""
    return command(f"-{delta.runtime.program}", "rm", *delta.runtime.remove_options, name)


def execute(delta: HostDelta, name: str, *words: str) -> str:
    """Run a command in the container, which runs already."""
    return command(delta.runtime.program, "exec", name, *words)


def volume(delta: HostDelta, mount: Mount) -> str:
    """Option that mounts a path of the host, with a label only where the host has SELinux."""
    options = [option for option in mount.options if delta.selinux or option.lower() != "z"]
    return delta.runtime.mount_option(mount.source, mount.target or mount.source, options)


def units(delta: HostDelta, *others: str) -> str:
    """Units that a container wants and starts after: the runtime's daemon, if it has one, and others."""
    return " ".join((*others, *((delta.runtime.daemon,) if delta.runtime.daemon else ())))
