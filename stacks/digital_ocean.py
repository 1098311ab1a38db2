"""Stack program: a cluster of droplets on DigitalOcean.

Reads: `tradewind:cluster`, the fields of `DigitalOceanClusterArgs`. Makes: the cluster; exports how to reach it.
"""

from stacks import cluster
from tradewind import digital_ocean


def run() -> None:
    """Make the cluster and export its outputs."""
    cluster.run(digital_ocean.Cluster)
