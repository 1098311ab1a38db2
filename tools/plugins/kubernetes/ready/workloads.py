"""When what runs pods is ready: Deployment, DaemonSet, StatefulSet, ReplicationController, Job.

Reads: the live object, its ReplicaSets, Pods and claims.
Makes: one rule function for each.
"""

from tools.plugins.kubernetes.objects import Object, annotation, name_of, pluck, text
from tools.plugins.kubernetes.ready.model import (
    READY,
    Readiness,
    Related,
    condition,
    holds,
    number,
    observed,
    owned,
    selector_of,
)
from tools.plugins.kubernetes.ready.pods import messages

REVISION = "deployment.kubernetes.io/revision"


def deployment(live: Object, related: Related) -> Readiness:
    """Ready once available with every replica of its current revision ready, and after a rollout once that is done."""
    if not observed(live) or not annotation(live, REVISION):
        return Readiness(False, "Waiting for the Deployment controller", _deployment_conditions(live))
    revision = annotation(live, REVISION)
    replica_sets = owned(related.in_namespace("apps/v1", "ReplicaSet", selector_of(live)), live)
    current = next((item for item in replica_sets if annotation(item, REVISION) == revision), None)
    wanted = number(current, "spec", "replicas", default=1)
    have = number(current, "status", "readyReplicas")
    updated = current is not None and have >= wanted
    available = holds(live, "Available")
    progressing = condition(live, "Progressing")
    done = progressing.get("status") == "True" and progressing.get("reason") == "NewReplicaSetAvailable"
    claims = _unbound_claims(live, related)
    if available and updated and (done or revision == "1") and not claims:
        return READY
    reasons = [*_deployment_conditions(live)]
    if claims:
        reasons.append(f'Failed to bind PersistentVolumeClaim(s): "{",".join(claims)}"')
    if not available:
        reasons.append("Minimum number of live Pods was not attained")
    elif revision == "1" or not done:
        reasons.append("Minimum number of Pods to consider the application live was not attained")
    elif not updated:
        reasons.append("Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live")
    reasons += messages(_pods(current, related) if current else ())
    return Readiness(
        False, f"Waiting for app ReplicaSet to be available ({have}/{wanted} Pods available)", tuple(reasons)
    )


def daemon_set(live: Object, related: Related) -> Readiness:
    """Ready once every node that should run its current version has an available pod of it."""
    wanted = number(live, "status", "desiredNumberScheduled")
    steps = (
        ("Current", "currentNumberScheduled"),
        ("Updated", "updatedNumberScheduled"),
        ("Available", "numberAvailable"),
        ("Ready", "numberReady"),
    )
    if not observed(live):
        status = "Waiting for the DaemonSet controller"
    else:
        behind = ((label, number(live, "status", field)) for label, field in steps)
        status = next((f"{label}: {have}/{wanted}" for label, have in behind if have < wanted), "")
    if not status:
        return READY
    return Readiness(False, status, (status, *messages(_pods(live, related))))


def stateful_set(live: Object, related: Related) -> Readiness:
    """Ready once all replicas are ready and, unless pods are replaced by hand, of the latest revision."""
    status = pluck(live, "status") or {}
    wanted = number(live, "spec", "replicas")
    ready = number(status, "readyReplicas")
    by_hand = text(live, "spec", "updateStrategy", "type") == "OnDelete" and number(live, "metadata", "generation") > 1
    current, target = text(status, "currentRevision"), text(status, "updateRevision")
    revision_ready = by_hand or (current != "" and current == target)
    counts = [number(status, "replicas"), ready] + ([] if by_hand else [number(status, "currentReplicas")])
    replicas_ready = all(count == wanted for count in counts)
    if observed(live) and revision_ready and replicas_ready:
        return READY
    reached = ready if revision_ready else min(ready, number(status, "updatedReplicas"))
    reasons = [] if replicas_ready else [f"{reached} out of {wanted} replicas succeeded readiness checks"]
    if not revision_ready:
        reasons.append(f'StatefulSet controller failed to advance from revision "{current}" to revision "{target}"')
    reasons += messages(_pods(live, related))
    return Readiness(False, f"Waiting for StatefulSet to create Pods ({reached}/{wanted} Pods ready)", tuple(reasons))


def replication_controller(live: Object, related: Related) -> Readiness:
    """Ready once as many replicas are available as wanted."""
    wanted, have = number(live, "spec", "replicas"), number(live, "status", "availableReplicas")
    if observed(live) and wanted == have:
        return READY
    status = f"{have}/{wanted} replicas available"
    return Readiness(False, status, (status, *messages(_pods(live, related))))


def job(live: Object, related: Related) -> Readiness:
    """Ready once complete; a failed Job never will be."""
    if holds(live, "Complete"):
        return READY
    failed = condition(live, "Failed")
    pods = related.in_namespace("v1", "Pod", f"batch.kubernetes.io/job-name={name_of(live)}")
    reasons = tuple(messages(pods))
    if failed.get("status") == "True":
        return Readiness(False, reasons=(f"[{failed.get('reason')}] {failed.get('message')}", *reasons), failed=True)
    return Readiness(False, f'Waiting for Job "{name_of(live)}" to succeed', reasons)


def _pods(owner: Object, related: Related) -> list[Object]:
    return owned(related.in_namespace("v1", "Pod", selector_of(owner)), owner)


def _deployment_conditions(live: Object) -> tuple[str, ...]:
    found = (condition(live, kind) for kind in ("Progressing", "Available"))
    return tuple(
        f"[{entry['reason']}] {entry['message']}"
        for entry in found
        if entry and entry.get("status") != "True" and entry.get("reason") and entry.get("message")
    )


def _unbound_claims(live: Object, related: Related) -> list[str]:
    volumes = pluck(live, "spec", "template", "spec", "volumes") or ()
    names = {text(volume, "persistentVolumeClaim", "claimName") for volume in volumes} - {""}
    if not names:
        return []
    claims = related.in_namespace("v1", "PersistentVolumeClaim")
    return sorted(
        name_of(claim) for claim in claims if name_of(claim) in names and text(claim, "status", "phase") != "Bound"
    )
