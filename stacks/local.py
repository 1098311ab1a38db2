"""Stack program: a cluster of machines on this Linux host.

Reads: `tradewind:cluster`, the fields of `LocalClusterArgs`. Makes: the cluster; exports how to reach it.
"""

import pulumi

from tradewind.platforms.local.cluster import Cluster


def run() -> None:
    """Make the cluster and export its outputs."""
    args = pulumi.Config("tradewind").require_object("cluster")
    cluster = Cluster(args["name"] if isinstance(args, dict) and "name" in args else "cluster", args)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("addresses", cluster.addresses)
    pulumi.export("sshPrivateKey", cluster.ssh_private_key)
    pulumi.export("certificatesNotAfter", cluster.certificates_not_after)
    pulumi.export("bootstrapTokenExpiration", cluster.bootstrap_token_expiration)
