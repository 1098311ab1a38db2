"""Read: the live object for a refresh or an import.

Reads: a `ReadCall`, the `Cluster` and the `Kind`.
Makes: `read`.
"""

import copy

from tools.plugins.base.errors import PluginError, ResourceInitError
from tools.plugins.base.resource import Read, ReadCall
from tools.plugins.kubernetes import naming
from tools.plugins.kubernetes.api import Api, NoMatchError
from tools.plugins.kubernetes.checking import identified
from tools.plugins.kubernetes.checkpoint import INITIAL_API_VERSION, from_state, mark_secrets, to_object, to_state
from tools.plugins.kubernetes.cluster import DELETE_HINT, MESSAGE, Cluster
from tools.plugins.kubernetes.normalize import normalize
from tools.plugins.kubernetes.objects import (
    READ_ONLY_METADATA,
    Object,
    parse_identity,
    pluck,
    prune,
    put,
    remove,
    text,
)
from tools.plugins.kubernetes.ready.model import Rule
from tools.plugins.kubernetes.ready.table import rule_for
from tools.plugins.kubernetes.schema import Kind
from tools.plugins.kubernetes.waiting import NotReadyError, Waiter

# What controllers write into annotations; an imported program should not repeat it.
FOREIGN_ANNOTATIONS = ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration")


def read(cluster: Cluster, kind: Kind, call: ReadCall) -> Read | None:
    """Return the live object; None when it, or its kind, is gone."""
    if cluster.folder is not None:
        raise PluginError("cannot refresh: in render mode there is no cluster to read from")
    if cluster.api is None:
        return _unreachable(cluster, call)
    known = normalize(cluster.schema, to_object(call.inputs))
    _, old_live = from_state(call.outputs)
    imported = not known.get("kind") and not old_live.get("kind")
    inputs = _wanted(known, old_live, kind, call.id)
    live = _find(cluster.api, inputs, parse_identity(call.id)[1])
    if live is None:
        return None
    live_inputs = _importable(cluster, kind, live) if imported else prune(live, inputs)
    manager = naming.field_manager(call.outputs, known)
    initial = text(call.outputs, INITIAL_API_VERSION) or text(inputs, "apiVersion")
    outputs = to_state(live_inputs, live, call.inputs, initial, manager)
    mark_secrets(live_inputs, call.inputs)
    found = Read(call.id, outputs, live_inputs)
    rule = None if imported else rule_for(inputs)
    if rule is not None and rule.on_read:
        _check(rule, live, Waiter(cluster.api, cluster.engine, call.urn), found)
    return found


def _unreachable(cluster: Cluster, call: ReadCall) -> Read | None:
    cluster.engine.log("warning", f"{MESSAGE}: {cluster.reason}", urn=call.urn)
    if cluster.settings.delete_unreachable:
        message = f"{MESSAGE} and the `deleteUnreachable` option is enabled. Deleting the resource from Pulumi state"
        cluster.engine.log("info", message, urn=call.urn)
        return None
    if cluster.settings.skip_update_unreachable:
        return Read(call.id, call.outputs, call.inputs)
    raise PluginError(f"failed to read resource state: {MESSAGE}: {cluster.reason}. {DELETE_HINT}")


def _wanted(known: Object, old_live: Object, kind: Kind, identity: str) -> Object:
    """Return the inputs with at least what names the object: from them, else the state, else the id."""
    namespace, name = parse_identity(identity)
    inputs = copy.deepcopy(known)
    if not inputs.get("kind"):
        inputs |= {key: old_live[key] for key in ("apiVersion", "kind") if key in old_live}
    inputs = identified(inputs, kind)
    if not pluck(inputs, "metadata", "name"):
        put(inputs, name, "metadata", "name")
    if namespace and not pluck(inputs, "metadata", "namespace"):
        put(inputs, namespace, "metadata", "namespace")
    return inputs


def _find(api: Api, inputs: Object, name: str) -> Object | None:
    try:
        return api.find(inputs, name)
    except NoMatchError:
        return None


def _importable(cluster: Cluster, kind: Kind, live: Object) -> Object:
    """Return the inputs that a program would give for a live object."""
    names = cluster.schema.properties(kind) or frozenset(live) - {"status"}
    inputs = {key: copy.deepcopy(live[key]) for key in live if key in names}
    for field in READ_ONLY_METADATA:
        remove(inputs, "metadata", field)
    for key in FOREIGN_ANNOTATIONS:
        remove(inputs, "metadata", "annotations", key)
    return inputs


def _check(rule: Rule, live: Object, waiter: Waiter, found: Read) -> None:
    """Raise ResourceInitError when the object is not ready now, so that the next update waits for it again."""
    try:
        waiter.check(rule, live)
    except NotReadyError as error:
        raise ResourceInitError(
            error.reasons[0], identity=found.id, outputs=found.outputs, reasons=error.reasons, inputs=found.inputs
        ) from None
