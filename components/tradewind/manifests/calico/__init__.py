"""Calico: a VXLAN between the nodes, addresses from its own pools, and policies enforced on every node.

Pure. Reads: pod range, API server name, tolerations, images. Makes: `entries`, every object by its path.

There is no BGP, no Typha and no API server of Calico's own: its settings and addresses are custom resources, which
calico-node and the plugin write themselves, the pool of addresses included.
Sources: https://docs.tigera.io/calico/3.32/reference/configure-calico-node,
https://docs.tigera.io/calico/3.32/reference/felix/configuration.
"""

from tradewind.manifests.calico import access, controllers, node
from tradewind.manifests.calico.resources import definitions
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec


def entries(spec: ClusterSpec) -> dict[str, Object]:
    """Every object of the network by its path below `manifests/`, without suffix; what others need comes first."""
    return {
        **{f"network/{name}": each for name, each in definitions().items()},
        **{f"network/{name}": each for name, each in access.entries().items()},
        "network/config": node.config_map(spec),
        "network/daemonset": node.daemon_set(spec),
        "network/controllers": controllers.deployment(spec),
    }
