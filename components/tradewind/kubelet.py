"""The kubelet's configuration document and command line.

Pure. Reads: `ClusterSpec`, the role of a host, what differs on it. Makes: a KubeletConfiguration and a list of flags.

Only what the configuration file cannot say is a flag: kubeconfigs, node labels, the node's name and address.
Sources: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ and
https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/. Hardening: CIS Kubernetes Benchmark 1.12,
section 4.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tradewind import constants
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec

TLS_CIPHER_SUITES = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
)
"""The strong suites of TLS 1.2, for every server of a cluster. TLS 1.3 has suites of its own that nothing selects."""
TLS_MIN_VERSION = "VersionTLS12"

_POD_PIDS_LIMIT = 4096
_SHUTDOWN_SECONDS = 45
"""The inhibitor delay of logind (host.settings) has to be at least this long."""


class Role(str, Enum):
    """What a host does in a cluster."""

    CONTROLLER = "controller"
    WORKER = "worker"


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint that a node has from its registration on."""

    key: str
    effect: str
    """NoSchedule, PreferNoSchedule or NoExecute."""
    value: str = ""

    def document(self) -> dict[str, str]:
        """The taint as Kubernetes writes it."""
        value = {"value": self.value} if self.value else {}
        return {"key": self.key, **value, "effect": self.effect}


CONTROLLER_TAINT = Taint(key=constants.CONTROLLER_TAINT, effect="NoSchedule")


def kubelet_config(
    spec: ClusterSpec, role: Role, taints: Sequence[Taint] = (), overrides: Mapping[str, Any] | None = None
) -> Object:
    """The KubeletConfiguration of a role.

    Args:
        spec: the cluster.
        role: controllers get the controller taint besides `taints`.
        taints: taints of the node, used at its first registration only.
        overrides: fields that replace or, where both are mappings, are merged into the document's.
    """
    own = (CONTROLLER_TAINT,) if role is Role.CONTROLLER else ()
    document: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": constants.KUBELET_CA},
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
        "shutdownGracePeriod": f"{_SHUTDOWN_SECONDS}s",
        "shutdownGracePeriodCriticalPods": "30s",
        "staticPodPath": constants.STATIC_POD_DIR,
        "tlsCipherSuites": list(TLS_CIPHER_SUITES),
        "tlsMinVersion": TLS_MIN_VERSION,
        "volumePluginDir": f"{constants.KUBELET_DIR}/volumeplugins",
    }
    return merged(document, overrides or {})


def kubelet_flags(
    spec: ClusterSpec,
    role: Role,
    labels: Mapping[str, str] | None = None,
    *,
    node_name: str | None = None,
    node_ip: str | None = None,
) -> tuple[str, ...]:
    """The kubelet's flags.

    Args:
        spec: the cluster.
        role: decides the label that every node of the role has.
        labels: further labels of the node, used at its first registration only.
        node_name: name of the node; the host's name by default.
        node_ip: address of the node; that of the default route's interface by default.
    """
    own = {constants.CONTROLLER_LABEL: "true"} if role is Role.CONTROLLER else {constants.WORKER_LABEL: ""}
    node_labels = ",".join(f"{key}={value}" for key, value in {**own, **(labels or {})}.items())
    optional = {"hostname-override": node_name, "node-ip": node_ip}
    return (
        f"--bootstrap-kubeconfig={constants.BOOTSTRAP_KUBECONFIG}",
        f"--config={constants.KUBELET_CONFIG}",
        f"--kubeconfig={constants.KUBELET_KUBECONFIG}",
        f"--node-labels={node_labels}",
        *(("--cloud-provider=external",) if spec.external_cloud_provider else ()),
        *(f"--{flag}={value}" for flag, value in optional.items() if value is not None),
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
