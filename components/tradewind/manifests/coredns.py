"""CoreDNS: names of Services, and the way to the outside for every other name.

Pure. Reads: DNS address, domain, replicas and image. Makes: one object per function.
Settings: https://coredns.io/plugins/kubernetes/ and https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from typing import Any, Final

from tradewind.constants import CONTROLLER_TAINT
from tradewind.manifests import objects
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec

_NAME: Final = "coredns"
# Service and label keep the name of the first cluster DNS: tools and tests look for it.
_APP: Final = "kube-dns"

# Not 53, so that the pod needs no privilege and no sysctl to listen; the Service gives it its usual port.
_DNS_PORT: Final = 1053
_METRICS_PORT: Final = 9153
_HEALTH_PORT: Final = 8080
_READY_PORT: Final = 8181

_LAMEDUCK_SECONDS: Final = 5
_REVERSE_ZONES: Final = "in-addr.arpa ip6.arpa"


def service_account() -> Object:
    """Identity of CoreDNS."""
    return objects.service_account(_NAME, _APP)


def cluster_role() -> Object:
    """CoreDNS watches what it answers from; it does not answer for single pods, so it need not see them."""
    watch = ("list", "watch")
    rules = [
        objects.rule("", ["namespaces", "services"], watch),
        objects.rule("discovery.k8s.io", ["endpointslices"], watch),
    ]
    return objects.cluster_role(_NAME, rules, _APP)


def cluster_role_binding() -> Object:
    """Gives CoreDNS its role."""
    return objects.cluster_role_binding(_NAME, _NAME, objects.account(_NAME), _APP)


def config_map(spec: ClusterSpec) -> Object:
    """The Corefile. CoreDNS reads it again by itself when it changes."""
    return objects.config_map(_NAME, {"Corefile": corefile(spec.network.domain)}, _APP)


def corefile(domain: str) -> str:
    """Configuration of CoreDNS for a cluster domain."""
    return f"""\
.:{_DNS_PORT} {{
    errors
    health :{_HEALTH_PORT} {{
        lameduck {_LAMEDUCK_SECONDS}s
    }}
    ready :{_READY_PORT}
    kubernetes {domain} {_REVERSE_ZONES} {{
        pods disabled
        fallthrough {_REVERSE_ZONES}
        ttl 30
    }}
    prometheus :{_METRICS_PORT}
    forward . /etc/resolv.conf {{
        max_concurrent 1000
    }}
    cache 30
    loop
    reload
    loadbalance
}}
"""


def deployment(spec: ClusterSpec) -> Object:
    """The pods, spread over machines and zones as far as there are any, controllers included."""
    pod = {
        "serviceAccountName": _NAME,
        "priorityClassName": objects.CLUSTER_CRITICAL,
        # The node's resolver, not the cluster's: CoreDNS must not ask itself.
        "dnsPolicy": "Default",
        "tolerations": objects.tolerations(CONTROLLER_TAINT),
        "topologySpreadConstraints": [_spread("kubernetes.io/hostname"), _spread("topology.kubernetes.io/zone")],
        "securityContext": objects.pod_security(nobody=True),
        "containers": [_container(spec)],
        "volumes": [objects.config_volume("config", _NAME)],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": objects.metadata(_NAME, _APP),
        "spec": {
            "replicas": spec.coredns_replicas,
            "selector": {"matchLabels": objects.labels(_APP)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
            "template": {"metadata": {"labels": objects.labels(_APP)}, "spec": pod},
        },
    }


def service(spec: ClusterSpec) -> Object:
    """The address that every pod's resolver asks: the 10th of the Service range."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            **objects.metadata(_APP, _APP),
            "annotations": {"prometheus.io/port": str(_METRICS_PORT), "prometheus.io/scrape": "true"},
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": str(spec.network.dns_service_ip),
            "selector": objects.labels(_APP),
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": "dns-tcp"},
                {"name": "metrics", "port": _METRICS_PORT, "protocol": "TCP", "targetPort": "metrics"},
            ],
        },
    }


def _spread(topology: str) -> dict[str, Any]:
    """Even numbers of pods per topology domain where possible: a small cluster must not wait for a second machine."""
    return {
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": objects.labels(_APP)},
    }


def _container(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": _NAME,
        "image": spec.images.coredns,
        "command": ["/coredns"],
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": _DNS_PORT, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": _DNS_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": _METRICS_PORT, "protocol": "TCP"},
        ],
        "livenessProbe": objects.http_probe("/health", _HEALTH_PORT, failureThreshold=5, timeoutSeconds=5),
        "readinessProbe": objects.http_probe("/ready", _READY_PORT, periodSeconds=5, timeoutSeconds=5),
        "resources": objects.requests("100m", "70Mi") | {"limits": {"memory": "170Mi"}},
        # The released binary carries this file capability and cannot be executed without it.
        "securityContext": objects.container_security("NET_BIND_SERVICE"),
        "volumeMounts": [objects.mount("config", "/etc/coredns", read_only=True)],
    }
