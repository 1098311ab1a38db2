"""The systemd units of a host.

Pure. Reads: `HostDelta`, the kubelet's flags. Makes: `Unit`s.

System containers (kubelet, etcd, bootstrap) run with the system's `ContainerRuntime`; all else is one text.
"""

from collections.abc import Sequence

from tradewind import constants
from tradewind.host import containers
from tradewind.host.options import HostDelta, Mount
from tradewind.host.systemd import Raw, Unit, command, unit_text

APPLY_PATH = f"{constants.BOOTSTRAP_DIR}/apply"
DIAGNOSE_PATH = f"{constants.BOOTSTRAP_DIR}/diagnose"
ETCD_JOIN_PATH = f"{constants.BOOTSTRAP_DIR}/etcd-join"
LAYOUT_PATH = f"{constants.BOOTSTRAP_DIR}/layout"
WAIT_FOR_DNS_PATH = f"{constants.BOOTSTRAP_DIR}/wait-for-dns"
BOOTSTRAP_DONE = f"{constants.BOOTSTRAP_DIR}/bootstrap.done"

_ETCD_FILES = ("server-ca.crt", "server.crt", "server.key", "peer-ca.crt", "peer.crt", "peer.key")
_LABEL_KUBELET_DIR = command(
    "-/usr/bin/chcon", "-u", "system_u", "-t", "container_file_t", "-l", "s0", constants.KUBELET_DIR
)
"""What the kubelet makes below has the folder's label. Not by the mount: the runtime would relabel pods' volumes at
each start, which ends at the first read-only one and takes their own categories from others. Fails with SELinux off."""
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
                    # Resolved is up long before a link is, and has no name server then.
                    "Wants": "network-online.target systemd-resolved.service",
                    "After": "network-online.target systemd-resolved.service",
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
    run = containers.run(
        delta,
        "etcd",
        f"--user={owner}",
        "--network=host",
        f"--env-file={constants.ETCD_CONFIG}",
        "--env-file=/run/etcd-join.env",
        containers.volume(delta, Mount(source=data, options=("Z",))),
        containers.volume(delta, Mount(source=pki, options=("ro", "Z"))),
        "--entrypoint=/usr/local/bin/etcd",
        Raw("${ETCD_IMAGE}"),
        f"--data-dir={data}",
        *_etcd_tls(pki),
    )
    return Unit(
        name="etcd-member.service",
        enabled=True,
        contents=unit_text(
            {
                "Unit": {
                    "Description": "etcd (system container)",
                    "Documentation": "https://etcd.io/docs/",
                    "Wants": containers.units(delta, "network-online.target"),
                    "After": containers.units(delta, "network-online.target"),
                    "ConditionPathExists": [f"{pki}/{name}" for name in _ETCD_FILES],
                },
                "Service": {
                    "Type": "exec",
                    "ExecStartPre": [
                        command("/usr/bin/install", "--directory", "--mode=0700", *_owner_options(), data),
                        containers.remove(delta, "etcd"),
                        command("/bin/sh", ETCD_JOIN_PATH),
                    ],
                    "ExecStart": run,
                    "ExecStop": containers.stop(delta, "etcd"),
                    "Restart": delta.runtime.restart,
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
    run = containers.run(
        delta,
        "kubelet",
        "--privileged",
        "--pid=host",
        "--network=host",
        *(containers.volume(delta, mount) for mount in (*_kubelet_mounts(delta), *delta.kubelet_mounts)),
        "--entrypoint=/usr/local/bin/kubelet",
        Raw("${KUBELET_IMAGE}"),
        *flags,
        *delta.kubelet_flags,
    )
    metadata = {"EnvironmentFile": delta.kubelet_environment_file} if delta.kubelet_environment_file else {}
    requires = " ".join(("containerd.service", *delta.kubelet_requires))
    return Unit(
        name="kubelet.service",
        # CIS 4.1.1.
        mode=0o600,
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Kubelet (system container)",
                    "Documentation": "https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/",
                    # Locks on NFS volumes.
                    "Wants": containers.units(delta, "rpc-statd.service"),
                    "Requires": requires,
                    "After": containers.units(delta, requires),
                    "ConditionPathExists": constants.BOOTSTRAP_KUBECONFIG,
                },
                "Service": {
                    **metadata,
                    "ExecStartPre": [
                        *([_LABEL_KUBELET_DIR] if delta.selinux else ()),
                        command("/usr/bin/mkdir", "-p", *_RUN_FOLDERS),
                        containers.remove(delta, "kubelet"),
                    ],
                    "ExecStart": run,
                    "ExecStop": containers.stop(delta, "kubelet"),
                    "Delegate": "yes",
                    "Restart": "always",
                    "RestartSec": "5",
                },
            }
        ),
    )


def delete_node(delta: HostDelta, node_name: str | None) -> Unit:
    """Takes the node out of the cluster. Not enabled: whoever takes the machine away for good starts it.

    A node may delete itself and no other (RBAC role kubelet-delete, NodeRestriction).
    """
    kubectl = (
        "/usr/local/bin/kubectl",
        f"--kubeconfig={constants.KUBELET_KUBECONFIG}",
        "--request-timeout=5s",
        "delete",
        "node",
        Raw("%H") if node_name is None else node_name,
        "--ignore-not-found",
        "--wait=false",
    )
    return Unit(
        name="delete-node.service",
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Delete this node",
                    "ConditionPathExists": constants.KUBELET_KUBECONFIG,
                },
                "Service": {
                    "Type": "oneshot",
                    "ExecStart": containers.execute(delta, "kubelet", *kubectl),
                    "TimeoutStartSec": "8",
                },
            }
        ),
    )


def bootstrap(delta: HostDelta) -> Unit:
    """Applies the cluster's first objects, once; started over SSH on one controller."""
    run = containers.run(
        delta,
        "bootstrap",
        "--network=host",
        containers.volume(delta, Mount(source=constants.SUPER_ADMIN_KUBECONFIG, options=("ro", "z"))),
        containers.volume(
            delta, Mount(source=f"{constants.BOOTSTRAP_DIR}/assets", target="/assets", options=("ro", "Z"))
        ),
        containers.volume(delta, Mount(source=APPLY_PATH, target="/apply", options=("ro", "Z"))),
        "--entrypoint=/apply",
        Raw("${KUBELET_IMAGE}"),
    )
    return Unit(
        name="bootstrap.service",
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Apply the cluster's first objects",
                    "After": containers.units(delta, "kubelet.service"),
                    "ConditionPathExists": f"!{BOOTSTRAP_DONE}",
                },
                "Service": {
                    "Type": "oneshot",
                    "RemainAfterExit": "yes",
                    "WorkingDirectory": constants.BOOTSTRAP_DIR,
                    "ExecStartPre": containers.remove(delta, "bootstrap"),
                    "ExecStart": run,
                    # Reached only when the run succeeded.
                    "ExecStartPost": [
                        command("/usr/bin/touch", BOOTSTRAP_DONE),
                        # It has asked for its certificate in vain so far, and now waits longer and longer.
                        command("-/usr/bin/systemctl", "--no-block", "try-restart", "kubelet.service"),
                        containers.remove(delta, "bootstrap"),
                    ],
                    # Says nothing after a success.
                    "ExecStopPost": command("/bin/sh", DIAGNOSE_PATH),
                    # Longer than both limits of the apply script, which ends with a reason.
                    "TimeoutStartSec": "15min",
                    # What the diagnosis asks may not answer.
                    "TimeoutStopSec": "2min",
                },
            }
        ),
    )


def _etcd_tls(pki: str) -> tuple[str, ...]:
    """Flags, not settings of the environment, so that the process list shows them (CIS 2.1 to 2.7)."""
    return (
        f"--cert-file={pki}/server.crt",
        f"--key-file={pki}/server.key",
        f"--trusted-ca-file={pki}/server-ca.crt",
        "--client-cert-auth=true",
        f"--peer-cert-file={pki}/peer.crt",
        f"--peer-key-file={pki}/peer.key",
        f"--peer-trusted-ca-file={pki}/peer-ca.crt",
        "--peer-client-cert-auth=true",
    )


def _kubelet_mounts(delta: HostDelta) -> tuple[Mount, ...]:
    selinux = (Mount(source="/etc/selinux"), Mount(source="/sys/fs/selinux"))
    return (
        Mount(source=constants.CNI_CONFIG_DIR, options=("ro", "z")),
        Mount(source=constants.KUBERNETES_DIR, options=("ro", "z")),
        Mount(source="/etc/machine-id", options=("ro",)),
        Mount(source=delta.os_release, target="/etc/os-release", options=("ro",)),
        Mount(source="/lib/modules", options=("ro",)),
        Mount(source="/run"),
        Mount(source="/sys/fs/cgroup"),
        Mount(source="/var/lib/containerd"),
        Mount(source=constants.KUBELET_DIR, options=("rshared",)),
        Mount(source="/var/log"),
        Mount(source=constants.CNI_BIN_DIR, options=("z",)),
        *(selinux if delta.selinux else ()),
    )


def _owner_options() -> tuple[str, ...]:
    return (f"--owner={constants.ETCD_UID}", f"--group={constants.ETCD_UID}")
