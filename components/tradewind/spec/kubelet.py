"""The kubelet's settings: the rules of `KubeletArgs`, and the fields of KubeletConfiguration that they become.

Pure. Reads: `KubeletArgs` of the cluster and of pools. Makes: problems, or the part of a document.
Source: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/, with the kubelet's own validation.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tradewind.choices import CpuManagerPolicy, LoggingFormat, TopologyManagerPolicy
from tradewind.errors import Problem
from tradewind.spec import checks, known, quantities
from tradewind.spec.fields import Field, Walk, entries, field, leaf, list_of, mapping_of, section
from tradewind.spec.rules import MOST_NODES, Rule, version_of
from tradewind.spec.shown import at, shown
from tradewind.versions import RELEASES

Settings = Mapping[str, Any]
"""Validated `KubeletArgs`."""

DEFAULT_EVICTION_HARD = {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
}
"""A kubelet that is told one of them drops the others: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/"""
SHUTDOWN_SECONDS = 45
SHUTDOWN_CRITICAL_SECONDS = 30

_SIGNALS = (*DEFAULT_EVICTION_HARD, "containerfs.available", "containerfs.inodesFree", "pid.available")
_RESOURCES = ("cpu", "memory", "ephemeral-storage", "pid")
_CPU_SET = re.compile(r"[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?){0,63}")
_SYSCTL = re.compile(
    r"kernel\.sem|kernel\.(shm|msg)[a-z_]{0,20}\*?|fs\.mqueue\.([a-z_]{0,40}\*|[a-z_]{1,40})"
    r"|net\.([a-z0-9_]{1,40}\.){0,5}([a-z0-9_]{0,40}\*|[a-z0-9_]{1,40})"
)
_MOST = 32
_LONGEST_SHUTDOWN = 3600
_MOST_SECONDS = 86400

_LOCKED = {
    "address": "the API server reaches every kubelet at its node's address",
    "authentication": "nobody may use a kubelet without a certificate or token that the API server confirms",
    "authorization": "the API server decides who may use a kubelet",
    "cgroup_driver": "it has to be that of containerd",
    "cluster_dns": "it follows from service_cidr",
    "cluster_domain": "it is an argument of the cluster",
    "container_runtime_endpoint": "containerd is the only runtime of a machine",
    "enable_debugging_handlers": "kubectl logs and exec need them, for those whom the API server authorizes",
    "healthz_bind_address": "nothing else of a kubelet is served without TLS",
    "healthz_port": "nothing of a kubelet is served without TLS",
    "make_ip_tables_util_chains": "kube-proxy relies on them (CIS 4.2.7)",
    "protect_kernel_defaults": "it follows from the operating system",
    "read_only_port": "it serves what pods run to everybody, without TLS (CIS 4.2.4)",
    "register_with_taints": "taints are an argument of their own",
    "resolv_conf": "it follows from the operating system",
    "rotate_certificates": "a kubelet's certificate lives three days (CIS 4.2.10)",
    "seccomp_default": "pods without a profile of their own would run without any",
    "server_tls_bootstrap": "the API server trusts no serving certificate but the cluster's authority's (CIS 4.2.11)",
    "static_pod_path": "the control plane's pods are there",
    "streaming_connection_idle_timeout": "an idle connection must end some time (CIS 4.2.5)",
    "tls_cert_file": "the cluster's authority signs serving certificates (CIS 4.2.9)",
    "tls_cipher_suites": "all servers of a cluster have the same strong ones (CIS 4.2.12)",
    "tls_min_version": "all servers of a cluster have the same",
    "tls_private_key_file": "the cluster's authority signs serving certificates (CIS 4.2.9)",
}
"""What is not for a user to set, and why; Kubernetes' own spelling of each gets the same answer."""
_GATES_OF_SECURITY = frozenset({"AllAlpha", "AllBeta", "KubeletInUserNamespace", "RotateKubeletServerCertificate"})


def kubelet_field() -> Field:
    """`KubeletArgs`, of the cluster or of a pool."""
    known_fields = section(SETTINGS)

    def walk(value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield from known_fields(value, path)
            return
        given = dict(entries(value))
        locked = {key: _locked(key) for key in given}
        for key, reason in locked.items():
            if reason:
                yield Problem(at(path, key), "", f"must not be set: {reason}")
        yield from known_fields({key: each for key, each in given.items() if not locked[key]}, path)

    return Field(walk)


def cluster_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Rules between the cluster's settings."""
    yield from _between(_given(args.get("kubelet")), "kubelet", version_of(args))


def node_problems(argument: str) -> Rule:
    """Rules between the settings of each entry of a list, pools or machines, and the cluster's that it leaves alone."""

    def problems(args: Mapping[object, object]) -> Iterator[Problem]:
        version, of_cluster = version_of(args), _given(args.get("kubelet"))
        already = {(each.path, each.rule) for each in _between(of_cluster, "", version)}
        listed = args.get(argument)
        for index, entry in enumerate(listed[:MOST_NODES] if isinstance(listed, list | tuple) else ()):
            own = _given(dict(entries(entry)).get("kubelet")) if isinstance(entry, Mapping) else {}
            for each in _between({**of_cluster, **own}, "", version) if own else ():
                if (each.path, each.rule) not in already:
                    yield Problem(f"{argument}[{index}].kubelet{each.path}", each.value, each.rule)

    return problems


def configuration(settings: Settings) -> dict[str, Any]:
    """The fields of KubeletConfiguration that settings become."""
    document: dict[str, Any] = {}
    if "shutdown_grace_period" in settings:
        critical = f"{min(SHUTDOWN_CRITICAL_SECONDS, shutdown_seconds(settings))}s"
        settings = {"shutdown_grace_period_critical_pods": critical, **settings}
    for name, value in settings.items():
        place = document
        *folders, last = _PLACES.get(name, _camel(name)).split(".")
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return document


def shutdown_seconds(settings: Settings) -> int:
    """For how long a shutdown of the machine waits."""
    seconds = quantities.to_seconds(settings.get("shutdown_grace_period"))
    return SHUTDOWN_SECONDS if seconds is None else seconds


def shutdown_delay_seconds(of_cluster: Settings, own: Settings) -> int:
    """For how long a machine lets its kubelet hold a shutdown: never less than the kubelet may take.

    Args:
        of_cluster: the cluster's settings.
        own: those of the machine, each in place of the cluster's.
    """
    return max(SHUTDOWN_SECONDS, shutdown_seconds({**of_cluster, **own}))


def _between(given: Mapping[str, Any], path: str, version: str) -> Iterator[Problem]:
    """Problems of settings of which each alone is good; what breaks its own rule is left out."""
    for name, value, rule in (
        *_percentages(given),
        *_ages(given),
        *_evictions(given),
        *_shutdown(given),
        *_static_cpus(given),
        *_gates(given, version),
    ):
        yield Problem(f"{path}.{name}", shown(value), rule)


_Found = Iterator[tuple[str, object, str]]
"""Name, value and rule of settings that do not go together."""


def _percentages(given: Mapping[str, Any]) -> _Found:
    high = given.get("image_gc_high_threshold_percent", 85)
    low = given.get("image_gc_low_threshold_percent", 80)
    if low >= high:
        yield "image_gc_low_threshold_percent", low, f"must be less than image_gc_high_threshold_percent ({high})"


def _ages(given: Mapping[str, Any]) -> _Found:
    least = quantities.to_seconds(given.get("image_minimum_gc_age", "2m"))
    most = given.get("image_maximum_gc_age", "0s")
    seconds = quantities.to_seconds(most)
    if least is not None and seconds and seconds <= least:
        yield "image_maximum_gc_age", most, f"must be longer than image_minimum_gc_age ({least}s), or 0s"


def _evictions(given: Mapping[str, Any]) -> _Found:
    soft, grace = given.get("eviction_soft", {}), given.get("eviction_soft_grace_period", {})
    if sorted(soft) != sorted(grace):
        rule = f"must be of the signals of eviction_soft: {', '.join(sorted(soft)) or 'none'}"
        yield "eviction_soft_grace_period", ", ".join(sorted(grace)), rule
    hard = {**DEFAULT_EVICTION_HARD, **given.get("eviction_hard", {})}
    for signal, value in soft.items():
        for read in (quantities.to_quantity, quantities.to_percentage):
            first, then = read(value), read(hard.get(signal))
            if first is not None and then is not None and first <= then:
                yield f"eviction_soft[{signal!r}]", value, f"must be more than that of eviction_hard ({hard[signal]})"


def _shutdown(given: Mapping[str, Any]) -> _Found:
    total = shutdown_seconds(given)
    critical = given.get("shutdown_grace_period_critical_pods", "0s")
    if (quantities.to_seconds(critical) or 0) > total:
        rule = f"must be at most shutdown_grace_period ({total}s)"
        yield "shutdown_grace_period_critical_pods", critical, rule
    if total > _LONGEST_SHUTDOWN:
        yield "shutdown_grace_period", given["shutdown_grace_period"], "must be at most 1h"


def _static_cpus(given: Mapping[str, Any]) -> _Found:
    if given.get("cpu_manager_policy") != CpuManagerPolicy.STATIC.value:
        return
    reserved = (given.get(name, {}).get("cpu") for name in ("system_reserved", "kube_reserved"))
    if "reserved_system_cpus" not in given and not any(quantities.to_quantity(each) for each in reserved):
        rule = "must have a CPU in system_reserved, kube_reserved or reserved_system_cpus"
        yield "cpu_manager_policy", given["cpu_manager_policy"], rule


def _gates(given: Mapping[str, Any], version: str) -> _Found:
    minor = RELEASES[version].minor
    for gate, value in given.get("feature_gates", {}).items():
        if gate in _GATES_OF_SECURITY:
            yield f"feature_gates[{gate!r}]", value, "must not be set: too much of the cluster depends on it"
        elif gate not in known.kubelet_feature_gates(minor):
            yield f"feature_gates[{shown(gate)}]", value, f"must be a feature gate of the kubelet {minor}"


def _given(value: object) -> dict[str, Any]:
    """The settings that keep their own rules."""
    if not isinstance(value, Mapping):
        return {}
    good = {}
    for name, each in entries(value):
        if isinstance(name, str) and name in SETTINGS and not list(SETTINGS[name].walk(each, name)):
            good[name] = _plain(each)
    return good


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: leaf(each) for key, each in entries(value)}
    return leaf(value)


def _locked(key: object) -> str | None:
    """Why a field is not for a user to set; None if it may be, or is unknown."""
    return next((why for name, why in _LOCKED.items() if key in (name, _camel(name), _KUBERNETES.get(name))), None)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


_KUBERNETES = {
    "cluster_dns": "clusterDNS",
    "make_ip_tables_util_chains": "makeIPTablesUtilChains",
    "server_tls_bootstrap": "serverTLSBootstrap",
}
_PLACES = {
    "event_record_qps": "eventRecordQPS",
    "image_gc_high_threshold_percent": "imageGCHighThresholdPercent",
    "image_gc_low_threshold_percent": "imageGCLowThresholdPercent",
    "image_minimum_gc_age": "imageMinimumGCAge",
    "image_maximum_gc_age": "imageMaximumGCAge",
    "pod_pids_limit": "podPidsLimit",
    "registry_pull_qps": "registryPullQPS",
    "reserved_system_cpus": "reservedSystemCPUs",
    "logging_verbosity": "logging.verbosity",
    "logging_format": "logging.format",
}
"""Fields that are not the setting's name in Kubernetes' spelling."""


def _cpu_set(value: object) -> str | None:
    good = isinstance(value, str) and _CPU_SET.fullmatch(value)
    return None if good else "must be a list of CPUs and ranges of them, such as 0-1,8"


def _sysctl(value: object) -> str | None:
    good = isinstance(value, str) and _SYSCTL.fullmatch(value)
    return None if good else "must be kernel.sem, kernel.shm*, kernel.msg*, fs.mqueue.* or net.*, or one of these"


def _gate(value: object) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9]{1,80}", value)
    return None if good else "must be the name of a feature gate"


def _amounts() -> Walk:
    return mapping_of(checks.one_of(_RESOURCES), quantities.quantity, len(_RESOURCES))


def _signals(check: checks.Check) -> Field:
    return Field(mapping_of(checks.one_of(_SIGNALS), check, len(_SIGNALS)))


SETTINGS: Mapping[str, Field] = {
    "max_pods": field(checks.integer(1, 250)),
    "pod_pids_limit": field(checks.integer(64, 4194304)),
    "system_reserved": Field(_amounts()),
    "kube_reserved": Field(_amounts()),
    "reserved_system_cpus": field(_cpu_set),
    "eviction_hard": _signals(quantities.threshold),
    "eviction_soft": _signals(quantities.threshold),
    "eviction_soft_grace_period": _signals(quantities.duration),
    "eviction_minimum_reclaim": _signals(quantities.threshold),
    "eviction_max_pod_grace_period": field(checks.integer(0, _MOST_SECONDS)),
    "eviction_pressure_transition_period": field(quantities.duration),
    "image_gc_high_threshold_percent": field(checks.integer(1, 100)),
    "image_gc_low_threshold_percent": field(checks.integer(0, 99)),
    "image_minimum_gc_age": field(quantities.duration),
    "image_maximum_gc_age": field(quantities.duration),
    "container_log_max_size": field(quantities.size),
    "container_log_max_files": field(checks.integer(2, 100)),
    "registry_pull_qps": field(checks.integer(0, 1000)),
    "registry_burst": field(checks.integer(1, 1000)),
    "max_parallel_image_pulls": field(checks.integer(1, 1000)),
    "event_record_qps": field(checks.integer(1, 1000)),
    "cpu_manager_policy": field(checks.member_of(CpuManagerPolicy)),
    "topology_manager_policy": field(checks.member_of(TopologyManagerPolicy)),
    "allowed_unsafe_sysctls": Field(list_of(_sysctl, 0, _MOST)),
    "feature_gates": Field(mapping_of(_gate, checks.boolean, _MOST)),
    "shutdown_grace_period": field(quantities.duration),
    "shutdown_grace_period_critical_pods": field(quantities.duration),
    "logging_verbosity": field(checks.integer(0, 5)),
    "logging_format": field(checks.member_of(LoggingFormat)),
}
"""The fields of `KubeletArgs`."""
