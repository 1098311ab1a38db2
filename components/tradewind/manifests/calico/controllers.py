"""calico-kube-controllers: gives back the addresses of nodes and pods that are no more.

Pure. Reads: images. Makes: a Deployment of one pod; pods that run need it not.
"""

from typing import Any, Final

from tradewind.constants import CONTROLLER_TAINT
from tradewind.manifests import objects
from tradewind.manifests.calico.access import CONTROLLERS
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec

_STATUS: Final = "status"


def deployment(spec: ClusterSpec) -> Object:
    """The pod. Two at a time would both give back addresses, so the old one ends before the new one starts."""
    pod = {
        "serviceAccountName": CONTROLLERS,
        "priorityClassName": objects.CLUSTER_CRITICAL,
        "tolerations": objects.tolerations(CONTROLLER_TAINT),
        "securityContext": objects.pod_security(nobody=True),
        "containers": [_container(spec)],
        "volumes": [{"name": _STATUS, "emptyDir": {"medium": "Memory"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": objects.metadata(CONTROLLERS, CONTROLLERS),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": objects.labels(CONTROLLERS)},
            "strategy": {"type": "Recreate"},
            "template": {"metadata": {"labels": objects.labels(CONTROLLERS)}, "spec": pod},
        },
    }


def _container(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": CONTROLLERS,
        "image": spec.images.calico_kube_controllers,
        "command": ["/usr/bin/kube-controllers"],
        "env": [{"name": "DATASTORE_TYPE", "value": "kubernetes"}, {"name": "ENABLED_CONTROLLERS", "value": "node"}],
        "livenessProbe": _probe("-l", failureThreshold=6, initialDelaySeconds=10, timeoutSeconds=10),
        "readinessProbe": _probe("-r", timeoutSeconds=10),
        "resources": objects.requests("10m", "50Mi"),
        "securityContext": objects.container_security(),
        # The file that its probes read.
        "volumeMounts": [objects.mount(_STATUS, "/status")],
    }


def _probe(question: str, **timing: int) -> dict[str, Any]:
    return {"exec": {"command": ["/usr/bin/check-status", question]}} | timing
