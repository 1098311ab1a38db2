"""Names that Kubernetes, etcd and the host layout fix for us, each written once.

Pure. Grouped by who uses them.
"""

from collections.abc import Mapping
from typing import Final

# Users and groups of the Kubernetes API (https://kubernetes.io/docs/reference/access-authn-authz/).
SYSTEM_MASTERS: Final = "system:masters"
CLUSTER_ADMINS: Final = "tradewind:cluster-admins"
"""Administrators. Unlike `system:masters` they have their rights from RBAC, which can take them away (CIS 5.1.7)."""
SYSTEM_NODES: Final = "system:nodes"
SYSTEM_BOOTSTRAPPERS: Final = "system:bootstrappers"
CONTROLLER_MANAGER_USER: Final = "system:kube-controller-manager"
SCHEDULER_USER: Final = "system:kube-scheduler"
KUBELET_CLIENT_USER: Final = "kube-apiserver-kubelet-client"
FRONT_PROXY_USER: Final = "kube-apiserver"

# Labels and taints of nodes.
CONTROLLER_LABEL: Final = "node.kubernetes.io/controller"
WORKER_LABEL: Final = "node.kubernetes.io/node"
CONTROLLER_TAINT: Final = "node-role.kubernetes.io/controller"
NOT_READY_TAINT: Final = "node.kubernetes.io/not-ready"
CLOUD_UNINITIALIZED_TAINT: Final = "node.cloudprovider.kubernetes.io/uninitialized"

# Ports (https://kubernetes.io/docs/reference/networking/ports-and-protocols/).
API_PORT: Final = 6443
ETCD_CLIENT_PORT: Final = 2379
ETCD_PEER_PORT: Final = 2380
ETCD_METRICS_PORT: Final = 2381
KUBELET_PORT: Final = 10250
CONTROLLER_MANAGER_PORT: Final = 10257
SCHEDULER_PORT: Final = 10259

# Folders and files of a host.
KUBERNETES_DIR: Final = "/etc/kubernetes"
PKI_DIR: Final = "/etc/kubernetes/pki"
CONFIG_DIR: Final = "/etc/kubernetes/config"
STATIC_POD_DIR: Final = "/etc/kubernetes/manifests"
ADMIN_KUBECONFIG: Final = "/etc/kubernetes/admin.conf"
SUPER_ADMIN_KUBECONFIG: Final = "/etc/kubernetes/super-admin.conf"
CONTROLLER_MANAGER_KUBECONFIG: Final = "/etc/kubernetes/controller-manager.conf"
SCHEDULER_KUBECONFIG: Final = "/etc/kubernetes/scheduler.conf"
SCHEDULER_CONFIG: Final = "/etc/kubernetes/scheduler.yaml"
BOOTSTRAP_KUBECONFIG: Final = "/etc/kubernetes/kubeconfig"
KUBERNETES_CA: Final = "/etc/kubernetes/pki/ca.crt"
KUBELET_DIR: Final = "/var/lib/kubelet"
KUBELET_CONFIG: Final = "/var/lib/kubelet/config.yaml"
KUBELET_KUBECONFIG: Final = "/var/lib/kubelet/kubeconfig"
ETCD_CONFIG: Final = "/etc/etcd/etcd.conf"
ETCD_DATA_DIR: Final = "/var/lib/etcd"
ETCD_PKI_DIR: Final = "/etc/ssl/etcd/etcd"
AUDIT_LOG_DIR: Final = "/var/log/kubernetes"
CNI_CONFIG_DIR: Final = "/etc/cni/net.d"
CNI_BIN_DIR: Final = "/opt/cni/bin"
CONTAINERD_SOCKET: Final = "/run/containerd/containerd.sock"
BOOTSTRAP_DIR: Final = "/opt/bootstrap"

# Users and groups of a host, by number: static pods and tar archives know no names.
NOBODY_UID: Final = 65534
"""Runs the static pods; nothing on a host belongs to it."""
KUBE_APISERVER_GID: Final = 10261
KUBE_CONTROLLER_MANAGER_GID: Final = 10262
KUBE_SCHEDULER_GID: Final = 10263
SERVICE_ACCOUNT_GID: Final = 10264
"""The API server and the controller manager: both sign with the service account key. Only static pods are in these
groups, and each reads no key but its own (docs/decisions/0003)."""
ETCD_UID: Final = 232
"""User and group of etcd, as Flatcar numbers them."""

# Defaults of arguments that both the rules and the spec need.
POD_CIDR: Final = "10.20.0.0/14"
SERVICE_CIDR: Final = "10.3.0.0/24"
LIFETIMES: Final[Mapping[str, Mapping[str, int]]] = {
    "certificates": {"ca_validity_hours": 87600, "validity_hours": 8760, "early_renewal_hours": 2160},
    "bootstrap_token": {"validity_hours": 2160, "early_renewal_hours": 720},
}
"""Hours, by argument."""
