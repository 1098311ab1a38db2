"""Pools of workers: names, counts, labels and taints."""

from tests.unit.bad_input.messages import (
    ARCH,
    DIGEST,
    ENTRIES,
    GIVEN,
    LABEL,
    LABEL_KEY,
    LABEL_VALUE,
    MAPPING,
    ONE_WAY,
    ONLY,
    WHOLE,
)
from tests.unit.bad_input.rows import As, Case, Row

_POOL = {"name": "gpu", "workers": 1}
_KUBERNETES = "must not be of kubernetes.io or k8s.io, but for kubelet.kubernetes.io and node.kubernetes.io"
_OWN = "must not be a label that every node of a role has"
_OTHERS = "must differ from worker and controller, which name other machines"
_EFFECT = "must be one of NoSchedule, PreferNoSchedule, NoExecute"
_LABELS = "must be a mapping of at most 32 entries"
_CONTROL_PLANES = "must not begin with node.kubernetes.io/: the control plane sets and removes those"
_IMAGE = "worker_pools[0].kubelet_image"


def _pools(*pools: object, lines: list[str]) -> Case:
    return Case("local", "worker_pools", list(pools), tuple(lines))


def _labels(key: object, shown: str, rule: str) -> Case:
    return _pools({**_POOL, "labels": {key: "a"}}, lines=[f"worker_pools[0].labels[{shown}]: the key {rule}"])


def _taint(line: str, **changes: object) -> Case:
    taint = {"key": "gpu", "effect": "NoSchedule", "value": "yes", **changes}
    return _pools({**_POOL, "taints": [taint]}, lines=[f"worker_pools[0].taints[0].{line}"])


POOLS = [
    Row(
        "workers",
        WHOLE.format(0, 100),
        "1",
        -1,
        101,
        None,
        True,
        1.0,
        As(10**400, "<a number of 1329 bits>"),
        platform="local",
    ),
    Row("workers", WHOLE.format(0, 100), As([{"name": "gpu"}], "<list>"), As({}, "<dict>"), platform="local"),
    Row(
        "controllers",
        "must be one of 1, 3, 5, so that etcd has a majority",
        *(0, 2, 4, 7, -1, "3", None, True, 1.0, As(10**5000, "<a number of 16610 bits>"), As([], "<list>")),
        platform="local",
    ),
    Row(
        "worker_pools",
        ENTRIES.format(0, 5),
        None,
        "gpu",
        1,
        As(_POOL, "<dict>"),
        As([_POOL] * 1_000_000, "<list>"),
        platform="local",
    ),
    [
        *(
            _pools({"name": value}, lines=[f"worker_pools[0].name: {value!r} {LABEL.format(16)}"])
            for value in ("", "GPU", "gpu_1", "gpu.1", "-gpu", "a" * 17, None, 1, True, "gpu;id", "$(id)", "%n")
        ),
        _pools({"name": "gpu\n"}, lines=[rf"worker_pools[0].name: 'gpu\n' {LABEL.format(16)}"]),
        _pools({"name": "g\u0440u"}, lines=[rf"worker_pools[0].name: 'g\u0440u' {LABEL.format(16)}"]),
        *(
            _pools({"name": name}, lines=[f"worker_pools[0].name: {name!r} {_OTHERS}"])
            for name in ("worker", "controller")
        ),
        *(
            _pools({**_POOL, "workers": value}, lines=[f"worker_pools[0].workers: {value!r} {WHOLE.format(0, 20)}"])
            for value in (-1, 21, "1", None, True, 2.0)
        ),
        *(
            _pools({**_POOL, "architecture": value}, lines=[f"worker_pools[0].architecture: {value!r} {ARCH}"])
            for value in ("", "x86_64", None, 64)
        ),
        *(
            _pools({**_POOL, "kubelet_image": value}, lines=[f"worker_pools[0].kubelet_image: {shown} {MAPPING}"])
            for value, shown in ((None, "<NoneType>"), ("v1.36.2", "<str>"))
        ),
        _pools({**_POOL, "kubelet_image": {"digest": "x"}}, lines=[f"{_IMAGE}.digest: 'x' {DIGEST}"]),
        _pools(
            {**_POOL, "kubelet_image": {"tag": "v1.36.2", "build": "0123abc"}},
            lines=[f"{_IMAGE}.build: '0123abc' {ONE_WAY.format('tag')}"],
        ),
        *(
            _pools(
                {**_POOL, "architecture": "arm64", "kubelet_image": choice},
                lines=[f"{_IMAGE}.{way}: {shown!r} {ONLY.format('amd64', 'arm64')}"],
            )
            for choice, way, shown in (
                ({"build": "0123abc"}, "build", "0123abc"),
                ({"registry": "docker.io/psdn/kubelet", "build": "master"}, "build", "master"),
                ({"tag": "build-0123abc"}, "tag", "build-0123abc"),
                ({"version": "v1.36.2", "arch": "amd64"}, "version", "v1.36.2"),
                ({"arch": "amd64"}, "tag", "v1.36.2"),
            )
        ),
        _pools("gpu", lines=[f"worker_pools[0]: <str> {MAPPING}"]),
        _pools({}, lines=[f"worker_pools[0].name: {GIVEN}"]),
        _pools(_POOL, _POOL, lines=["worker_pools[1]: gpu must differ from the others in its name"]),
        *(
            _labels(key, repr(key), LABEL_KEY)
            for key in ("", "/", "a/", "/a", "a/b/c", "-a", "a b", "a=b", "a,b=c", "A.com/a")
        ),
        *(_labels(key, repr(key), LABEL_KEY) for key in (1, None, True, "x" * 64, "$(id)", "a\\b")),
        _labels("a\nb", r"'a\nb'", LABEL_KEY),
        _labels("\u0430", r"'\u0430'", LABEL_KEY),
        _labels(("a",), "'<tuple>'", LABEL_KEY),
        *(
            _labels(key, repr(key), _KUBERNETES)
            for key in (
                "node-role.kubernetes.io/gpu",
                "kubernetes.io/hostname",
                "kubernetes.io/arch",
                "k8s.io/a",
                "a.k8s.io/b",
            )
        ),
        *(
            _labels(key, repr(key), _KUBERNETES)
            for key in ("node-restriction.kubernetes.io/a", "a.node-restriction.kubernetes.io/a")
        ),
        *(_labels(key, repr(key), _OWN) for key in ("node.kubernetes.io/node", "node.kubernetes.io/controller")),
        *(
            _pools({**_POOL, "labels": {"a": value}}, lines=[f"worker_pools[0].labels['a']: {value!r} {LABEL_VALUE}"])
            for value in ("-", "a-", "_a", "a b", "a,b=c", "a/b", "x" * 64, None, True, 1, "$(id)", "%n", 'a"', "a'")
        ),
        _pools({**_POOL, "labels": {"a": "b\nc"}}, lines=[rf"worker_pools[0].labels['a']: 'b\nc' {LABEL_VALUE}"]),
        _pools({**_POOL, "labels": {"a": "\u202eb"}}, lines=[rf"worker_pools[0].labels['a']: '\u202eb' {LABEL_VALUE}"]),
        *(
            _pools({**_POOL, "labels": value}, lines=[f"worker_pools[0].labels: {shown} {_LABELS}"])
            for value, shown in (
                (None, "<NoneType>"),
                (["a=b"], "<list>"),
                ("a=b", "<str>"),
                ({f"a{number}": "" for number in range(33)}, "<dict>"),
                ({f"a{number}": "" for number in range(1_000_000)}, "<dict>"),
            )
        ),
        *(
            _taint(f"key: {key!r} {LABEL_KEY}", key=key)
            for key in ("", "a b", "a=b", "gpu:NoSchedule", "a/b/c", None, 1)
        ),
        _taint(rf"key: 'gpu\n' {LABEL_KEY}", key="gpu\n"),
        _taint(f"key: 'node.kubernetes.io/not-ready' {_CONTROL_PLANES}", key="node.kubernetes.io/not-ready"),
        *(
            _taint(f"effect: {effect!r} {_EFFECT}", effect=effect)
            for effect in ("", "noSchedule", "NoSchedule ", "Evict", None, 1)
        ),
        *(
            _taint(f"value: {value!r} {LABEL_VALUE}", value=value)
            for value in ("a b", "-", "a:NoSchedule", "x" * 64, None, True)
        ),
        _pools(
            {**_POOL, "taints": [{}]}, lines=[f"worker_pools[0].taints[0].{key}: {GIVEN}" for key in ("key", "effect")]
        ),
        _pools(
            {**_POOL, "taints": "gpu=yes:NoSchedule"},
            lines=[f"worker_pools[0].taints: 'gpu=yes:NoSchedule' {ENTRIES.format(0, 32)}"],
        ),
        _pools(
            {
                **_POOL,
                "taints": [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule", "value": "b"}],
            },
            lines=["worker_pools[0].taints[1]: a NoSchedule must differ from the others in its key or effect"],
        ),
        Case(
            "local",
            "worker_pools",
            [{"name": f"pool{number}", "workers": 20} for number in range(5)],
            ("worker_pools: 101 workers must have at most 100 workers, `workers` included",),
        ),
    ],
    Row(
        "api_port",
        "must be 6443 with one controller, as nothing stands before its API server",
        443,
        22,
        platform="local",
    ),
    *(
        Row(f"{role}_labels", _LABELS, As(None, "<NoneType>"), As([], "<list>"), As("a=b", "<str>"), platform="local")
        for role in ("controller", "worker")
    ),
    *(
        Row(f"{role}_taints", ENTRIES.format(0, 32), None, "gpu", As({}, "<dict>"), platform="local")
        for role in ("controller", "worker")
    ),
    [
        Case("local", f"{role}_{kind}", value, (f"{role}_{kind}{line}",))
        for role in ("controller", "worker")
        for kind, value, line in (
            ("labels", {"node.kubernetes.io/node": ""}, f"['node.kubernetes.io/node']: the key {_OWN}"),
            ("labels", {"a": "b c"}, f"['a']: 'b c' {LABEL_VALUE}"),
            ("taints", [{"key": "gpu"}], f"[0].effect: {GIVEN}"),
            ("taints", [{"key": "gpu", "effect": "NoRun"}], f"[0].effect: 'NoRun' {_EFFECT}"),
            (
                "taints",
                [{"key": "gpu", "effect": "NoExecute"}] * 2,
                "[1]: gpu NoExecute must differ from the others in its key or effect",
            ),
        )
    ],
]
