"""Stack program: a cluster of machines on this Linux host.

Reads: `tradewind:cluster`, the fields of `LocalClusterArgs`. Makes: the cluster; exports how to reach it.
"""

from stacks import cluster
from tradewind import local


def run() -> None:
    """Make the cluster and export its outputs."""
    cluster.run(local.Cluster)
