"""Settings of the kubelet, for all nodes or those of a pool. `spec.kubelet` holds the rules.

Each becomes the field of KubeletConfiguration with the same name, and Kubernetes' default counts where it is left out:
https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from tradewind.choices import CpuManagerPolicy, LoggingFormat, TopologyManagerPolicy


class KubeletArgs(TypedDict):
    """What a kubelet does with its machine. What the cluster's security rests on is not among it.

    Quantities are Kubernetes' (`500m`, `1Gi`), durations as `30s` or `1h30m`. A field of a pool replaces the cluster's.
    """

    max_pods: NotRequired[int]
    """Pods on a node, 1 to 250: each node has a /24 of addresses for them. Default: 110."""
    pod_pids_limit: NotRequired[int]
    """Processes of a pod, 64 to 4194304. Default: 4096."""
    system_reserved: NotRequired[Mapping[str, str]]
    """What is kept from pods for the system: quantities of cpu, memory, ephemeral-storage and pid. Those that are left
    out keep their defaults. Default: cpu 100m and memory 300Mi; on controllers, which run etcd, 200m and 512Mi."""
    kube_reserved: NotRequired[Mapping[str, str]]
    """What is kept from pods for kubelet and container runtime, in the same form. Default: nothing."""
    reserved_system_cpus: NotRequired[str]
    """CPUs that pods with CPUs of their own never get, such as `0-1,8`. Default: none."""
    eviction_hard: NotRequired[Mapping[str, str]]
    """Signal to the quantity or percentage below which pods are ended at once. Signals that are left out keep their
    defaults. Signals: memory.available, nodefs.available, nodefs.inodesFree, imagefs.available, imagefs.inodesFree,
    containerfs.available, containerfs.inodesFree, pid.available.
    Default: memory 100Mi, nodefs 10% and 5% of inodes, imagefs 15% and 5% of inodes."""
    eviction_soft: NotRequired[Mapping[str, str]]
    """Signal to the quantity or percentage below which pods are ended after a grace period. Default: none."""
    eviction_soft_grace_period: NotRequired[Mapping[str, str]]
    """Signal to the duration for which it may stay below `eviction_soft`; the same signals as there. Default: none."""
    eviction_minimum_reclaim: NotRequired[Mapping[str, str]]
    """Signal to the quantity or percentage that an eviction frees at least. Default: none."""
    eviction_max_pod_grace_period: NotRequired[int]
    """Seconds that a pod gets to end when a soft threshold is passed, 0 to 86400. Default: 0."""
    eviction_pressure_transition_period: NotRequired[str]
    """Duration for which a node stays under pressure after its signals are good again. Default: 5m."""
    image_gc_high_threshold_percent: NotRequired[int]
    """Use of the images' disk, percent, from which unused images are removed, 1 to 100. Default: 85."""
    image_gc_low_threshold_percent: NotRequired[int]
    """Use of the images' disk, percent, down to which they go, 0 to 99; less than the high one. Default: 80."""
    image_minimum_gc_age: NotRequired[str]
    """Duration that an image stays unused before it may be removed. Default: 2m."""
    image_maximum_gc_age: NotRequired[str]
    """Duration after which an unused image is removed in any case; longer than the minimum, or 0s for never.
    Default: 0s."""
    container_log_max_size: NotRequired[str]
    """Quantity at which a container's log is rotated, such as 10Mi. Default: 10Mi."""
    container_log_max_files: NotRequired[int]
    """Log files of a container, 2 to 100. Default: 5."""
    registry_pull_qps: NotRequired[int]
    """Image pulls per second, 0 (no limit) to 1000. Default: 5."""
    registry_burst: NotRequired[int]
    """Image pulls at once beyond that, 1 to 1000. Default: 10."""
    max_parallel_image_pulls: NotRequired[int]
    """Images pulled at the same time, 1 to 1000. Default: no limit."""
    event_record_qps: NotRequired[int]
    """Events per second, 1 to 1000; no limit is not offered (CIS 4.2.8). Default: 50."""
    cpu_manager_policy: NotRequired[CpuManagerPolicy]
    """Whether containers can have CPUs of their own. `static` needs a CPU in system_reserved, kube_reserved or
    reserved_system_cpus. Default: none."""
    topology_manager_policy: NotRequired[TopologyManagerPolicy]
    """How CPUs and devices of a pod are placed on NUMA nodes. Default: none."""
    allowed_unsafe_sysctls: NotRequired[Sequence[str]]
    """Kernel settings of their own that pods may ask for: kernel.sem, kernel.shm*, kernel.msg*, fs.mqueue.* or net.*,
    whole or with * at the end; at most 32. Default: none."""
    feature_gates: NotRequired[Mapping[str, bool]]
    """Feature gates of the kubelet in the cluster's Kubernetes version, at most 32. Default: none."""
    shutdown_grace_period: NotRequired[str]
    """Duration for which a shutdown of the machine waits for its pods, at most 1h; 0s is not at all.
    logind is told to wait as long. Default: 45s."""
    shutdown_grace_period_critical_pods: NotRequired[str]
    """The part of it that is kept for critical pods. Default: 30s."""
    logging_verbosity: NotRequired[int]
    """How much the kubelet logs, 0 to 5; from 6 on requests with their content would be in the log. Default: 0."""
    logging_format: NotRequired[LoggingFormat]
    """Form of the kubelet's log lines. Default: text."""
