"""Stack program: a cluster on Google Cloud.

Reads: `tradewind:cluster`, the fields of `GoogleCloudClusterArgs`. Makes: the cluster; exports how to reach it.
"""

from stacks import cluster
from tradewind import google_cloud


def run() -> None:
    """Make the cluster and export its outputs."""
    cluster.run(google_cloud.Cluster)
