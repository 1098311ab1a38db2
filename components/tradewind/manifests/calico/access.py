"""The three accounts of Calico and what each may do: the node agent, the plugin on each node, the controllers.

Pure. Reads: nothing. Makes: ServiceAccounts, ClusterRoles and their bindings.

A request that is refused keeps calico-node from getting ready, so the lists are those of release 3.32 without what only
BGP passwords, Typha, load balancers and upgrades from old releases need.
"""

from typing import Any, Final

from tradewind.manifests import objects
from tradewind.manifests.calico.resources import GROUP
from tradewind.serialize import Object

NODE: Final = "calico-node"
CNI_PLUGIN: Final = "calico-cni-plugin"
CONTROLLERS: Final = "calico-kube-controllers"

_READ: Final = ("get", "list", "watch")
_ALLOCATE: Final = ("get", "list", "create", "update", "delete")
_ALLOCATIONS: Final = ("blockaffinities", "ipamblocks", "ipamhandles")

_WATCHED: Final = (
    "bgpconfigurations",
    "bgpfilters",
    "bgppeers",
    "blockaffinities",
    "caliconodestatuses",
    "clusterinformations",
    "felixconfigurations",
    "globalnetworkpolicies",
    "globalnetworksets",
    "hostendpoints",
    "ipamblocks",
    "ippools",
    "ipreservations",
    "networkpolicies",
    "networksets",
    "stagedglobalnetworkpolicies",
    "stagedkubernetesnetworkpolicies",
    "stagednetworkpolicies",
    "tiers",
    # Of releases before 3.0: calico-node looks for them at every start.
    "globalbgpconfigs",
    "globalfelixconfigs",
)


def entries() -> dict[str, Object]:
    """Account, role and binding of each, by path below the network's."""
    roles = {
        "node": (NODE, _node()),
        "cni-plugin": (CNI_PLUGIN, _cni_plugin()),
        "controllers": (CONTROLLERS, _controllers()),
    }
    return {
        path: each
        for part, (name, rules) in roles.items()
        for path, each in (
            (f"service-account-{part}", objects.service_account(name, name)),
            (f"cluster-role-{part}", objects.cluster_role(name, rules, name)),
            (f"cluster-role-binding-{part}", objects.cluster_role_binding(name, name, objects.account(name), name)),
        )
    }


def _node() -> list[dict[str, Any]]:
    return [
        # The plugin's credential, which calico-node writes to the node and renews.
        objects.rule("", ["serviceaccounts/token"], ["create"], [CNI_PLUGIN]),
        # How kubeadm and RKE tell their pod range; calico-node ends if it is refused to ask.
        objects.rule("", ["configmaps"], ["get"], ["kubeadm-config", "full-cluster-state"]),
        objects.rule("", ["namespaces", "nodes", "pods"], _READ),
        objects.rule("", ["endpoints", "serviceaccounts", "services"], ["list", "watch"]),
        # The node's tunnel address, and that its network is there.
        objects.rule("", ["nodes/status"], ["patch", "update"]),
        objects.rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
        objects.rule("networking.k8s.io", ["networkpolicies"], ["list", "watch"]),
        objects.rule("policy.networking.k8s.io", ["clusternetworkpolicies"], ["list", "watch"]),
        objects.rule("kubevirt.io", ["virtualmachineinstancemigrations"], _READ),
        objects.rule(GROUP, _WATCHED, _READ),
        # Made at the first start of the first node.
        objects.rule(
            GROUP, ["bgpconfigurations", "clusterinformations", "felixconfigurations", "ippools"], ["create", "update"]
        ),
        objects.rule(GROUP, ["tiers"], ["create"]),
        objects.rule(GROUP, ["caliconodestatuses"], ["update"]),
        # The address of the node's tunnel.
        objects.rule(GROUP, _ALLOCATIONS, _ALLOCATE),
        objects.rule(GROUP, ["ipamconfigs"], ["get", "create"]),
    ]


def _cni_plugin() -> list[dict[str, Any]]:
    return [
        objects.rule("", ["namespaces", "nodes", "pods"], ["get"]),
        objects.rule("", ["pods/status"], ["patch"]),
        objects.rule(GROUP, _ALLOCATIONS, _ALLOCATE),
        objects.rule(GROUP, ["ipamconfigs"], ["get", "list", "create"]),
        objects.rule(GROUP, ["clusterinformations", "ippools", "ipreservations"], ["get", "list"]),
        objects.rule("kubevirt.io", ["virtualmachineinstances", "virtualmachines"], ["get"]),
    ]


def _controllers() -> list[dict[str, Any]]:
    policies = ["globalnetworkpolicies", "networkpolicies", "stagedglobalnetworkpolicies", "stagednetworkpolicies"]
    return [
        # Whose addresses are to be given back.
        objects.rule("", ["nodes", "pods"], _READ),
        objects.rule(GROUP, [*_ALLOCATIONS, "hostendpoints", "ipamconfigs", "tiers"], [*_ALLOCATE, "watch"]),
        objects.rule(GROUP, ["ipreservations"], ["list"]),
        objects.rule(GROUP, ["ippools"], [*_READ, "update"]),
        objects.rule(GROUP, ["clusterinformations", "kubecontrollersconfigurations"], [*_READ, "create", "update"]),
        objects.rule(GROUP, ["kubecontrollersconfigurations/status"], ["get", "update"]),
        # Policies get the names of release 3.32 once every calico-node knows them.
        objects.rule(GROUP, policies, [*_ALLOCATE, "watch"]),
        objects.rule("apps", ["daemonsets"], ["get"], [NODE]),
    ]
