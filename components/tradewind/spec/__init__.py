"""Stage 2: the validated, frozen description of a cluster.

Pure. Reads: the plain half of `ClusterArgs`. Makes: `ClusterSpec`, or a `SpecError` with every problem.
A spec holds choices only, never a secret, so it can be printed and stored.
"""

from tradewind.spec.cluster import CertificatePolicy, ClusterSpec, NetworkSpec, TokenPolicy, cluster_spec
from tradewind.spec.nodes import ControllerSpec, Taint

__all__ = [
    "CertificatePolicy",
    "ClusterSpec",
    "ControllerSpec",
    "NetworkSpec",
    "Taint",
    "TokenPolicy",
    "cluster_spec",
]
