"""Stack program: a cluster on Azure.

Reads: `tradewind:cluster`, the fields of `AzureClusterArgs`. Makes: the cluster; exports how to reach it.
"""

from stacks import cluster
from tradewind import azure


def run() -> None:
    """Make the cluster and export its outputs."""
    cluster.run(azure.Cluster)
