"""The systemd units of a host.

Pure. Reads: `HostDelta`, the kubelet's flags. Makes: `Unit`s.

System containers (kubelet, etcd, bootstrap) run with podman.
"""

from collections.abc import Sequence

from tradewind import constants
from tradewind.host import podman
from tradewind.host.options import HostDelta, Mount
from tradewind.host.systemd import Raw, Unit, command, unit_text

APPLY_PATH = f"{constants.BOOTSTRAP_DIR}/apply"
LAYOUT_PATH = f"{constants.BOOTSTRAP_DIR}/layout"
WAIT_FOR_DNS_PATH = f"{constants.BOOTSTRAP_DIR}/wait-for-dns"
BOOTSTRAP_DONE = f"{constants.BOOTSTRAP_DIR}/bootstrap.done"

_ETCD_FILES = ("server-ca.crt", "server.crt", "server.key", "peer-ca.crt", "peer.crt", "peer.key")
_RUN_FOLDERS = (
    constants.CNI_CONFIG_DIR,
    constants.STATIC_POD_DIR,
    constants.CNI_BIN_DIR,
    f"{constants.KUBELET_DIR}/volumeplugins",
    "/var/log/containers",
    "/var/log/pods",
)


def wait_for_dns(units: Sequence[str]) -> Unit:
    """A gate before `units`, which need names at their start."""
    return Unit(
        name="wait-for-dns.service",
        enabled=True,
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Wait for a name server",
                    "Wants": "systemd-resolved.service",
                    "After": "systemd-resolved.service",
                    "Before": " ".join(units),
                },
                "Service": {
                    "Type": "oneshot",
                    "RemainAfterExit": "yes",
                    "ExecStart": command("/bin/sh", WAIT_FOR_DNS_PATH),
                },
                "Install": {"RequiredBy": " ".join(units)},
            }
        ),
    )


def containerd(delta: HostDelta) -> Unit:
    """The pods' runtime: the system's own unit, or one for a system without."""
    if delta.containerd_command is None:
        return Unit(name="containerd.service", enabled=True)
    return Unit(
        name="containerd.service",
        enabled=True,
        contents=unit_text(
            {
                "Unit": {"Description": "containerd", "After": "network.target local-fs.target"},
                "Service": {
                    "Type": "notify",
                    "ExecStart": command(delta.containerd_command),
                    "Restart": "always",
                    "RestartSec": "5",
                    # Pods outlive a restart of containerd.
                    "KillMode": "process",
                    "Delegate": "yes",
                    "LimitNOFILE": "infinity",
                    "OOMScoreAdjust": "-999",
                    "TasksMax": "infinity",
                },
                "Install": {"WantedBy": "multi-user.target"},
            }
        ),
    )


def etcd_member(delta: HostDelta) -> Unit:
    """The etcd member. Skipped at boot until its certificates are there; their delivery starts it."""
    pki, data = constants.ETCD_PKI_DIR, constants.ETCD_DATA_DIR
    owner = f"{constants.ETCD_UID}:{constants.ETCD_UID}"
    run = podman.run(
        delta,
        "etcd",
        f"--user={owner}",
        "--network=host",
        "--env-file=/etc/etcd/etcd.env",
        podman.volume(delta, Mount(source=data, options=("Z",))),
        podman.volume(delta, Mount(source=pki, options=("ro", "Z"))),
        "--entrypoint=/usr/local/bin/etcd",
        Raw("${ETCD_IMAGE}"),
        f"--data-dir={data}",
    )
    return Unit(
        name="etcd-member.service",
        enabled=True,
        contents=unit_text(
            {
                "Unit": {
                    "Description": "etcd (system container)",
                    "Documentation": "https://etcd.io/docs/",
                    "Wants": "network-online.target",
                    "After": "network-online.target",
                    "ConditionPathExists": [f"{pki}/{name}" for name in _ETCD_FILES],
                },
                "Service": {
                    "Type": "exec",
                    "ExecStartPre": [
                        command("/usr/bin/install", "--directory", "--mode=0700", *_owner_options(), data),
                        podman.remove("etcd"),
                    ],
                    "ExecStart": run,
                    "ExecStop": podman.stop("etcd"),
                    "Restart": "on-failure",
                    "RestartSec": "5",
                    "TimeoutStartSec": "0",
                    "LimitNOFILE": "40000",
                },
                "Install": {"WantedBy": "multi-user.target"},
            }
        ),
    )


def kubelet_path() -> Unit:
    """Starts the kubelet when its bootstrap kubeconfig is there, at boot or later."""
    return Unit(
        name="kubelet.path",
        enabled=True,
        contents=unit_text(
            {
                "Unit": {"Description": "Wait for the bootstrap kubeconfig"},
                "Path": {"PathExists": constants.BOOTSTRAP_KUBECONFIG},
                "Install": {"WantedBy": "multi-user.target"},
            }
        ),
    )


def kubelet(delta: HostDelta, flags: Sequence[str]) -> Unit:
    """The kubelet. Not enabled: kubelet.path starts it."""
    run = podman.run(
        delta,
        "kubelet",
        "--privileged",
        "--pid=host",
        "--network=host",
        *(podman.volume(delta, mount) for mount in (*_kubelet_mounts(delta), *delta.kubelet_mounts)),
        "--entrypoint=/usr/local/bin/kubelet",
        Raw("${KUBELET_IMAGE}"),
        *flags,
        *delta.kubelet_flags,
    )
    metadata = {"EnvironmentFile": delta.kubelet_environment_file} if delta.kubelet_environment_file else {}
    requires = " ".join(("containerd.service", *delta.kubelet_requires))
    return Unit(
        name="kubelet.service",
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Kubelet (system container)",
                    "Documentation": "https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/",
                    # Locks on NFS volumes.
                    "Wants": "rpc-statd.service",
                    "Requires": requires,
                    "After": requires,
                    "ConditionPathExists": constants.BOOTSTRAP_KUBECONFIG,
                },
                "Service": {
                    **metadata,
                    "ExecStartPre": [command("/usr/bin/mkdir", "-p", *_RUN_FOLDERS), podman.remove("kubelet")],
                    "ExecStart": run,
                    "ExecStop": podman.stop("kubelet"),
                    "Delegate": "yes",
                    "Restart": "always",
                    "RestartSec": "5",
                },
            }
        ),
    )


def bootstrap(delta: HostDelta) -> Unit:
    """Applies the cluster's first objects, once; started over SSH on one controller."""
    run = podman.run(
        delta,
        "bootstrap",
        "--network=host",
        podman.volume(delta, Mount(source=constants.PKI_DIR, options=("ro", "z"))),
        podman.volume(delta, Mount(source=f"{constants.BOOTSTRAP_DIR}/assets", target="/assets", options=("ro", "Z"))),
        podman.volume(delta, Mount(source=APPLY_PATH, target="/apply", options=("ro", "Z"))),
        "--entrypoint=/apply",
        Raw("${KUBELET_IMAGE}"),
    )
    return Unit(
        name="bootstrap.service",
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Apply the cluster's first objects",
                    "After": "kubelet.service",
                    "ConditionPathExists": f"!{BOOTSTRAP_DONE}",
                },
                "Service": {
                    "Type": "oneshot",
                    "RemainAfterExit": "yes",
                    "WorkingDirectory": constants.BOOTSTRAP_DIR,
                    "ExecStartPre": podman.remove("bootstrap"),
                    "ExecStart": run,
                    # Reached only when the run succeeded.
                    "ExecStartPost": [command("/usr/bin/touch", BOOTSTRAP_DONE), podman.remove("bootstrap")],
                    # Longer than both limits of the apply script, which ends with a reason.
                    "TimeoutStartSec": "15min",
                },
            }
        ),
    )


def _kubelet_mounts(delta: HostDelta) -> tuple[Mount, ...]:
    selinux = (
        Mount(source="/etc/selinux"),
        Mount(source="/sys/fs/selinux"),
        Mount(source="/var/run/lock", options=("z",)),
    )
    return (
        Mount(source=constants.CNI_CONFIG_DIR, options=("ro", "z")),
        Mount(source=constants.KUBERNETES_DIR, options=("ro", "z")),
        Mount(source="/etc/machine-id", options=("ro",)),
        Mount(source=delta.os_release, target="/etc/os-release", options=("ro",)),
        Mount(source="/lib/modules", options=("ro",)),
        Mount(source="/run"),
        Mount(source="/sys/fs/cgroup"),
        Mount(source="/var/lib/containerd"),
        Mount(source=constants.KUBELET_DIR, options=("rshared", "z")),
        Mount(source="/var/log"),
        Mount(source=constants.CNI_BIN_DIR, options=("z",)),
        *(selinux if delta.selinux else ()),
    )


def _owner_options() -> tuple[str, ...]:
    return (f"--owner={constants.ETCD_UID}", f"--group={constants.ETCD_UID}")
