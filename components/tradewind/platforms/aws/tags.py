"""Tags of what belongs to a cluster.

Pure. Makes: tags. A cloud controller manager finds its cluster's machines, subnets and security groups by them:
https://cloud-provider-aws.sigs.k8s.io/prerequisites/.
"""

from collections.abc import Mapping


def cluster_tags(cluster: str, name: str) -> Mapping[str, str]:
    """The tags of a resource of the cluster, which the console lists by `name`."""
    return {"Name": name, cluster_tag(cluster): "owned"}


def cluster_tag(cluster: str) -> str:
    """Key of the tag that everything of the cluster has."""
    return f"kubernetes.io/cluster/{cluster}"
