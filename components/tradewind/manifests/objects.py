"""Parts that several in-cluster objects share: metadata, RBAC, tolerations and security settings.

Pure. Reads: names and the spec. Makes: plain dicts. What is written here is what the API server stores (quantities in
canonical form, protocols given), so that applying an object twice changes nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tradewind.constants import CLOUD_UNINITIALIZED_TAINT, CONTROLLER_TAINT, NOBODY_UID, NOT_READY_TAINT
from tradewind.serialize import Object, to_compact_json, to_yaml
from tradewind.spec import ClusterSpec

NAMESPACE: Final = "kube-system"
NODE_CRITICAL: Final = "system-node-critical"
CLUSTER_CRITICAL: Final = "system-cluster-critical"

_RBAC_GROUP: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class ManifestFile:
    """One object and its place among the assets."""

    path: str
    """Asset path, such as `manifests/coredns/deployment.yaml`."""
    object: Object

    @property
    def text(self) -> str:
        """The object as YAML."""
        return to_yaml(self.object)

    @property
    def secret(self) -> bool:
        """Whether the content must not be shown."""
        return bool(self.object["kind"] == "Secret")


def labels(app: str) -> dict[str, str]:
    """The label by which Services, selectors and people find the pods of an add-on."""
    return {"k8s-app": app}


def metadata(name: str, app: str | None = None) -> dict[str, Any]:
    """Metadata of an object in kube-system."""
    return {"name": name, "namespace": NAMESPACE} | ({"labels": labels(app)} if app else {})


def cluster_metadata(name: str, app: str | None = None) -> dict[str, Any]:
    """Metadata of an object without a namespace."""
    return {"name": name} | ({"labels": labels(app)} if app else {})


def config_map(name: str, data: Mapping[str, str], app: str | None = None) -> Object:
    """A ConfigMap in kube-system."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name, app), "data": dict(data)}


def config_digest(*config_maps: Object) -> dict[str, str]:
    """Annotation of a pod template that changes with its configuration, so that a change restarts the pods."""
    text = "".join(to_compact_json(config["data"]) for config in config_maps)
    return {"checksum/config": hashlib.sha256(text.encode()).hexdigest()}


def service_account(name: str, app: str) -> Object:
    """A ServiceAccount in kube-system."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(name, app)}


def rule(group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()) -> dict[str, Any]:
    """One permission: verbs on resources of an API group, on the objects `names` only if any are given."""
    return (
        {"apiGroups": [group], "resources": list(resources)}
        | ({"resourceNames": list(names)} if names else {})
        | {"verbs": list(verbs)}
    )


def cluster_role(name: str, rules: Sequence[Mapping[str, Any]], app: str | None = None) -> Object:
    """A ClusterRole."""
    return {
        "apiVersion": f"{_RBAC_GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": cluster_metadata(name, app),
        "rules": [dict(entry) for entry in rules],
    }


def cluster_role_binding(name: str, role: str, subject: Mapping[str, str], app: str | None = None) -> Object:
    """A ClusterRoleBinding that gives one ClusterRole to one subject."""
    return {
        "apiVersion": f"{_RBAC_GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": cluster_metadata(name, app),
        "roleRef": {"apiGroup": _RBAC_GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [dict(subject)],
    }


def user(name: str) -> dict[str, str]:
    """Subject: a user, by the common name of its certificate."""
    return {"kind": "User", "name": name, "apiGroup": _RBAC_GROUP}


def group(name: str) -> dict[str, str]:
    """Subject: a group."""
    return {"kind": "Group", "name": name, "apiGroup": _RBAC_GROUP}


def account(name: str) -> dict[str, str]:
    """Subject: a ServiceAccount of kube-system."""
    return {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}


def tolerations(*keys: str) -> list[dict[str, str]]:
    """Tolerations of taints with these keys, whatever their value and effect."""
    return [{"key": key, "operator": "Exists"} for key in dict.fromkeys(keys)]


def node_tolerations(spec: ClusterSpec) -> tuple[str, ...]:
    """Keys of the taints of nodes that are still coming up, which is when their network pods have to start."""
    # A cloud controller may reach the API through its Service address, which kube-proxy serves: hence on both.
    cloud = (CLOUD_UNINITIALIZED_TAINT,) if spec.external_cloud_provider else ()
    return (CONTROLLER_TAINT, NOT_READY_TAINT, *cloud)


def daemonset_tolerations(spec: ClusterSpec) -> list[dict[str, str]]:
    """Tolerations of the DaemonSets that every node needs, the user's own taints included."""
    return tolerations(*node_tolerations(spec), *spec.daemonset_tolerations)


def pod_security(*, nobody: bool) -> dict[str, Any]:
    """Security settings of a pod; with `nobody` it runs as a user that owns nothing, else as the image says."""
    user_ids = {"runAsNonRoot": True, "runAsUser": NOBODY_UID, "runAsGroup": NOBODY_UID} if nobody else {}
    return user_ids | {"seccompProfile": {"type": "RuntimeDefault"}}


def container_security(*capabilities: str, selinux: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Security settings of a container: read-only root, no way to more privileges, only these capabilities."""
    added = {"add": list(capabilities)} if capabilities else {}
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]} | added,
        "readOnlyRootFilesystem": True,
    } | ({"seLinuxOptions": dict(selinux)} if selinux else {})


def requests(cpu: str, memory: str) -> dict[str, Any]:
    """Resource requests, in canonical form (`100m`, `50Mi`)."""
    return {"requests": {"cpu": cpu, "memory": memory}}


def http_probe(path: str, port: int | str, host: str | None = None, **timing: int) -> dict[str, Any]:
    """A probe over HTTP; `host` is for servers that listen on the node's loopback address only."""
    target = {"path": path, "port": port, "scheme": "HTTP"} | ({"host": host} if host else {})
    return {"httpGet": target} | timing


def host_path(name: str, path: str, kind: str) -> dict[str, Any]:
    """A volume of the node's own files; `kind` is a hostPath type."""
    return {"name": name, "hostPath": {"path": path, "type": kind}}


def config_volume(name: str, config: str) -> dict[str, Any]:
    """A volume with the keys of a ConfigMap as files."""
    return {"name": name, "configMap": {"name": config}}


def mount(name: str, path: str, *, read_only: bool = False) -> dict[str, Any]:
    """Where a container sees a volume."""
    return {"name": name, "mountPath": path} | ({"readOnly": True} if read_only else {})


def node_name_env() -> dict[str, Any]:
    """Environment variable NODE_NAME: the node that a pod runs on."""
    return {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}}


def node_ip_env() -> dict[str, Any]:
    """Environment variable NODE_IP: the address by which that node is known."""
    return {"name": "NODE_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.hostIP"}}}


def api_server_env(spec: ClusterSpec) -> list[dict[str, str]]:
    """The API server under its external name, for pods that start before Service addresses work.

    Clients read these two variables (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/); what a pod
    says comes before what the kubelet would set.
    """
    return [
        {"name": "KUBERNETES_SERVICE_HOST", "value": spec.api_servers[0]},
        {"name": "KUBERNETES_SERVICE_PORT", "value": str(spec.api_port)},
    ]


def daemon_set(name: str, pod: Object, *configs: Object) -> Object:
    """A DaemonSet that replaces one pod at a time, and all of them when one of `configs`, its ConfigMaps, changes."""
    annotations = {"annotations": config_digest(*configs)} if configs else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": metadata(name, name),
        "spec": {
            "selector": {"matchLabels": labels(name)},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            "template": {"metadata": {"labels": labels(name), **annotations}, "spec": pod},
        },
    }
