"""Settings of the kubelet: bounds, quantities, rules between them, and what is not for a user to set."""

from tests.unit.bad_input.messages import BOOLEAN, ENTRIES, MAPPING, TWICE, WHOLE
from tests.unit.bad_input.rows import As, Case, Row
from tradewind.spec import kubelet

_QUANTITY = "must be a quantity, such as 500m, 2 or 1.5Gi"
_SIZE = "must be a quantity of bytes above 0, such as 10Mi"
_THRESHOLD = "must be a quantity or a percentage below 100%, such as 500Mi or 10%"
_DURATION = "must be a duration, such as 30s, 5m or 1h30m"
_RESOURCES = "must be one of cpu, memory, ephemeral-storage, pid"
_SIGNALS = f"must be one of {', '.join(kubelet._SIGNALS)}"
_CPUS = "must be a list of CPUs and ranges of them, such as 0-1,8"
_SYSCTL = "must be kernel.sem, kernel.shm*, kernel.msg*, fs.mqueue.* or net.*, or one of these"
_GATE = "must be the name of a feature gate"
_NOT_TEXT = (None, 1, 1.5, True, As([], "<list>"), As({}, "<dict>"), As(b"1", "<bytes>"))
_INJECTED = ("$(id)", "1; id", As("1\n", r"'1\n'"), As("1\nreadOnlyPort: 1", r"'1\nreadOnlyPort: 1'"))


def _case(value: dict, *lines: str) -> Case:
    return Case("any", "kubelet", value, tuple(f"kubelet.{line}" for line in lines))


def _locked(key: str, reason: str) -> Case:
    return _case({key: "hunter2"}, f"{key}: must not be set: {reason}")


def _pool(value: object, line: str) -> Case:
    pools = [{"name": "gpu", "kubelet": value}]
    return Case("local", "worker_pools", pools, (f"worker_pools[0].kubelet{line}",))


KUBELET = [
    Row("kubelet", MAPPING, As(None, "<NoneType>"), As([], "<list>"), As("maxPods: 9", "<str>"), As(1, "<int>")),
    Row("kubelet.max_pods", WHOLE.format(1, 250), *_NOT_TEXT[0:1], 0, 251, "110", True, 1.5, As([], "<list>")),
    Row("kubelet.pod_pids_limit", WHOLE.format(64, 4194304), -1, 0, 63, 4194305, "4096"),
    Row("kubelet.image_gc_high_threshold_percent", WHOLE.format(1, 100), 0, 101, "85%"),
    Row("kubelet.image_gc_low_threshold_percent", WHOLE.format(0, 99), -1, 100),
    Row("kubelet.eviction_max_pod_grace_period", WHOLE.format(0, 86400), -1, 86401, "60s"),
    Row("kubelet.container_log_max_files", WHOLE.format(2, 100), 1, 101),
    Row("kubelet.registry_pull_qps", WHOLE.format(0, 1000), -1, 1001),
    Row("kubelet.registry_burst", WHOLE.format(1, 1000), 0, 1001),
    Row("kubelet.max_parallel_image_pulls", WHOLE.format(1, 1000), 0, 1001),
    Row("kubelet.event_record_qps", WHOLE.format(1, 1000), 0, -1),
    Row("kubelet.logging_verbosity", WHOLE.format(0, 5), -1, 6, "2"),
    Row("kubelet.container_log_max_size", _SIZE, *_NOT_TEXT, *_INJECTED, "0", "500m", "10%", "10MB"),
    Row("kubelet.eviction_pressure_transition_period", _DURATION, *_NOT_TEXT, *_INJECTED, "", "5", "1d", "1.5s", "-1s"),
    Row("kubelet.image_minimum_gc_age", _DURATION, "m", "1s1m", "1h 2m", "1000000000s"),
    Row("kubelet.shutdown_grace_period", "must be at most 1h", "1h1s", "2h", "3601s"),
    Row("kubelet.reserved_system_cpus", _CPUS, *_NOT_TEXT, *_INJECTED, "", "a", "0-", "-1", "0,,1", "0 1", "0-1-2"),
    Row("kubelet.cpu_manager_policy", "must be one of none, static", "", "Static", None, True),
    Row(
        "kubelet.cpu_manager_policy",
        "must have a CPU in system_reserved, kube_reserved or reserved_system_cpus",
        "static",
    ),
    Row(
        "kubelet.topology_manager_policy",
        "must be one of none, best-effort, restricted, single-numa-node",
        *("", "single", None),
    ),
    Row("kubelet.logging_format", "must be one of text, json", "xml", None),
    Row("kubelet.allowed_unsafe_sysctls", ENTRIES.format(0, 32), None, "net.*", As({}, "<dict>")),
    [
        *(
            _case({"allowed_unsafe_sysctls": [value]}, f"allowed_unsafe_sysctls[0]: {value!r} {_SYSCTL}")
            for value in (
                "",
                "*",
                "kernel.*",
                "vm.swappiness",
                "kernel.panic",
                "net",
                "net.*.x",
                "kernel.sem*",
                "net/*",
                1,
            )
        ),
        _case({"allowed_unsafe_sysctls": ["net.*", "net.*"]}, f"allowed_unsafe_sysctls[1]: 'net.*' {TWICE}"),
        *(
            _case({"system_reserved": {"cpu": value}}, f"system_reserved['cpu']: {value!r} {_QUANTITY}")
            for value in (
                "",
                "-1",
                "1 Gi",
                "1KiB",
                "1e3",
                "0x1",
                "1gi",
                "1" * 16,
                "1.2345",
                ".5",
                "5.",
                None,
                1,
                True,
                "$(id)",
            )
        ),
        _case({"kube_reserved": {"gpu": "1"}}, f"kube_reserved['gpu']: the key {_RESOURCES}"),
        _case({"kube_reserved": "1Gi"}, "kube_reserved: <str> must be a mapping of at most 4 entries"),
        _case({"eviction_hard": {"memory": "1Gi"}}, f"eviction_hard['memory']: the key {_SIGNALS}"),
        _case({"eviction_hard": {1: "1Gi"}}, f"eviction_hard[1]: the key {_SIGNALS}"),
        *(
            _case(
                {"eviction_hard": {"memory.available": value}},
                f"eviction_hard['memory.available']: {value!r} {_THRESHOLD}",
            )
            for value in ("", "100%", "-1%", "5 %", "5%%", "10.55%", None, 5, "a")
        ),
        _case(
            {"eviction_soft": {"memory.available": "1Gi"}},
            "eviction_soft_grace_period: '' must be of the signals of eviction_soft: memory.available",
        ),
        _case(
            {"eviction_soft_grace_period": {"memory.available": "1m"}},
            "eviction_soft_grace_period: 'memory.available' must be of the signals of eviction_soft: none",
        ),
        *(
            _case(
                {"eviction_soft": {signal: soft}, "eviction_soft_grace_period": {signal: "1m"}, "eviction_hard": hard},
                f"eviction_soft[{signal!r}]: {soft!r} must be more than that of eviction_hard ({than})",
            )
            for signal, soft, hard, than in (
                ("memory.available", "100Mi", {}, "100Mi"),
                ("memory.available", "500M", {"memory.available": "1Gi"}, "1Gi"),
                ("nodefs.available", "9.5%", {}, "10%"),
            )
        ),
        _case(
            {"image_gc_high_threshold_percent": 80},
            "image_gc_low_threshold_percent: 80 must be less than image_gc_high_threshold_percent (80)",
        ),
        _case(
            {"image_gc_low_threshold_percent": 90},
            "image_gc_low_threshold_percent: 90 must be less than image_gc_high_threshold_percent (85)",
        ),
        _case(
            {"image_maximum_gc_age": "90s"},
            "image_maximum_gc_age: '90s' must be longer than image_minimum_gc_age (120s), or 0s",
        ),
        _case(
            {"shutdown_grace_period_critical_pods": "46s"},
            "shutdown_grace_period_critical_pods: '46s' must be at most shutdown_grace_period (45s)",
        ),
        _case(
            {"shutdown_grace_period": "0s", "shutdown_grace_period_critical_pods": "1s"},
            "shutdown_grace_period_critical_pods: '1s' must be at most shutdown_grace_period (0s)",
        ),
        _case({"feature_gates": {"a b": True}}, f"feature_gates['a b']: the key {_GATE}"),
        _case({"feature_gates": {"MemoryQoS": "true"}}, f"feature_gates['MemoryQoS']: 'true' {BOOLEAN}"),
        _case(
            {"feature_gates": {"Planted": True}},
            "feature_gates['Planted']: True must be a feature gate of the kubelet v1.36",
        ),
        *(
            _case(
                {"feature_gates": {gate: False}},
                f"feature_gates['{gate}']: False must not be set: too much of the cluster depends on it",
            )
            for gate in ("AllAlpha", "AllBeta", "KubeletInUserNamespace", "RotateKubeletServerCertificate")
        ),
        *(_locked(name, reason) for name, reason in kubelet._LOCKED.items()),
        *(
            _locked(name, kubelet._LOCKED[ours])
            for name, ours in (
                ("readOnlyPort", "read_only_port"),
                ("serverTLSBootstrap", "server_tls_bootstrap"),
                ("rotateCertificates", "rotate_certificates"),
                ("tlsCipherSuites", "tls_cipher_suites"),
                ("clusterDNS", "cluster_dns"),
            )
        ),
        _case({"maxPods": 9}, f"maxPods: <int> is unknown; the fields are {', '.join(kubelet.SETTINGS)}"),
        _pool("x", f": <str> {MAPPING}"),
        _pool({"max_pods": 0}, f".max_pods: 0 {WHOLE.format(1, 250)}"),
        _pool({"read_only_port": 1}, f".read_only_port: must not be set: {kubelet._LOCKED['read_only_port']}"),
        _pool(
            {"cpu_manager_policy": "static"},
            ".cpu_manager_policy: 'static' must have a CPU in system_reserved, kube_reserved or reserved_system_cpus",
        ),
    ],
]
