"""Which rule holds for which kind.

Reads: the rules.
Makes: `rule_for`.
"""

from tools.plugins.kubernetes.objects import SKIP_AWAIT, Object, is_true
from tools.plugins.kubernetes.ready import others, pods, workloads
from tools.plugins.kubernetes.ready.annotated import annotated
from tools.plugins.kubernetes.ready.model import Rule

_DEPLOYMENT, _DAEMON_SET = Rule(workloads.deployment), Rule(workloads.daemon_set)
_STATEFUL_SET, _INGRESS = Rule(workloads.stateful_set), Rule(others.ingress)
RULES = {
    "apps/v1/Deployment": _DEPLOYMENT,
    "apps/v1beta1/Deployment": _DEPLOYMENT,
    "apps/v1beta2/Deployment": _DEPLOYMENT,
    "apps/v1/DaemonSet": _DAEMON_SET,
    "apps/v1beta2/DaemonSet": _DAEMON_SET,
    "apps/v1/StatefulSet": _STATEFUL_SET,
    "apps/v1beta1/StatefulSet": _STATEFUL_SET,
    "apps/v1beta2/StatefulSet": _STATEFUL_SET,
    "batch/v1/Job": Rule(workloads.job),
    "networking.k8s.io/v1/Ingress": _INGRESS,
    "v1/PersistentVolume": Rule(others.volume, timeout=300, on_read=False),
    "v1/PersistentVolumeClaim": Rule(others.claim, timeout=300, on_read=False),
    "v1/Pod": Rule(pods.pod, timeout=300),
    "v1/ReplicationController": Rule(workloads.replication_controller, on_read=False),
    "v1/ResourceQuota": Rule(others.quota, timeout=60, on_read=False),
    "v1/Secret": Rule(others.secret, timeout=5, on_read=False),
    "v1/Service": Rule(others.service),
}
# Seconds to wait until an object of a kind is gone; workloads wait for their pods.
DELETE_TIMEOUTS = {
    "apps/v1/DaemonSet": 600.0,
    "apps/v1/Deployment": 600.0,
    "apps/v1/StatefulSet": 600.0,
    "v1/ReplicationController": 600.0,
}
DEFAULT_DELETE_TIMEOUT = 300.0
# For these the annotation also skips the wait for their removal.
_SKIPPABLE_DELETES = frozenset(DELETE_TIMEOUTS) | {"batch/v1/Job", "v1/Namespace", "v1/Pod"}


def rule_for(inputs: Object) -> Rule | None:
    """Return the rule for an object, None when it is ready as soon as it exists or its inputs skip the wait."""
    if is_true(inputs, SKIP_AWAIT):
        return None
    return annotated(inputs) or RULES.get(_name(inputs))


def delete_timeout(inputs: Object) -> float | None:
    """Return how long an object's removal may take in seconds, None when its inputs skip the wait."""
    if is_true(inputs, SKIP_AWAIT) and _name(inputs) in _SKIPPABLE_DELETES:
        return None
    return DELETE_TIMEOUTS.get(_name(inputs), DEFAULT_DELETE_TIMEOUT)


def _name(obj: Object) -> str:
    return f"{obj.get('apiVersion')}/{obj.get('kind')}"
