"""Check: a program's inputs become the inputs that state keeps.

Reads: a `CheckCall`, the `Cluster` and the `Kind`.
Makes: `check`.
"""

from tools.plugins.base.diff import format_path
from tools.plugins.base.errors import CheckFailure, PluginError
from tools.plugins.base.resource import CheckCall, Checked
from tools.plugins.base.values import Props, has_secret
from tools.plugins.kubernetes import naming
from tools.plugins.kubernetes.checkpoint import mark_secrets, to_object
from tools.plugins.kubernetes.cluster import Cluster
from tools.plugins.kubernetes.normalize import normalize
from tools.plugins.kubernetes.objects import AUTONAMED, Object, is_unknown, pluck, put
from tools.plugins.kubernetes.schema import Kind

HELM_HOOK = (
    "This resource contains Helm hooks that are not currently supported by Pulumi. The resource will be created, but "
    "any hooks will not be executed."
)
UNREACHABLE = "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping..."


def check(cluster: Cluster, kind: Kind, call: CheckCall) -> Checked:
    """Name the object, put it in its namespace and write its values in their canonical form."""
    if cluster.api is None and cluster.folder is None and cluster.settings.skip_update_unreachable:
        cluster.engine.log("warning", UNREACHABLE, urn=call.urn)
        return Checked(call.olds)
    failures = _failures(cluster, kind, call.news)
    if failures:
        return Checked(call.news, failures)
    obj = normalize(cluster.schema, identified(to_object(call.news), kind))
    _warn(cluster, obj, call.urn)
    _name(obj, to_object(call.olds), kind, call)
    if cluster.namespace and not pluck(obj, "metadata", "namespace") and cluster.namespaced(kind):
        put(obj, cluster.namespace, "metadata", "namespace")
    mark_secrets(obj, call.news)
    if cluster.folder is not None and has_secret(obj):
        cluster.engine.log("warning", "rendered YAML will contain a secret value in plaintext", urn=call.urn)
    return Checked(obj)


def identified(obj: Object, kind: Kind) -> Object:
    """Return the object with the apiVersion and kind that its token implies, where it has none."""
    return {"apiVersion": kind.api_version, "kind": kind.kind} | obj


def _failures(cluster: Cluster, kind: Kind, news: Props) -> list[CheckFailure]:
    failures = []
    for path in cluster.schema.unknown_properties(kind, news):
        where = format_path(path)
        failures.append(CheckFailure(f"{kind.kind} ({kind.api_version}) has no property `{where}`", where))
    for key, wanted in (("apiVersion", kind.api_version), ("kind", kind.kind)):
        given = news.get(key)
        if given is not None and not is_unknown(given) and given != wanted:
            failures.append(CheckFailure(f"{key} {given!r} does not belong to {kind.token}, whose is {wanted!r}", key))
    return failures


def _name(obj: Object, old: Object, kind: Kind, call: CheckCall) -> None:
    if kind.patch and not naming.is_named(obj):
        raise PluginError("patch resources require the `.metadata.name` field to be set")
    if old:
        naming.adopt_name(obj, old)
        naming.keep_label(obj, old)
    else:
        naming.assign_name(obj, call)
    naming.reject_generate_name(obj)


def _warn(cluster: Cluster, obj: Object, urn: str) -> None:
    annotations = pluck(obj, "metadata", "annotations")
    for key, value in (annotations if isinstance(annotations, dict) else {}).items():
        if key.startswith(AUTONAMED):
            message = f'ignoring user-specified value for internal annotation "{key}"'
            cluster.engine.log("warning", message, urn=urn)
        hook = key.startswith("helm.sh/hook") and "test" in str(value)
        if hook and not cluster.settings.suppress_helm_hook_warnings:
            cluster.engine.log("warning", HELM_HOOK, urn=urn)
