"""The programs that run system containers, and all in which they differ.

Pure. Makes: `ContainerRuntime`s. Their command lines: `containers`.

With both, systemd starts the program in the foreground: it lives as long as the container, prints its output, and ends
with its exit status.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tradewind.errors import TradewindError


class MountError(TradewindError, ValueError):
    """A mount option that a runtime does not know."""


@dataclass(frozen=True, kw_only=True)
class ContainerRuntime:
    """A program that runs system containers."""

    program: str
    """Its path on the host."""
    run_options: Sequence[str]
    """Options of every run."""
    stop_options: Sequence[str]
    remove_options: Sequence[str]
    mount_option: Callable[[str, str, Sequence[str]], str]
    """The option for a mount: source, target and podman's options for it."""
    daemon: str | None = None
    """Unit of the daemon whose client the program is. Units of containers start after it and want it. They do not
    require it: who stops a required unit stops the others too, and starting it again leaves them stopped."""
    restart: str = "on-failure"
    """When systemd starts a container again that nobody stopped."""


def _podman_mount(source: str, target: str, options: Sequence[str]) -> str:
    suffix = f":{','.join(options)}" if options else ""
    return f"--volume={source}:{target}{suffix}"


def _docker_mount(source: str, target: str, options: Sequence[str]) -> str:
    """Not `--volume`, which makes a folder where a file is not there yet."""
    fields = ["type=bind", f"src={source}", f"dst={target}", *map(_docker_mount_option, options)]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return f"--mount={line.getvalue()}"


def _docker_mount_option(option: str) -> str:
    if option == "ro":
        return "readonly"
    if option.removeprefix("r") in ("shared", "slave", "private"):
        return f"bind-propagation={option}"
    raise MountError(f"docker has no mount option {option!r}")


PODMAN: Final = ContainerRuntime(
    program="/usr/bin/podman",
    # What the journal has as well; kept small for `podman logs`.
    run_options=("--log-driver=k8s-file", "--log-opt=max-size=10mb"),
    stop_options=("--time=10",),
    remove_options=("--force", "--ignore"),
    mount_option=_podman_mount,
)
"""Without a daemon: the container is a child of the unit's process."""

DOCKER: Final = ContainerRuntime(
    program="/usr/bin/docker",
    # Logs are the daemon's settings.
    run_options=(),
    stop_options=(),
    remove_options=("--force",),
    mount_option=_docker_mount,
    daemon="docker.service",
    # A daemon that is stopped or restarted ends containers in good order, which is no failure.
    restart="always",
)
"""A client of a daemon, which is stopped, restarted and updated on its own: containers end with it and start again."""
