"""kube-proxy: Service addresses on every node, in nftables mode.

Pure. Reads: pod range, API server name, image, and whether connection tracking is its to set.
Makes: one object per function.
Configuration: https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
"""

from typing import Any, Final

from tradewind.manifests import in_cluster, objects
from tradewind.serialize import Object, to_yaml
from tradewind.spec import ClusterSpec

_NAME: Final = "kube-proxy"
_CONFIG_DIR: Final = "/etc/kube-proxy"
_KUBECONFIG_DIR: Final = "/etc/kubernetes"
_HEALTH_PORT: Final = 10256

# 0 leaves a limit of the kernel as it is: what nodes that share their kernel with others need.
_CONNTRACK_UNTOUCHED: Final = {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}


def service_account() -> Object:
    """Identity of kube-proxy."""
    return objects.service_account(_NAME, _NAME)


def cluster_role_binding() -> Object:
    """Gives kube-proxy the role that every cluster has for it."""
    return objects.cluster_role_binding(_NAME, "system:node-proxier", objects.account(_NAME), _NAME)


def config_map(spec: ClusterSpec) -> Object:
    """The configuration file. Limits of connection tracking are kube-proxy's own, unless the spec leaves them alone."""
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": str(spec.network.pod_cidr),
        "clientConnection": {"kubeconfig": f"{_KUBECONFIG_DIR}/kubeconfig"},
        # CIS 4.3.1. Load balancers ask for health, so that one stays open on the node's address.
        "metricsBindAddress": "127.0.0.1:10249",
        "healthzBindAddress": f"0.0.0.0:{_HEALTH_PORT}",
    } | ({} if spec.kube_proxy_conntrack else {"conntrack": _CONNTRACK_UNTOUCHED})
    return objects.config_map(_NAME, {"config.yaml": to_yaml(config)}, _NAME)


def daemon_set(spec: ClusterSpec) -> Object:
    """The pods. One short-lived container sets sysctls with full rights; what keeps running has one capability."""
    configs = (config_map(spec), in_cluster.kubeconfig(spec))
    pod = {
        "hostNetwork": True,
        "dnsPolicy": "Default",
        "serviceAccountName": _NAME,
        "priorityClassName": objects.NODE_CRITICAL,
        "tolerations": objects.daemonset_tolerations(spec),
        "securityContext": objects.pod_security(nobody=False),
        "initContainers": [_container("init", spec, "--init-only") | {"securityContext": {"privileged": True}}],
        "containers": [
            _container(_NAME, spec)
            | {
                "livenessProbe": objects.http_probe("/livez", _HEALTH_PORT, failureThreshold=5, timeoutSeconds=5),
                "readinessProbe": objects.http_probe("/livez", _HEALTH_PORT, periodSeconds=5, timeoutSeconds=5),
                "resources": objects.requests("50m", "50Mi"),
                # A confined container may not make the kernel load the modules that rules of nftables need.
                "securityContext": objects.container_security("NET_ADMIN", selinux={"type": "spc_t"}),
            }
        ],
        "volumes": [
            objects.config_volume("config", _NAME),
            objects.config_volume("kubeconfig", in_cluster.KUBECONFIG),
        ],
    }
    return objects.daemon_set(_NAME, pod, *configs)


def _container(name: str, spec: ClusterSpec, *flags: str) -> dict[str, Any]:
    return {
        "name": name,
        "image": spec.images.kube_proxy,
        "command": ["/usr/local/bin/kube-proxy"],
        "args": [f"--config={_CONFIG_DIR}/config.yaml", "--hostname-override=$(NODE_NAME)", *flags],
        "env": [objects.node_name_env()],
        "volumeMounts": [
            objects.mount("config", _CONFIG_DIR, read_only=True),
            objects.mount("kubeconfig", _KUBECONFIG_DIR, read_only=True),
        ],
    }
