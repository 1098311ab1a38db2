"""Create, update and delete: the engine's calls around `actions`.

Reads: the calls, the `Cluster` and the `Kind`.
Makes: `create`, `update`, `delete`.
"""

from tools.plugins.base.errors import PluginError, ResourceInitError
from tools.plugins.base.resource import CreateCall, Created, DeleteCall, UpdateCall
from tools.plugins.base.values import Props, has_secret, has_unknown
from tools.plugins.kubernetes import naming, render
from tools.plugins.kubernetes.actions import Actions, FieldConflictError, PreviewImpossibleError
from tools.plugins.kubernetes.api import FORBIDDEN, ApiError, NoMatchError
from tools.plugins.kubernetes.checkpoint import INITIAL_API_VERSION, from_state, to_object, to_state
from tools.plugins.kubernetes.cluster import DELETE_HINT, MESSAGE, Cluster
from tools.plugins.kubernetes.normalize import normalize
from tools.plugins.kubernetes.objects import Object, identity, parse_identity, remove, text
from tools.plugins.kubernetes.schema import Kind
from tools.plugins.kubernetes.waiting import NotReadyError


def create(cluster: Cluster, kind: Kind, call: CreateCall) -> Created:
    """Make the object, or in a preview ask the server what it would become."""
    inputs = to_object(call.inputs)
    if cluster.folder is not None:
        return _render(cluster, inputs, call.inputs, call.urn, preview=call.preview)
    if call.preview and (kind.patch or not _can_preview(cluster, inputs)):
        return Created("", call.inputs)
    manager = naming.field_manager({}, inputs)
    try:
        live = Actions(cluster, call.urn, manager, kind.patch).create(
            inputs, preview=call.preview, timeout=call.timeout
        )
    except PreviewImpossibleError:
        return Created("", call.inputs)
    except NotReadyError as error:
        message = (
            f'resource "{call.urn}" was successfully created, but the Kubernetes API server reported that it failed '
            f"to fully initialize or become live: {error.reasons[0]}"
        )
        state = to_state(inputs, error.live, call.inputs, text(inputs, "apiVersion"), manager)
        raise _partial(message, error, identity(error.live), state) from None
    except ApiError as error:
        if call.preview and error.code == FORBIDDEN:
            return Created("", call.inputs)
        raise _refused(call.urn, error) from None
    except FieldConflictError as error:
        raise _refused(call.urn, error) from None
    except NoMatchError as error:
        raise PluginError(
            f'creation of resource "{call.urn}" with kind {kind.api_version}/{kind.kind} failed because the Kubernetes '
            "API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs "
            f"have been created: {error}"
        ) from None
    if call.preview:
        remove(live, "status")
    return Created(identity(live), to_state(inputs, live, call.inputs, text(inputs, "apiVersion"), manager))


def update(cluster: Cluster, kind: Kind, call: UpdateCall) -> Props:
    """Change the object in place, or in a preview ask the server what it would become."""
    inputs = normalize(cluster.schema, to_object(call.news))
    if cluster.folder is not None:
        return _render(cluster, inputs, call.news, call.urn, preview=call.preview).outputs
    if call.preview and not _can_preview(cluster, inputs):
        return call.news
    old_inputs, old_live = from_state(call.outputs)
    before = naming.field_manager(call.outputs, old_inputs)
    manager = naming.field_manager(call.outputs, inputs)
    initial = text(call.outputs, INITIAL_API_VERSION) or text(old_inputs, "apiVersion")
    actions = Actions(cluster, call.urn, manager, kind.patch, call.ignore)
    try:
        live = actions.update(inputs, old_live, preview=call.preview, timeout=call.timeout)
    except (NotReadyError, ApiError, FieldConflictError) as error:
        if call.preview and isinstance(error, ApiError) and error.code == FORBIDDEN:
            return call.news
        found = cluster.reach().find(old_live)
        if found is None:
            raise PluginError(f'update of resource "{call.urn}" failed: {error}') from None
        message = (
            f'the Kubernetes API server reported that "{identity(found)}" failed to fully initialize or become live: '
            f"{error.reasons[0] if isinstance(error, NotReadyError) else error}"
        )
        state = to_state(inputs, found, call.news, initial, manager)
        raise _partial(message, error, identity(found), state) from None
    if not call.preview and before != manager:
        actions.relinquish(live, before)
    return to_state(inputs, live, call.news, initial, manager)


def delete(cluster: Cluster, kind: Kind, call: DeleteCall) -> None:
    """Remove the object and wait until it is gone."""
    inputs, live = from_state(call.outputs)
    if cluster.folder is not None:
        path = render.delete(live, cluster.folder)
        cluster.engine.log("info", f"deleted {path}", urn=call.urn, ephemeral=True)
        return
    if cluster.api is None:
        cluster.engine.log("warning", f"{MESSAGE}: {cluster.reason}", urn=call.urn)
        if cluster.settings.delete_unreachable:
            return
        raise PluginError(f"{MESSAGE}: {cluster.reason}. {DELETE_HINT}")
    manager = naming.field_manager(call.outputs, inputs)
    actions = Actions(cluster, call.urn, manager, kind.patch)
    actions.delete(inputs, live, parse_identity(call.id)[1], call.timeout)


def _can_preview(cluster: Cluster, inputs: Object) -> bool:
    return not has_unknown(inputs) and cluster.exists(inputs)


def _partial(message: str, error: PluginError, name: str, state: Props) -> ResourceInitError:
    details = error.reasons[1:] if isinstance(error, NotReadyError) else ()
    return ResourceInitError(message, identity=name, outputs=state, reasons=(message, *details))


def _refused(urn: str, error: PluginError) -> PluginError:
    return PluginError(f'resource "{urn}" was not successfully created by the Kubernetes API server: {error}')


def _render(cluster: Cluster, inputs: Object, given: Props, urn: str, *, preview: bool) -> Created:
    if cluster.folder is None:
        raise AssertionError("not in render mode")
    if preview:
        return Created("", given)
    path = render.path_of(inputs, cluster.folder)
    if has_secret(given):
        cluster.engine.log("warning", f"rendered file {path} contains a secret value in plaintext", urn=urn)
    render.write(inputs, cluster.folder)
    cluster.engine.log("info", f"rendered {path}", urn=urn, ephemeral=True)
    manager = naming.field_manager({}, inputs)
    return Created(identity(inputs), to_state(inputs, inputs, given, text(inputs, "apiVersion"), manager))
