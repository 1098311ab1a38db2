"""calico-node on every node: installs the plugin, then programs routes, the tunnel and policies.

Pure. Reads: pod range, API server name, tolerations, images. Makes: a ConfigMap and a DaemonSet.
"""

from typing import Any, Final

from tradewind.constants import CNI_BIN_DIR, CNI_CONFIG_DIR
from tradewind.manifests import cni_plugins, objects
from tradewind.manifests.calico.access import NODE
from tradewind.serialize import Object, to_json
from tradewind.spec import ClusterSpec

_CONFIG: Final = "calico-config"
_CNI_CONFIG_KEY: Final = "cni-conf.json"
_HEALTH_PORT: Final = 9099
"""On the loopback address only."""
_VXLAN_PORT: Final = 8472
"""UDP. Calico's own default is 4789; with this one a firewall need not know which network a cluster has."""

# install-cni writes its files at every start of the pod.
_SHARED_FILES: Final = cni_plugins.SHARED_FILES


def config_map(spec: ClusterSpec) -> Object:
    """The plugins of each node. install-cni puts in what is between double underscores."""
    plugins = {
        "name": "k8s-pod-network",
        "cniVersion": "0.3.1",
        "plugins": [
            {
                "type": "calico",
                "datastore_type": "kubernetes",
                "nodename": "__KUBERNETES_NODE_NAME__",
                "log_level": "info",
                "log_file_path": "/var/log/calico/cni/cni.log",
                # That of the node's interface, less the tunnel's header.
                "mtu": 0,
                "ipam": {"type": "calico-ipam"},
                "policy": {"type": "k8s"},
                # The URL is repeated, as install-cni would write a name in the brackets of an IPv6 address.
                "kubernetes": {"kubeconfig": "__KUBECONFIG_FILEPATH__", "k8s_api_root": spec.api_url},
            },
            {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}},
        ],
    }
    return objects.config_map(_CONFIG, {_CNI_CONFIG_KEY: to_json(plugins)}, NODE)


def daemon_set(spec: ClusterSpec) -> Object:
    """The pods: one container installs the plugin, the other is calico-node."""
    pod = {
        "hostNetwork": True,
        "dnsPolicy": "Default",
        "serviceAccountName": NODE,
        "priorityClassName": objects.NODE_CRITICAL,
        # Routes and policies stay in the kernel while the pod is replaced: the shorter that is, the better.
        "terminationGracePeriodSeconds": 0,
        "tolerations": objects.daemonset_tolerations(spec),
        "securityContext": objects.pod_security(nobody=False),
        "initContainers": [_install_cni(spec)],
        "containers": [_calico_node(spec)],
        "volumes": [
            objects.host_path("cni-bin", CNI_BIN_DIR, "DirectoryOrCreate"),
            objects.host_path("cni-config", CNI_CONFIG_DIR, "DirectoryOrCreate"),
            objects.host_path("lib-calico", "/var/lib/calico", "DirectoryOrCreate"),
            objects.host_path("lib-modules", "/lib/modules", "Directory"),
            objects.host_path("run-calico", "/run/calico", "DirectoryOrCreate"),
            objects.host_path("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
        ],
    }
    return objects.daemon_set(NODE, pod, config_map(spec))


def _install_cni(spec: ClusterSpec) -> dict[str, Any]:
    """Copies its plugins to the node and writes their configuration and credential.

    It marks its own plugins as set-user-ID before it copies them, so its root is writable, and keeps the capabilities
    that a runtime gives by default.
    """
    settings = {
        "CNI_CONF_NAME": "10-calico.conflist",
        "CNI_NET_DIR": CNI_CONFIG_DIR,
        "SLEEP": "false",
    }
    return {
        "name": "install-cni",
        "image": spec.images.calico_cni,
        "command": ["/opt/cni/bin/install"],
        "env": [
            *_variables(settings),
            {
                "name": "CNI_NETWORK_CONFIG",
                "valueFrom": {"configMapKeyRef": {"name": _CONFIG, "key": _CNI_CONFIG_KEY}},
            },
            _node_name("KUBERNETES_NODE_NAME"),
            *objects.api_server_env(spec),
        ],
        "securityContext": {"allowPrivilegeEscalation": False, "seLinuxOptions": dict(_SHARED_FILES)},
        "volumeMounts": [
            objects.mount("cni-bin", f"/host{CNI_BIN_DIR}"),
            objects.mount("cni-config", f"/host{CNI_CONFIG_DIR}"),
        ],
    }


def _calico_node(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": NODE,
        "image": spec.images.calico_node,
        "command": ["start_runit"],
        "env": [*_variables(_settings(spec)), _node_name("NODENAME"), *objects.api_server_env(spec)],
        "livenessProbe": _probe("/liveness", failureThreshold=6, initialDelaySeconds=10, timeoutSeconds=10),
        "readinessProbe": _probe("/readiness", periodSeconds=5, timeoutSeconds=5),
        "resources": objects.requests("100m", "100Mi"),
        # It writes sysctls of the node's interfaces.
        "securityContext": {"privileged": True, "seLinuxOptions": dict(_SHARED_FILES)},
        "volumeMounts": [
            # The plugin's credential, which it renews.
            objects.mount("cni-config", f"/host{CNI_CONFIG_DIR}"),
            objects.mount("lib-calico", "/var/lib/calico"),
            objects.mount("lib-modules", "/lib/modules", read_only=True),
            objects.mount("run-calico", "/var/run/calico"),
            objects.mount("xtables-lock", "/run/xtables.lock"),
        ],
    }


def _settings(spec: ClusterSpec) -> dict[str, str]:
    return {
        "DATASTORE_TYPE": "kubernetes",
        "WAIT_FOR_DATASTORE": "true",
        "CLUSTER_TYPE": "k8s",
        "CALICO_DISABLE_FILE_LOGGING": "true",
        "CALICO_NETWORKING_BACKEND": "vxlan",
        # The node's address is the one that its kubelet registered.
        "IP": "autodetect",
        "IP_AUTODETECTION_METHOD": "kubernetes-internal-ip",
        # The pool that the first node makes. Between machines of one subnet as well: clouds drop what comes from an
        # address that is no machine's.
        "CALICO_IPV4POOL_CIDR": str(spec.network.pod_cidr),
        "CALICO_IPV4POOL_IPIP": "Never",
        "CALICO_IPV4POOL_VXLAN": "Always",
        "FELIX_VXLANPORT": str(_VXLAN_PORT),
        # As kube-proxy: packets pass one set of rules.
        "FELIX_NFTABLESMODE": "Enabled",
        # Pods reach services of their node, such as its kubelet, unless a policy says otherwise.
        "FELIX_DEFAULTENDPOINTTOHOSTACTION": "ACCEPT",
        "FELIX_IPV6SUPPORT": "false",
        "FELIX_HEALTHENABLED": "true",
        "FELIX_HEALTHHOST": "127.0.0.1",
        "FELIX_HEALTHPORT": str(_HEALTH_PORT),
        "FELIX_USAGEREPORTINGENABLED": "false",
    }


def _probe(path: str, **timing: int) -> dict[str, Any]:
    return objects.http_probe(path, _HEALTH_PORT, "127.0.0.1", **timing)


def _variables(settings: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in settings.items()]


def _node_name(name: str) -> dict[str, Any]:
    return {**objects.node_name_env(), "name": name}
