"""Stage 4: what runs in the cluster, as plain objects.

Pure. Reads: `ClusterSpec`. Makes: `static_pods`, which kubelets of controllers start by themselves, and
`cluster_objects`, which are applied to the API server.
"""

from tradewind.choices import Networking
from tradewind.manifests import bootstrap_policy, calico, coredns, csr_approver, flannel, in_cluster, kube_proxy, rbac
from tradewind.manifests.objects import ManifestFile
from tradewind.manifests.static_pods import static_pods
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec

__all__ = ["ManifestFile", "cluster_objects", "static_pods"]


def cluster_objects(spec: ClusterSpec) -> tuple[ManifestFile, ...]:
    """Every object of the cluster but the bootstrap token, the only secret one, which `token` makes.

    This one list has two readers: bootstrap.service applies the files, and resources of the program own the objects
    afterwards. Order: what others need comes first.
    """
    entries = {
        **_access(),
        **_in_cluster(spec),
        **_csr_approver(spec),
        **(_kube_proxy(spec) if spec.kube_proxy else {}),
        **_network(spec),
        **(_coredns(spec) if spec.coredns else {}),
    }
    return tuple(ManifestFile(f"manifests/{path}.yaml", entry) for path, entry in entries.items())


def _access() -> dict[str, Object]:
    return {
        "cluster-admins": rbac.cluster_admins(),
        "bootstrap-node": rbac.bootstrap_node(),
        "bootstrap-approve-new": rbac.bootstrap_approve_new(),
        "bootstrap-approve-renew": rbac.bootstrap_approve_renew(),
        "bootstrap-request-form": bootstrap_policy.request_form(),
        "bootstrap-request-form-binding": bootstrap_policy.request_form_binding(),
        "bootstrap-node-name": bootstrap_policy.node_name(),
        "bootstrap-node-name-binding": bootstrap_policy.node_name_binding(),
        "kubelet-delete-cluster-role": rbac.kubelet_delete_role(),
        "kubelet-delete-cluster-role-binding": rbac.kubelet_delete(),
        "apiserver-kubelet-client": rbac.kubelet_api_admin(),
    }


def _in_cluster(spec: ClusterSpec) -> dict[str, Object]:
    return {
        "in-cluster": in_cluster.api_server(spec),
        "kubeconfig-in-cluster": in_cluster.kubeconfig(spec),
    }


def _csr_approver(spec: ClusterSpec) -> dict[str, Object]:
    return {
        "kubelet-csr-approver/service-account": csr_approver.service_account(),
        "kubelet-csr-approver/cluster-role": csr_approver.cluster_role(),
        "kubelet-csr-approver/cluster-role-binding": csr_approver.cluster_role_binding(),
        "kubelet-csr-approver/daemonset": csr_approver.daemon_set(spec),
    }


def _kube_proxy(spec: ClusterSpec) -> dict[str, Object]:
    return {
        "kube-proxy/service-account": kube_proxy.service_account(),
        "kube-proxy/cluster-role-binding": kube_proxy.cluster_role_binding(),
        "kube-proxy/config": kube_proxy.config_map(spec),
        "kube-proxy/daemonset": kube_proxy.daemon_set(spec),
    }


def _network(spec: ClusterSpec) -> dict[str, Object]:
    match spec.network.networking:
        case Networking.FLANNEL:
            return _flannel(spec)
        case Networking.CALICO:
            return calico.entries(spec)
        case Networking.NONE:
            return {}


def _flannel(spec: ClusterSpec) -> dict[str, Object]:
    return {
        "network/service-account": flannel.service_account(),
        "network/cluster-role": flannel.cluster_role(),
        "network/cluster-role-binding": flannel.cluster_role_binding(),
        "network/config": flannel.config_map(spec),
        "network/daemonset": flannel.daemon_set(spec),
    }


def _coredns(spec: ClusterSpec) -> dict[str, Object]:
    return {
        "coredns/service-account": coredns.service_account(),
        "coredns/cluster-role": coredns.cluster_role(),
        "coredns/cluster-role-binding": coredns.cluster_role_binding(),
        "coredns/config": coredns.config_map(spec),
        "coredns/deployment": coredns.deployment(spec),
        "coredns/service": coredns.service(spec),
    }
