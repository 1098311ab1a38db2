"""What a caller chooses about one host, and the named differences of operating systems.

Pure. `HostOptions` is per host or pool; `HostDelta` is per operating system or platform, and is the only place where
hosts may differ for a reason other than their role.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.choices import OperatingSystem
from tradewind.host.containerd import ContainerdOptions
from tradewind.host.files import HostFile
from tradewind.host.ignition import USER_DATA_LIMIT
from tradewind.host.runtimes import DOCKER, PODMAN, ContainerRuntime
from tradewind.host.systemd import Unit, command, unit_text
from tradewind.host.updates import UpdateAgent
from tradewind.images import KubeletImage
from tradewind.spec import Taint
from tradewind.spec.snippets import Snippet


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A path of the host inside the kubelet's container."""

    source: str
    target: str | None = None
    """Path inside; None is the same path."""
    options: tuple[str, ...] = ()
    """podman's options, such as `ro`. `z` is dropped on hosts without SELinux."""


@dataclass(frozen=True, kw_only=True)
class HostDelta:
    """The differences of an operating system or platform. The defaults are those of a system with SELinux enforcing."""

    name: str
    selinux: bool = True
    """Whether volumes of system containers are relabelled and the kubelet sees SELinux."""
    os_release: str = "/usr/lib/os-release"
    """File that becomes /etc/os-release in the kubelet's container."""
    protect_kernel_defaults: bool = True
    """Whether the host makes the kernel settings that a kubelet wants, and the kubelet only checks them (CIS 4.2.6)."""
    sysctls: Mapping[str, str | None] = field(default_factory=dict)
    """Kernel settings besides the library's own, or in their place; None leaves one out."""
    kernel_modules: Sequence[str] = ("br_netfilter", "nf_conntrack")
    """Modules that are loaded at boot."""
    kubelet_config: Mapping[str, Any] = field(default_factory=dict)
    """Fields merged over the KubeletConfiguration."""
    kubelet_flags: Sequence[str] = ()
    """Further kubelet flags; `systemd.Raw` ones may hold `${VARIABLE}` of `kubelet_environment_file`."""
    kubelet_environment_file: str | None = None
    """File of variables, such as the cloud's metadata in `/run/metadata/afterburn`."""
    kubelet_requires: Sequence[str] = ()
    """Units that the kubelet needs and starts after."""
    kubelet_mounts: Sequence[Mount] = ()
    """Further mounts of the kubelet's container."""
    runtime: ContainerRuntime = PODMAN
    """What runs system containers."""
    docker_daemon: Mapping[str, Any] = field(default_factory=dict)
    """Settings of docker's daemon, where it is the runtime."""
    container_options: Sequence[str] = ()
    """Further options of every system container."""
    containerd: ContainerdOptions = field(default_factory=ContainerdOptions)
    update_agent: UpdateAgent | None = None
    """What updates the operating system; None if nothing does."""
    containerd_command: str | None = None
    """Path of containerd where the system ships no containerd.service; the library then writes the unit."""
    user_data_limit: int = USER_DATA_LIMIT
    """Bytes of user data that the platform takes."""
    files: Sequence[HostFile] = ()
    """Further files of the first boot; one with the path of the library's own replaces it."""
    units: Sequence[Unit] = ()
    """Further units; one with the name of the library's own replaces it."""


_SHARED_FILES = (
    # flannel sets its own address on its interface; systemd must not change it.
    HostFile(
        path="/etc/systemd/network/50-flannel.link",
        content="[Match]\nOriginalName=flannel*\n\n[Link]\nMACAddressPolicy=none\n",
    ),
    HostFile(
        path="/etc/systemd/system.conf.d/accounting.conf",
        content="[Manager]\nDefaultMemoryAccounting=yes\nDefaultIOAccounting=yes\n",
    ),
)
"""The same on every system."""

FEDORA_COREOS = HostDelta(
    name=OperatingSystem.FEDORA_COREOS.value,
    update_agent=UpdateAgent.ZINCATI,
    files=_SHARED_FILES,
    # Two container runtimes would share one set of firewall rules and images twice.
    # The socket is enabled by default, and would fail at every boot.
    units=(Unit(name="docker.service", mask=True), Unit(name="docker.socket", mask=True)),
)
"""Fedora CoreOS: containerd and podman are part of the system, SELinux is enforcing."""

_DOCKER_DAEMON = {
    # System containers are in the host's network: bridges and packet filters are left to pods.
    "bridge": "none",
    "ip-forward": False,
    "iptables": False,
    # What the journal has as well; kept small for `docker logs`.
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m"},
}

FLATCAR = HostDelta(
    name=OperatingSystem.FLATCAR.value,
    runtime=DOCKER,
    docker_daemon=_DOCKER_DAEMON,
    selinux=False,
    containerd=ContainerdOptions(selinux=False),
    update_agent=UpdateAgent.LOCKSMITH,
    files=(
        *_SHARED_FILES,
        # The system's own unit reads a file of the system's.
        HostFile(
            path="/etc/systemd/system/containerd.service.d/10-config.conf",
            content=unit_text({"Service": {"ExecStart": ["", command("/usr/bin/containerd")]}}),
        ),
    ),
    units=(Unit(name="docker.service", enabled=True),),
)
"""Flatcar: containerd and docker are part of the system, SELinux is permissive and nothing is labelled.

Sources: https://www.flatcar.org/docs/latest/container-runtimes/customizing-docker/ and
https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
"""

SYSTEMS = {OperatingSystem.FEDORA_COREOS: FEDORA_COREOS, OperatingSystem.FLATCAR: FLATCAR}
"""The differences of every operating system."""


@dataclass(frozen=True, kw_only=True)
class JoinFiles:
    """What a worker needs to join, for machines that no SSH delivery reaches (autoscaled groups)."""

    kubeconfig: str = field(repr=False)
    """The bootstrap kubeconfig. Secret."""
    ca_pem: str
    """Certificate of the Kubernetes authority."""


@dataclass(frozen=True, kw_only=True)
class HostOptions:
    """What is chosen about one host or one pool of equal hosts."""

    delta: HostDelta = FEDORA_COREOS
    ssh_authorized_keys: Sequence[str] = ()
    """Public keys of user `core`, one line each. Empty where the platform provides them."""
    hostname: str | None = None
    """Name of the machine and its node; None takes what the platform gives it."""
    node_ip: str | None = None
    """Address of the node; None is that of the default route's interface."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Node labels, used at the first registration."""
    taints: Sequence[Taint] = ()
    """Node taints besides the controllers' own, used at the first registration."""
    kubelet: Mapping[str, Any] = field(default_factory=dict)
    """Settings of this host's kubelet (`spec.kubelet`), in place of the cluster's."""
    kubelet_image: KubeletImage | None = None
    """Kubelet image of this host; None is the cluster's."""
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names by address for /etc/hosts, on platforms without DNS. Empty leaves the file alone."""
    etcd_metrics_address: str = "127.0.0.1"
    """Address on which a controller's etcd serves its metrics, without TLS or authentication."""
    snippets: Sequence[Snippet] = ()
    """The user's additions to the first boot, each over those before it."""
    join: JoinFiles | None = None
    """If given, user data holds the bootstrap kubeconfig, and the host joins without an SSH delivery. Workers only."""
