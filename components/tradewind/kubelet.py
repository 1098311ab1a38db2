"""The kubelet's configuration document and command line.

Pure. Reads: `ClusterSpec`, the role of a host, what differs on it. Makes: a KubeletConfiguration and a list of flags.

Only what the configuration file cannot say is a flag: kubeconfigs, node labels, the node's address.
Sources: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ and
https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/. Hardening: CIS Kubernetes Benchmark 1.12,
section 4.2.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from tradewind import constants
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec, Taint
from tradewind.spec.kubelet import DEFAULT_EVICTION_HARD, SHUTDOWN_CRITICAL_SECONDS, SHUTDOWN_SECONDS, configuration

TLS_CIPHER_SUITES = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
)
"""The strong suites of TLS 1.2, for every server of a cluster. TLS 1.3 has suites of its own that nothing selects.

Two have their older name, without `_SHA256`: all servers know it, and for kubelets it is the only one of CIS 4.2.12.
"""
TLS_MIN_VERSION = "VersionTLS12"

_POD_PIDS_LIMIT = 4096


class Role(str, Enum):
    """What a host does in a cluster."""

    CONTROLLER = "controller"
    WORKER = "worker"


CONTROLLER_TAINT = Taint(key=constants.CONTROLLER_TAINT, effect="NoSchedule")

_SYSTEM_RESERVED: Mapping[Role, Mapping[str, str]] = {
    Role.CONTROLLER: {"cpu": "200m", "memory": "512Mi"},
    Role.WORKER: {"cpu": "100m", "memory": "300Mi"},
}
"""For the system, kubelet, containerd and, on controllers, etcd: pods together are limited to the rest of the machine,
so that they cannot take its last memory (docs/hosts.md)."""


def kubelet_config(
    spec: ClusterSpec,
    role: Role,
    taints: Sequence[Taint] = (),
    overrides: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> Object:
    """The KubeletConfiguration of a role.

    Args:
        spec: the cluster.
        role: controllers get the controller taint besides `taints`.
        taints: taints of the node, used at its first registration only.
        overrides: fields that replace or, where both are mappings, are merged into the document's.
        chosen: validated `KubeletArgs`, which win over both.
    """
    own = (CONTROLLER_TAINT,) if role is Role.CONTROLLER else ()
    document: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": constants.KUBERNETES_CA},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "systemd",
        "clusterDNS": [str(spec.network.dns_service_ip)],
        "clusterDomain": spec.network.domain,
        "containerRuntimeEndpoint": f"unix://{constants.CONTAINERD_SOCKET}",
        "healthzPort": 0,
        "podPidsLimit": _POD_PIDS_LIMIT,
        "protectKernelDefaults": False,
        "readOnlyPort": 0,
        "registerWithTaints": [taint.document() for taint in (*own, *taints)],
        "resolvConf": "/run/systemd/resolve/resolv.conf",
        "rotateCertificates": True,
        "seccompDefault": True,
        "serializeImagePulls": False,
        "serverTLSBootstrap": True,
        # The inhibitor delay of logind (host.settings) is at least as long.
        "shutdownGracePeriod": f"{SHUTDOWN_SECONDS}s",
        "shutdownGracePeriodCriticalPods": f"{SHUTDOWN_CRITICAL_SECONDS}s",
        "staticPodPath": constants.STATIC_POD_DIR,
        "systemReserved": _SYSTEM_RESERVED[role],
        "tlsCipherSuites": list(TLS_CIPHER_SUITES),
        "tlsMinVersion": TLS_MIN_VERSION,
        "volumePluginDir": f"{constants.KUBELET_DIR}/volumeplugins",
    }
    fields = configuration(chosen or {})
    if "evictionHard" in fields:
        document["evictionHard"] = DEFAULT_EVICTION_HARD
    return merged(merged(document, overrides or {}), fields)


def kubelet_flags(
    spec: ClusterSpec,
    role: Role,
    labels: Mapping[str, str] | None = None,
    *,
    node_ip: str | None = None,
) -> tuple[str, ...]:
    """The kubelet's flags. None of them is a name: a node is called as its host is (CIS 4.2.7).

    Args:
        spec: the cluster.
        role: decides the label that every node of the role has.
        labels: further labels of the node, used at its first registration only.
        node_ip: address of the node; that of the default route's interface by default.
    """
    own = {constants.CONTROLLER_LABEL: "true"} if role is Role.CONTROLLER else {constants.WORKER_LABEL: ""}
    node_labels = ",".join(f"{key}={value}" for key, value in {**own, **(labels or {})}.items())
    return (
        f"--bootstrap-kubeconfig={constants.BOOTSTRAP_KUBECONFIG}",
        f"--config={constants.KUBELET_CONFIG}",
        f"--kubeconfig={constants.KUBELET_KUBECONFIG}",
        f"--node-labels={node_labels}",
        *(("--cloud-provider=external",) if spec.external_cloud_provider else ()),
        *((f"--node-ip={node_ip}",) if node_ip is not None else ()),
    )


def merged(document: Object, overrides: Object) -> dict[str, Any]:
    """A copy of `document` with the fields of `overrides`: mappings are merged, anything else is replaced."""
    result = dict(document)
    for key, value in overrides.items():
        known = result.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            result[key] = merged(known, value)
        else:
            result[key] = value
    return result
