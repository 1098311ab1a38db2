"""Which changed properties of which kind need a new object.

Reads: nothing.
Makes: `patterns_for`, `needs_replacement`.
"""

from dataclasses import dataclass

from tools.plugins.base.diff import Path
from tools.plugins.kubernetes.objects import Json, Object, is_secret

ANY = "*"
"""Stands for every index of a list."""
Pattern = tuple[str, ...]


def _patterns(*texts: str) -> tuple[Pattern, ...]:
    return tuple(tuple(text.split(".")) for text in texts)


def _below(prefix: str, names: str) -> tuple[Pattern, ...]:
    return _patterns(*(f"{prefix}.{name}" for name in names.split()))


IDENTITY = _patterns("metadata.name", "metadata.namespace")
_SELECTOR = _patterns("spec.selector")
_STATEFUL_SET = _below("spec", "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates")
_JOB = _below("spec", "completions parallelism selector template")
_BINDING = _patterns("roleRef")
_CONTAINER = """args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources
    securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts
    workingDir"""
_POD = (
    _below(
        "spec",
        """affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork
        hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName
        readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName
        shareProcessNamespace subdomain terminationGracePeriodSeconds volumes""",
    )
    + _below("spec.containers.*", _CONTAINER)
    + _below("spec.initContainers.*", _CONTAINER)
)
_VOLUME = _below(
    "spec",
    """awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs
    hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume""",
)
_CLAIM = _below("spec", "accessModes selector storageClassName volumeName")

_BY_KIND: dict[str, tuple[Pattern, ...]] = {
    "apps/v1/DaemonSet": _SELECTOR,
    "apps/v1/Deployment": _SELECTOR,
    "apps/v1/StatefulSet": _STATEFUL_SET,
    "apps/v1beta2/DaemonSet": _SELECTOR,
    "apps/v1beta2/Deployment": _SELECTOR,
    "apps/v1beta2/StatefulSet": _STATEFUL_SET,
    "apps/v1beta1/StatefulSet": _STATEFUL_SET,
    "batch/v1/Job": _JOB,
    "policy/v1beta1/PodDisruptionBudget": _patterns("spec"),
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1/RoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1beta1/ClusterRoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1beta1/RoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1alpha1/ClusterRoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1alpha1/RoleBinding": _BINDING,
    "storage.k8s.io/v1/StorageClass": _patterns("parameters", "provisioner"),
    "v1/PersistentVolume": _VOLUME,
    "v1/PersistentVolumeClaim": _CLAIM,
    "v1/Pod": _POD,
    "v1/ResourceQuota": _patterns("spec.scopes"),
    "v1/Secret": _patterns("type"),
    "v1/Service": _patterns("spec.clusterIP"),
}


@dataclass(frozen=True)
class Mutability:
    """Whether the provider's configuration lets ConfigMaps and Secrets change in place."""

    config_maps: bool = False
    secrets: bool = False


def patterns_for(obj: Object, mutability: Mutability) -> tuple[Pattern, ...]:
    """Return the property paths whose change replaces an object such as this one."""
    api_version, kind = obj.get("apiVersion"), obj.get("kind")
    fixed = obj.get("immutable") is True
    if is_secret(obj) and (fixed or not mutability.secrets):
        return IDENTITY + _patterns("type", "stringData", "data")
    if api_version == "v1" and kind == "ConfigMap" and (fixed or not mutability.config_maps):
        return IDENTITY + _patterns("binaryData", "data")
    return IDENTITY + _BY_KIND.get(f"{api_version}/{kind}", ())


def needs_replacement(path: Path, value: Json, patterns: tuple[Pattern, ...]) -> bool:
    """Whether setting this path to this value touches one of the patterns.

    A change below a pattern touches it, and so does a change above it that brings a value for it. An empty string
    does not: the official plugin tests the text of what it finds.
    """
    return any(_touches(path, value, pattern) for pattern in patterns)


def _touches(path: Path, value: Json, pattern: Pattern) -> bool:
    for part, wanted in zip(path, pattern, strict=False):
        if part != wanted and not (wanted == ANY and isinstance(part, int)):
            return False
    return len(path) > len(pattern) or _present(value, pattern[len(path) :])


def _present(value: Json, rest: Pattern) -> bool:
    if not rest:
        return bool(value != "")
    if rest[0] == ANY:
        return isinstance(value, list) and any(_present(item, rest[1:]) for item in value)
    return isinstance(value, dict) and rest[0] in value and _present(value[rest[0]], rest[1:])
