"""flannel: a VXLAN between the nodes, from whose ranges pods get their addresses.

Pure. Reads: pod range, API server name, images. Makes: one object per function.
Settings: https://github.com/flannel-io/flannel/blob/master/Documentation/configuration.md
"""

from typing import Any, Final

from tradewind.constants import CNI_BIN_DIR, CNI_CONFIG_DIR
from tradewind.manifests import cni_plugins, objects
from tradewind.serialize import Object, to_json
from tradewind.spec import ClusterSpec

_NAME: Final = "flannel"
_CONFIG: Final = "flannel-config"
_CONFIG_DIR: Final = "/etc/kube-flannel"
_RUN_DIR: Final = "/run/flannel"
_HEALTH_PORT: Final = 8471
"""On the loopback address only; next to the VXLAN's UDP port, 8472."""

_INSTALL_CNI: Final = f"""\
until [ -s {_RUN_DIR}/subnet.env ]; do sleep 0.2; done
cp -f {_CONFIG_DIR}/cni-conf.json {CNI_CONFIG_DIR}/.10-flannel
mv -f {CNI_CONFIG_DIR}/.10-flannel {CNI_CONFIG_DIR}/10-flannel.conflist
"""
"""A configuration makes the node Ready, and pods start at once: the plugin has to know the node's range by then. A pod
that is too early is tried again ten seconds later."""

# /run is not labelled for containers, so the one container that writes there leaves the container type as well.
_RUN_FILES: Final = {"level": "s0", "type": "spc_t"}


def service_account() -> Object:
    """Identity of flannel."""
    return objects.service_account(_NAME, _NAME)


def cluster_role() -> Object:
    """Nodes and their ranges to read, and the status of a node to write its address into."""
    rules = [
        objects.rule("", ["nodes"], ["get", "list", "watch"]),
        objects.rule("", ["nodes/status"], ["patch"]),
    ]
    return objects.cluster_role(_NAME, rules, _NAME)


def cluster_role_binding() -> Object:
    """Gives flannel its role."""
    return objects.cluster_role_binding(_NAME, _NAME, objects.account(_NAME), _NAME)


def config_map(spec: ClusterSpec) -> Object:
    """Configuration of the network plugins on each node, and of flannel itself."""
    plugins = {
        "name": "cbr0",
        # The newest version that every release of flannel's plugin since 0.9 knows.
        "cniVersion": "0.3.1",
        "plugins": [
            {"type": "flannel", "delegate": {"hairpinMode": True, "isDefaultGateway": True}},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    network = {
        "Network": str(spec.network.pod_cidr),
        "EnableNFTables": True,
        "Backend": {"Type": "vxlan"},
    }
    return objects.config_map(_CONFIG, {"cni-conf.json": to_json(plugins), "net-conf.json": to_json(network)}, _NAME)


def daemon_set(spec: ClusterSpec) -> Object:
    """The pods: one container installs the plugin, the other is flannel, which then installs the configuration."""
    pod = {
        "hostNetwork": True,
        "dnsPolicy": "Default",
        "serviceAccountName": _NAME,
        "priorityClassName": objects.NODE_CRITICAL,
        "tolerations": objects.daemonset_tolerations(spec),
        "securityContext": objects.pod_security(nobody=False),
        "initContainers": [cni_plugins.install(spec, "cni-bin"), _install_cni_plugin(spec)],
        "containers": [_flannel(spec)],
        "volumes": [
            objects.config_volume("config", _CONFIG),
            objects.host_path("cni-config", CNI_CONFIG_DIR, "DirectoryOrCreate"),
            objects.host_path("cni-bin", CNI_BIN_DIR, "DirectoryOrCreate"),
            objects.host_path("run", _RUN_DIR, "DirectoryOrCreate"),
        ],
    }
    return objects.daemon_set(_NAME, pod, config_map(spec))


def _install_cni_plugin(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": "install-cni-plugin",
        "image": spec.images.flannel_cni,
        "command": ["cp", "-f", "/flannel", f"{CNI_BIN_DIR}/flannel"],
        "securityContext": objects.container_security(selinux=cni_plugins.SHARED_FILES),
        "volumeMounts": [objects.mount("cni-bin", CNI_BIN_DIR)],
    }


def _flannel(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": _NAME,
        "image": spec.images.flannel,
        "command": ["/opt/bin/flanneld"],
        "args": [
            "--kube-subnet-mgr",
            "--ip-masq",
            f"--net-config-path={_CONFIG_DIR}/net-conf.json",
            "--healthz-ip=127.0.0.1",
            f"--healthz-port={_HEALTH_PORT}",
            # A machine with a public and a private interface is known by the private one, and pods use no other.
            "--iface=$(NODE_IP)",
        ],
        "env": [objects.node_name_env(), objects.node_ip_env(), *objects.api_server_env(spec)],
        "lifecycle": {"postStart": {"exec": {"command": ["/bin/sh", "-euc", _INSTALL_CNI]}}},
        "livenessProbe": objects.http_probe("/healthz", _HEALTH_PORT, "127.0.0.1", failureThreshold=5),
        "readinessProbe": objects.http_probe("/healthz", _HEALTH_PORT, "127.0.0.1", periodSeconds=5),
        "resources": objects.requests("50m", "50Mi"),
        "securityContext": objects.container_security("NET_ADMIN", selinux=_RUN_FILES),
        "volumeMounts": [
            objects.mount("config", _CONFIG_DIR, read_only=True),
            objects.mount("cni-config", CNI_CONFIG_DIR),
            objects.mount("run", _RUN_DIR),
        ],
    }
