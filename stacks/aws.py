"""Stack program: a cluster on AWS.

Reads: `tradewind:cluster`, the fields of `AwsClusterArgs`. Makes: the cluster; exports how to reach it.
"""

from stacks import cluster
from tradewind import aws


def run() -> None:
    """Make the cluster and export its outputs."""
    cluster.run(aws.Cluster)
