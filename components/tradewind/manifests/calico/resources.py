"""The custom resources in which Calico keeps its settings, policies and addresses.

Pure. Reads: nothing. Makes: a CustomResourceDefinition for each.

Their fields are Calico's own business: the API server stores whatever Calico writes. So nothing of a release's schemas
is repeated here, and a policy is checked by `calicoctl`, not by `kubectl`.
"""

from typing import Any, Final

from tradewind.manifests import objects
from tradewind.serialize import Object

GROUP: Final = "crd.projectcalico.org"

_CLUSTER_WIDE: Final = {
    "bgpconfigurations": "BGPConfiguration",
    "bgpfilters": "BGPFilter",
    "bgppeers": "BGPPeer",
    "blockaffinities": "BlockAffinity",
    "caliconodestatuses": "CalicoNodeStatus",
    "clusterinformations": "ClusterInformation",
    "felixconfigurations": "FelixConfiguration",
    "globalnetworkpolicies": "GlobalNetworkPolicy",
    "globalnetworksets": "GlobalNetworkSet",
    "hostendpoints": "HostEndpoint",
    "ipamblocks": "IPAMBlock",
    "ipamconfigs": "IPAMConfig",
    "ipamhandles": "IPAMHandle",
    "ippools": "IPPool",
    "ipreservations": "IPReservation",
    "kubecontrollersconfigurations": "KubeControllersConfiguration",
    "stagedglobalnetworkpolicies": "StagedGlobalNetworkPolicy",
    "tiers": "Tier",
}
_NAMESPACED: Final = {
    "networkpolicies": "NetworkPolicy",
    "networksets": "NetworkSet",
    "stagedkubernetesnetworkpolicies": "StagedKubernetesNetworkPolicy",
    "stagednetworkpolicies": "StagedNetworkPolicy",
}
"""Kinds by plural: what calico-node 3.32 lists before it is ready, whether or not there are any. It ends as not ready
where one of them is missing."""

_STATUS_APART: Final = "kubecontrollersconfigurations"
"""The one resource whose status has an endpoint of its own; the status of the others is written with the rest."""

_ANY: Final = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_OPEN: Final = {"type": "object", "properties": {"spec": _ANY, "status": _ANY}}

_CLUSTER_POLICY_REFUSED: Final = {
    "type": "object",
    "properties": {"spec": _ANY},
    "x-kubernetes-validations": [
        {"rule": "false", "message": "not supported: use a NetworkPolicy, or a GlobalNetworkPolicy of Calico"}
    ],
}
"""Calico leaves out the rules of a policy that it cannot read, and here no schema keeps such a policy out. A rule that
denies must not vanish unseen."""


def definitions() -> dict[str, Object]:
    """The definition of each resource, by `crd-<plural>`."""
    calico = {
        f"crd-{plural}": _definition(GROUP, scope, plural, kind, _version("v1", _OPEN, status=plural == _STATUS_APART))
        for scope, kinds in (("Cluster", _CLUSTER_WIDE), ("Namespaced", _NAMESPACED))
        for plural, kind in kinds.items()
    }
    return calico | {"crd-clusternetworkpolicies": _cluster_network_policies()}


def _cluster_network_policies() -> Object:
    """ClusterNetworkPolicy (https://network-policy-api.sigs.k8s.io): calico-node lists it, so it has to exist."""
    version = _version("v1alpha2", _CLUSTER_POLICY_REFUSED)
    definition = _definition(
        "policy.networking.k8s.io", "Cluster", "clusternetworkpolicies", "ClusterNetworkPolicy", version
    )
    # Groups of k8s.io need to say who approved them; this definition is not the approved one.
    approval = {"api-approved.kubernetes.io": "unapproved, so that calico-node finds no policies"}
    return {**definition, "metadata": {**definition["metadata"], "annotations": approval}}


def _definition(group: str, scope: str, plural: str, kind: str, version: Object) -> Object:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": objects.cluster_metadata(f"{plural}.{group}"),
        "spec": {
            "group": group,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "scope": scope,
            "versions": [dict(version)],
        },
    }


def _version(name: str, schema: Object, *, status: bool = False) -> dict[str, Any]:
    version = {"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": dict(schema)}}
    return {**version, "subresources": {"status": {}}} if status else version
