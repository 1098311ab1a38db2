"""kubelet-csr-approver: approves the serving certificates that kubelets ask for, so that their API can be verified.

Pure. Reads: ranges, controllers, API server name, image. Makes: one object per function.
Rules and flags: https://github.com/postfinance/kubelet-csr-approver
"""

from ipaddress import IPv4Network, collapse_addresses
from typing import Any, Final

from tradewind.manifests import objects
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec

_NAME: Final = "kubelet-csr-approver"
_HEALTH_PORT: Final = 8481
"""On the loopback address only."""

_NODE_NAME: Final = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
"""Any node name. The approver itself refuses names that do not begin with that of the node that asks."""

_NEVER_A_NODE: Final = tuple(
    IPv4Network(each) for each in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
"""This network, loopback, link-local (RFC 6890), multicast and reserved."""


def service_account() -> Object:
    """Identity of the approver."""
    return objects.service_account(_NAME, _NAME)


def cluster_role() -> Object:
    """The approver reads requests and approves or denies those for one signer: serving certificates of kubelets."""
    api = "certificates.k8s.io"
    rules = [
        objects.rule(api, ["certificatesigningrequests"], ["get", "list", "watch"]),
        objects.rule(api, ["certificatesigningrequests/approval"], ["update"]),
        objects.rule(api, ["signers"], ["approve"], ["kubernetes.io/kubelet-serving"]),
    ]
    return objects.cluster_role(_NAME, rules, _NAME)


def cluster_role_binding() -> Object:
    """Gives the approver its role."""
    return objects.cluster_role_binding(_NAME, _NAME, objects.account(_NAME), _NAME)


def daemon_set(spec: ClusterSpec) -> Object:
    """One pod per controller. No leader: an approval that another pod was faster with is a conflict, and dropped."""
    pod = {
        # Logs and exec work only once it has run, so it waits for no network.
        "hostNetwork": True,
        "dnsPolicy": "Default",
        "serviceAccountName": _NAME,
        "priorityClassName": objects.CLUSTER_CRITICAL,
        "tolerations": objects.tolerations(*objects.node_tolerations(spec)),
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _on_controllers(spec)}},
        "securityContext": objects.pod_security(nobody=True),
        "containers": [_container(spec)],
    }
    return objects.daemon_set(_NAME, pod)


def node_prefixes(spec: ClusterSpec) -> tuple[str, ...]:
    """Ranges in which a node's address may lie: all but those of pods, Services and special uses.

    A certificate for a Service address would let its node pose as the API server: both are signed by one authority.
    """
    excluded = (*_NEVER_A_NODE, spec.network.pod_cidr, spec.network.service_cidr)
    ranges = [IPv4Network("0.0.0.0/0")]
    for network in excluded:
        ranges = [part for each in ranges for part in _without(each, network)]
    return (*(str(each) for each in collapse_addresses(ranges)), "::/0")


def _without(network: IPv4Network, hole: IPv4Network) -> list[IPv4Network]:
    """A range without another, as ranges."""
    if not network.overlaps(hole):
        return [network]
    return [] if network.subnet_of(hole) else list(network.address_exclude(hole))


def _on_controllers(spec: ClusterSpec) -> dict[str, Any]:
    """Controllers, by name: a node cannot change its name, but may give itself the controllers' label.

    The approver's token on a worker would let that worker approve a certificate in any node's name.
    """
    return {
        "nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [controller.name]}]}
            for controller in spec.controllers
        ]
    }


def _container(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": _NAME,
        "image": spec.images.kubelet_csr_approver,
        "command": [f"/ko-app/{_NAME}"],
        "args": [
            # Machines need not have names in a DNS that the controllers see.
            "-bypass-dns-resolution=true",
            f"-health-probe-bind-address=127.0.0.1:{_HEALTH_PORT}",
            "-metrics-bind-address=0",
            f"-provider-ip-prefixes={','.join(node_prefixes(spec))}",
            f"-provider-regex={_NODE_NAME}",
        ],
        "env": objects.api_server_env(spec),
        "livenessProbe": objects.http_probe("/healthz", _HEALTH_PORT, "127.0.0.1", failureThreshold=5),
        "readinessProbe": objects.http_probe("/healthz", _HEALTH_PORT, "127.0.0.1", periodSeconds=5),
        "resources": objects.requests("10m", "30Mi"),
        "securityContext": objects.container_security(),
    }
