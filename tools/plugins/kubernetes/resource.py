"""One kind of Kubernetes object as a Pulumi resource type.

Reads: the engine's calls. Makes: `KubernetesResource`.
"""

from tools.plugins.base.diff import Difference
from tools.plugins.base.resource import (
    CheckCall,
    Checked,
    CreateCall,
    Created,
    DeleteCall,
    DiffCall,
    Read,
    ReadCall,
    Resource,
    UpdateCall,
)
from tools.plugins.base.values import Props
from tools.plugins.kubernetes import checking, comparing, reading, writing
from tools.plugins.kubernetes.cluster import Cluster
from tools.plugins.kubernetes.schema import Kind


class KubernetesResource(Resource):
    """Every object of one kind, in one provider's cluster."""

    def __init__(self, cluster: Cluster, kind: Kind) -> None:
        self._cluster = cluster
        self._kind = kind

    def check(self, call: CheckCall) -> Checked:
        """Validate and complete inputs."""
        return checking.check(self._cluster, self._kind, call)

    def diff(self, call: DiffCall) -> Difference:
        """Compare state with inputs."""
        return comparing.difference(self._cluster, self._kind, call)

    def create(self, call: CreateCall) -> Created:
        """Make the object."""
        return writing.create(self._cluster, self._kind, call)

    def read(self, call: ReadCall) -> Read | None:
        """Look the object up."""
        return reading.read(self._cluster, self._kind, call)

    def update(self, call: UpdateCall) -> Props:
        """Change the object."""
        return writing.update(self._cluster, self._kind, call)

    def delete(self, call: DeleteCall) -> None:
        """Remove the object."""
        writing.delete(self._cluster, self._kind, call)
