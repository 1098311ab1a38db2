"""Diff: the live object in state against new inputs.

Reads: a `DiffCall`, the `Cluster` and the `Kind`.
Makes: `difference`.
"""

from tools.plugins.base.diff import Change, Difference, Path
from tools.plugins.base.diff import Kind as ChangeKind
from tools.plugins.base.errors import PluginError
from tools.plugins.base.resource import DiffCall
from tools.plugins.kubernetes import naming
from tools.plugins.kubernetes.checking import identified
from tools.plugins.kubernetes.checkpoint import from_state, to_object
from tools.plugins.kubernetes.cluster import Cluster
from tools.plugins.kubernetes.diff import changes
from tools.plugins.kubernetes.ignore import without_ignored
from tools.plugins.kubernetes.normalize import normalize
from tools.plugins.kubernetes.objects import (
    REPLACE_UNREADY,
    Object,
    is_true,
    name_of,
    namespace_of,
    pluck,
    prune,
    put,
    remove,
)
from tools.plugins.kubernetes.ready.model import holds
from tools.plugins.kubernetes.replacement import IDENTITY, patterns_for
from tools.plugins.kubernetes.schema import Kind


def difference(cluster: Cluster, kind: Kind, call: DiffCall) -> Difference:
    """Compare the live object, as far as the old inputs shaped it, with the new inputs.

    What the server or other managers added is not in the old inputs and so shows no difference.
    """
    old_inputs, live = from_state(call.outputs)
    new = _placed(normalize(cluster.schema, to_object(call.news)), cluster, kind)
    old = _placed(prune(live, normalize(cluster.schema, old_inputs)), cluster, kind)
    remove(old, "metadata", "resourceVersion")
    if name_of(new):
        put(old, name_of(live), "metadata", "name")
    patterns = IDENTITY if kind.patch else patterns_for(new, cluster.settings.mutability)
    found = without_ignored(changes(old, new, patterns), call.ignore)
    if is_true(new, REPLACE_UNREADY) and _unready(cluster, live, call.urn):
        found[("metadata", "annotations", REPLACE_UNREADY)] = Change(ChangeKind.UPDATE, replace=True)
    return Difference(found, delete_first=_delete_first(found, new, live))


def _placed(obj: Object, cluster: Cluster, kind: Kind) -> Object:
    """Return the object with its namespace written out, so that the default one given or not is the same."""
    if cluster.namespaced(kind):
        put(obj, pluck(obj, "metadata", "namespace") or "default", "metadata", "namespace")
    else:
        remove(obj, "metadata", "namespace")
    return identified(obj, kind)


def _delete_first(found: dict[Path, Change], new: Object, live: Object) -> bool:
    """Whether a replacement would get the name that the old object still has."""
    return (
        any(change.replace for change in found.values())
        and naming.is_named(new)
        and not naming.is_autonamed(new)
        and name_of(new) == name_of(live)
        and namespace_of(new) == namespace_of(live)
    )


def _unready(cluster: Cluster, live: Object, urn: str) -> bool:
    """Whether a Job that asks to be replaced while unready is so; other kinds cannot ask."""
    if cluster.api is None:
        cluster.engine.log("warning", "Cluster is unreachable, skipping replaceUnready check", urn=urn)
        return False
    if live.get("kind") != "Job":
        cluster.engine.log("warning", "replaceUnready annotation is not supported for this resource", urn=urn)
        return False
    try:
        found = cluster.api.find(live)
    except PluginError:
        return False
    return found is not None and not holds(found, "Complete")
