"""Stack program: a cluster of machines that boot from the network.

Reads: `tradewind:cluster`, the fields of `BareMetalClusterArgs`. Makes: the cluster; exports how to reach it.
"""

from stacks import cluster
from tradewind import bare_metal


def run() -> None:
    """Make the cluster and export its outputs."""
    cluster.run(bare_metal.Cluster)
