"""Who may do what before any add-on runs: administrators, bootstrap tokens, nodes, the API server towards kubelets.

Pure. Makes: one object per function. The roles named `system:...` are the cluster's own.
"""

from tradewind.constants import CLUSTER_ADMINS, KUBELET_CLIENT_USER, SYSTEM_BOOTSTRAPPERS, SYSTEM_NODES
from tradewind.manifests.objects import cluster_role, cluster_role_binding, group, rule, user
from tradewind.serialize import Object

_CSR_ROLES = "system:certificates.k8s.io:certificatesigningrequests"
_KUBELET_DELETE = "kubelet-delete"


def cluster_admins() -> Object:
    """Administrators may do everything, for as long as this binding exists."""
    return cluster_role_binding("cluster-admins", "cluster-admin", group(CLUSTER_ADMINS))


def bootstrap_node() -> Object:
    """A bootstrap token may ask for a node's client certificate."""
    return cluster_role_binding("bootstrap-node", "system:node-bootstrapper", group(SYSTEM_BOOTSTRAPPERS))


def bootstrap_approve_new() -> Object:
    """A first client certificate that a bootstrap token asks for is approved by itself."""
    return cluster_role_binding("bootstrap-approve-new", f"{_CSR_ROLES}:nodeclient", group(SYSTEM_BOOTSTRAPPERS))


def bootstrap_approve_renew() -> Object:
    """A renewal is approved by itself; it is the node that asks, not the token."""
    return cluster_role_binding("bootstrap-approve-renew", f"{_CSR_ROLES}:selfnodeclient", group(SYSTEM_NODES))


def kubelet_delete_role() -> Object:
    """What a node needs to drain and delete itself; NodeRestriction keeps it from deleting any other node."""
    return cluster_role(
        _KUBELET_DELETE,
        [
            rule("", ["nodes"], ["delete"]),
            rule("", ["pods/eviction"], ["create"]),
            rule("apps", ["deployments", "daemonsets", "statefulsets"], ["get", "list"]),
        ],
    )


def kubelet_delete() -> Object:
    """Nodes may drain and delete themselves."""
    return cluster_role_binding(_KUBELET_DELETE, _KUBELET_DELETE, group(SYSTEM_NODES))


def kubelet_api_admin() -> Object:
    """The API server's client certificate opens the kubelets' API (logs, exec, metrics) and nothing else."""
    return cluster_role_binding(KUBELET_CLIENT_USER, "system:kubelet-api-admin", user(KUBELET_CLIENT_USER))
