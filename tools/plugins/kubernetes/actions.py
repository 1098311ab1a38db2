"""Changing one object in the cluster: create, update, delete, by server-side apply.

Reads: a `cluster.Cluster`, the object's inputs.
Makes: `Actions`.
"""

import copy
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.api import CONFLICT, INVALID, NOT_FOUND, Api, ApiError, NoMatchError
from tools.plugins.kubernetes.cluster import Cluster
from tools.plugins.kubernetes.managers import client_side_applied, takeover, without_foreign
from tools.plugins.kubernetes.objects import (
    DELETION_PROPAGATION,
    PATCH_FORCE,
    Object,
    annotation,
    is_definition,
    is_true,
    name_of,
    namespace_of,
    pluck,
    put,
)
from tools.plugins.kubernetes.ready.table import delete_timeout, rule_for
from tools.plugins.kubernetes.waiting import Waiter, timeout_of

RETRIES = 5
"""A namespace or definition that the same update makes may appear a moment later."""
FIRST_PAUSE = 1.0
HELP = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources"
)
IMMUTABLE = "field is immutable"
PROPAGATION = {"orphan": "Orphan", "background": "Background"}


class PreviewImpossibleError(PluginError):
    """The server cannot say what a create would make; the preview shows the inputs."""


class FieldConflictError(PluginError):
    """Another manager owns fields with other values."""


@dataclass(frozen=True)
class Actions:
    """What can be done with the object of one resource; `manager` owns its fields, `patch` ones own only some."""

    cluster: Cluster
    urn: str
    manager: str
    patch: bool = False
    ignored: Sequence[str] = ()

    def create(self, inputs: Object, *, preview: bool, timeout: float) -> Object:
        """Apply the object, wait until it is ready and return it live; a preview is a dry run.

        An object that exists is adopted: without conflicts silently, with the annotation patchForce in any case.
        """
        api = self.cluster.reach()
        applied = self._with_retries(lambda: self._apply_new(api, inputs, preview), preview=preview)
        if preview:
            return applied
        self._wait(api, inputs, applied, timeout)
        return api.find(applied) or applied

    def update(self, inputs: Object, old_live: Object, *, preview: bool, timeout: float) -> Object:
        """Change the live object to its new inputs, wait until it is ready again and return it live."""
        api = self.cluster.reach()
        live = api.get(old_live)
        if is_definition(inputs):
            # Replacing keeps the objects of the defined kind; applying would keep versions that the inputs dropped.
            complete = copy.deepcopy(inputs)
            put(complete, pluck(live, "metadata", "resourceVersion"), "metadata", "resourceVersion")
            applied = api.replace(complete, self.manager, dry_run=preview)
        else:
            applied = self._apply_change(api, inputs, live, preview)
        if preview:
            return applied
        self._wait(api, inputs, applied, timeout)
        return api.find(applied) or applied

    def delete(self, inputs: Object, live: Object, name: str, timeout: float) -> None:
        """Remove the object and wait until it is gone; one that is gone already, or whose kind is, is done."""
        api = self.cluster.reach()
        try:
            if self.patch:
                api.apply(bare(live, name), self.manager, force=True)
                return
            propagation = PROPAGATION.get(annotation(inputs, DELETION_PROPAGATION).lower(), "Foreground")
            api.delete(live, name, propagation)
        except NoMatchError:
            return
        except ApiError as error:
            if error.code == NOT_FOUND:
                return
            raise
        default = delete_timeout(inputs)
        if default is not None:
            self._waiter(api).until_gone(live, timeout_of(inputs, timeout, default))

    def relinquish(self, live: Object, manager: str) -> None:
        """Give up what a former manager of this resource owns."""
        self.cluster.reach().apply(bare(live, name_of(live)), manager, force=True)

    def _wait(self, api: Api, inputs: Object, live: Object, timeout: float) -> None:
        rule = rule_for(inputs)
        if rule is not None:
            self._waiter(api).until_ready(rule, live, timeout_of(inputs, timeout, rule.timeout))

    def _waiter(self, api: Api) -> Waiter:
        return Waiter(api, self.cluster.engine, self.urn)

    def _apply_new(self, api: Api, inputs: Object, preview: bool) -> Object:
        force = forces(inputs, None, preview)
        try:
            return api.apply(inputs, self.manager, force=force, dry_run=preview)
        except ApiError as error:
            if preview and error.namespace_missing:
                raise PreviewImpossibleError(str(error)) from None
            if not (preview and error.code == INVALID and IMMUTABLE in str(error)):
                raise self._explained(error) from None
        # A same-name replacement cannot be tried on the object that is still there, so it is tried beside it.
        beside = copy.deepcopy(inputs)
        put(beside, f"{name_of(inputs)}-{secrets.token_hex(3)}", "metadata", "name")
        return api.apply(beside, self.manager, force=True, dry_run=True)

    def _apply_change(self, api: Api, inputs: Object, live: Object, preview: bool) -> Object:
        if not preview and not self.patch:
            operations = takeover(live, self.manager)
            if operations:
                live = api.json_patch(live, operations)
        inputs = without_foreign(inputs, live, self.manager, self.ignored)
        try:
            force = forces(inputs, live, preview)
            return api.apply(inputs, self.manager, force=force, dry_run=preview, name=name_of(live))
        except ApiError as error:
            raise self._explained(error) from None

    def _explained(self, error: ApiError) -> PluginError:
        if error.code != CONFLICT:
            return error
        return FieldConflictError(
            f"Server-Side Apply field conflict detected. See {HELP} for troubleshooting help.\n"
            f'The resource managed by field manager "{self.manager}" had an apply conflict: {error}'
        )

    def _with_retries(self, step: Callable[[], Object], *, preview: bool) -> Object:
        pause = FIRST_PAUSE
        for attempt in range(RETRIES):
            try:
                return step()
            except (ApiError, NoMatchError) as error:
                missing = isinstance(error, NoMatchError) or error.code == NOT_FOUND
                if not missing or preview:
                    raise
                message = f"Retry #{attempt}; creation failed: {error}"
            self.cluster.engine.log("info", message, urn=self.urn, ephemeral=True)
            if self.cluster.engine.cancelled.wait(pause):
                break
            pause *= 2
        return step()


def forces(inputs: Object, live: Object | None, preview: bool) -> bool:
    """Whether an apply takes fields over from other managers."""
    if is_true(inputs, PATCH_FORCE):
        return True
    if "PULUMI_K8S_ENABLE_PATCH_FORCE" in os.environ:
        return os.environ["PULUMI_K8S_ENABLE_PATCH_FORCE"] == "true"
    # In a preview the owner of the old object, or this plugin's own former way, is no conflict.
    return preview and (live is None or client_side_applied(live))


def bare(live: Object, name: str) -> Object:
    """Return an object's identity alone: applying it gives up every field."""
    metadata = {"name": name} | ({"namespace": namespace_of(live)} if namespace_of(live) else {})
    return {"apiVersion": live.get("apiVersion"), "kind": live.get("kind"), "metadata": metadata}
