"""The cluster that a configured provider talks to, reachable or not.

Reads: `config.Settings`.
Makes: `Cluster` and `connect`.
"""

from dataclasses import dataclass
from pathlib import Path

from tools.plugins.base.errors import PluginError
from tools.plugins.base.resource import Engine
from tools.plugins.kubernetes import kubeconfig
from tools.plugins.kubernetes.api import Api, ApiError, NoMatchError
from tools.plugins.kubernetes.config import Settings
from tools.plugins.kubernetes.objects import Object, text
from tools.plugins.kubernetes.schema import Kind, Schema
from tools.plugins.kubernetes.transport import Http, UnreachableError

MESSAGE = "configured Kubernetes cluster is unreachable"
DELETE_HINT = (
    "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the "
    'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"'
)


class ClusterUnreachableError(PluginError):
    """There is no cluster to talk to."""


@dataclass(frozen=True)
class Cluster:
    """What every resource of one provider shares. Exactly one of `api` and `reason` (why there is none) is set."""

    schema: Schema
    settings: Settings
    engine: Engine
    namespace: str
    api: Api | None = None
    reason: str = ""

    @property
    def folder(self) -> Path | None:
        """Where render mode writes; None outside render mode."""
        return Path(self.settings.render_to) if self.settings.render_to else None

    def reach(self) -> Api:
        """Return the API, or raise ClusterUnreachableError."""
        if self.api is None:
            raise ClusterUnreachableError(f"{MESSAGE}: {self.reason}")
        return self.api

    def exists(self, obj: Object) -> bool:
        """Whether the cluster answers and has the object's kind."""
        return self.api is not None and self.api.exists(text(obj, "apiVersion"), text(obj, "kind"))

    def namespaced(self, kind: Kind) -> bool:
        """Whether objects of a kind have a namespace; a custom kind that the cluster does not know (yet) has."""
        if not kind.custom:
            return not kind.cluster_scoped
        if self.api is None:
            return True
        try:
            return self.api.resource(kind.api_version, kind.kind).namespaced
        except NoMatchError:
            return True


def connect(schema: Schema, settings: Settings, engine: Engine) -> Cluster:
    """Find and try the cluster of a configuration; a failure is kept, so that only steps that need it fail."""
    overrides = settings.overrides
    if settings.render_to:
        return Cluster(schema, settings, engine, overrides.namespace or "default", reason="it is in render mode")
    if settings.unknown:  # never another cluster in its place, such as the one of $KUBECONFIG
        return Cluster(schema, settings, engine, overrides.namespace, reason="its kubeconfig is not known yet")
    try:
        config = kubeconfig.load(settings.kubeconfig) if settings.kubeconfig else kubeconfig.ambient()
    except PluginError as error:
        reason = f"failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- {error}"
        return Cluster(schema, settings, engine, overrides.namespace, reason=reason)
    namespace = kubeconfig.namespace(config, overrides)
    try:
        api = Api(Http(kubeconfig.endpoint(config, overrides), settings.timeout))
        api.version()
    except (UnreachableError, ApiError) as error:
        reason = f"unable to load schema information from the API server: {error}"
        return Cluster(schema, settings, engine, namespace, reason=reason)
    except PluginError as error:
        reason = f"unable to load Kubernetes client configuration from kubeconfig file: {error}"
        return Cluster(schema, settings, engine, namespace, reason=reason)
    return Cluster(schema, settings, engine, namespace, api=api)
