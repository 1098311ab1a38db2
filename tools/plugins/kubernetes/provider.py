"""The plugin that stands in for the official `kubernetes` one.

Reads: the provider's configuration. Makes: `KubernetesProvider`.
"""

import threading
from collections.abc import Mapping

from tools.plugins.base.diff import Difference
from tools.plugins.base.resource import CheckCall, Checked, DiffCall, Provider, Resource
from tools.plugins.base.values import Props
from tools.plugins.kubernetes import config
from tools.plugins.kubernetes.cluster import Cluster, connect
from tools.plugins.kubernetes.resource import KubernetesResource
from tools.plugins.kubernetes.schema import Schema
from tools.plugins.versions import VERSIONS


class KubernetesProvider(Provider):
    """One provider: one configuration, one cluster."""

    name = "kubernetes"
    version = VERSIONS["kubernetes"]
    autonames = True

    def __init__(self) -> None:
        self._schema = Schema()
        self._settings = config.Settings()
        self._cluster: Cluster | None = None
        self._lock = threading.Lock()

    def resources(self) -> Mapping[str, Resource]:
        """Nothing: kinds are looked up one by one, see `resource`."""
        return {}

    def resource(self, token: str) -> Resource:
        """Return the resource type of a token, or raise UnknownTokenError."""
        return KubernetesResource(self._connected(), self._schema.kind_of(token))

    def check_config(self, call: CheckCall) -> Checked:
        """Validate the provider's inputs."""
        return Checked(call.news, config.failures(call.news, call.urn))

    def diff_config(self, call: DiffCall) -> Difference:
        """Compare the provider's old and new inputs."""
        return config.difference(call.old_inputs or call.outputs, call.news)

    def configure(self, settings: Props) -> None:
        """Take the configuration; the cluster is tried when the first resource needs it."""
        self.close()
        with self._lock:
            self._settings = config.parse(settings)

    def close(self) -> None:
        """Give up the connections to the cluster."""
        with self._lock:
            cluster, self._cluster = self._cluster, None
        if cluster is not None and cluster.api is not None:
            cluster.api.close()

    def _connected(self) -> Cluster:
        with self._lock:
            if self._cluster is None:
                self._cluster = connect(self._schema, self._settings, self.engine)
            return self._cluster
