"""Flags of the control plane's programs and settings of etcd: unknown, not a user's, at a risk, out of bounds."""

from tests.unit.bad_input.messages import GIVEN, MAPPING, WHOLE
from tests.unit.bad_input.rows import As, Case, Row
from tradewind.spec import flags

_FLAG = "must be a flag without dashes before it, such as event-ttl"
_VALUE = "must be text of at most 1024 printable ASCII characters"
_REASON = "must be a reason of 8 to 200 characters"
_ARGUMENT = "control_plane_flags"


def _api_server(value: object, *lines: str) -> Case:
    return Case(
        "any", f"{_ARGUMENT}.kube_apiserver", value, tuple(f"{_ARGUMENT}.kube_apiserver.{line}" for line in lines)
    )


def _of(field: str, name: str, rule: str, accepted: dict | None = None) -> Case:
    value = {"flags": {name: "1"}, **({"accept_risks": accepted} if accepted else {})}
    return Case("any", f"{_ARGUMENT}.{field}", value, (f"{_ARGUMENT}.{field}.flags[{name!r}]: {rule}",))


CONTROL_PLANE = [
    Row(_ARGUMENT, MAPPING, As(None, "<NoneType>"), As(["--v=2"], "<list>"), As("--v=2", "<str>")),
    Row(f"{_ARGUMENT}.kube_apiserver", MAPPING, As(None, "<NoneType>"), As(["--v=2"], "<list>"), As("--v=2", "<str>")),
    Row("etcd", MAPPING, As(None, "<NoneType>"), As([], "<list>"), As("ETCD_DEBUG=true", "<str>")),
    Row("etcd.quota_backend_bytes", WHOLE.format(268435456, 8589934592), 0, 268435455, 8589934593, "4Gi", True, None),
    Row("etcd.heartbeat_interval", WHOLE.format(50, 5000), 0, 49, 5001, "100ms"),
    Row("etcd.election_timeout", WHOLE.format(500, 50000), 499, 50001, 1.5),
    [
        Case(
            "any",
            "etcd",
            {"heartbeat_interval": 201},
            ("etcd.election_timeout: 1000 must be at least 5 times heartbeat_interval (201)",),
        ),
        Case(
            "any",
            "etcd",
            {"election_timeout": 500, "heartbeat_interval": 101},
            ("etcd.election_timeout: 500 must be at least 5 times heartbeat_interval (101)",),
        ),
        # Every flag with a rule of its own, one by one.
        *(
            _of(
                field,
                name,
                f"must not be set: {reason}",
                {"profiling": "because I say so"} if name == "profiling" else None,
            )
            for field, program in flags.PROGRAMS.items()
            for name, reason in flags.FIXED[program].items()
        ),
        *(
            _of(field, name, f"must have its reason in accept_risks: {reason}")
            for field, program in flags.PROGRAMS.items()
            for name, reason in flags.RISKS[program].items()
        ),
        *(
            _of("kube_apiserver", name, "must be a flag of kube-apiserver v1.36, and none that is deprecated")
            for name in (
                "planted",
                "insecure-port",
                "insecure-bind-address",
                "basic-auth-file",
                "admission-control",
                "help",
            )
        ),
        _of("kube_scheduler", "profiling", "must be a flag of kube-scheduler v1.36, and none that is deprecated"),
        _of(
            "kube_controller_manager",
            "event-ttl",
            "must be a flag of kube-controller-manager v1.36, and none that is deprecated",
        ),
        *(
            _api_server({"flags": {name: "1"}}, f"flags[{shown}]: the key {_FLAG}")
            for name, shown in (
                ("--v", "'--v'"),
                ("", "''"),
                ("v=2", "'v=2'"),
                ("a b", "'a b'"),
                ("V", "'V'"),
                (1, "1"),
                ("v\n", r"'v\n'"),
                ("v;id", "'v;id'"),
                ("a" * 81, f"'{'a' * 80}'... (81 characters)"),
            )
        ),
        *(
            _api_server({"flags": {"v": value}}, f"flags['v']: {shown} {_VALUE}")
            for value, shown in (
                (2, "2"),
                (True, "True"),
                (None, "None"),
                ("2\n--profiling=true", r"'2\n--profiling=true'"),
                ("\x1b[31m", r"'\x1b[31m'"),
                ("\u0662", r"'\u0662'"),
                (["2"], "<list>"),
                ("a" * 1025, f"'{'a' * 80}'... (1025 characters)"),
            )
        ),
        _api_server(
            {"flags": {"enable-admission-plugins": "AlwaysPullImages,Planted"}},
            "flags['enable-admission-plugins']: 'Planted' must be admission plugins of kube-apiserver v1.36",
        ),
        _api_server({}, f"flags: {GIVEN}"),
        _api_server(
            {"flags": {}, "accept_risks": {"profiling": "just in case"}},
            "accept_risks['profiling']: must be one of the flags, and one with a risk",
        ),
        _api_server(
            {"flags": {"v": "2"}, "accept_risks": {"v": "just in case"}},
            "accept_risks['v']: must be one of the flags, and one with a risk",
        ),
        _api_server(
            {"flags": {"etcd-prefix": "/x"}, "accept_risks": {"etcd-prefix": "just in case"}},
            f"flags['etcd-prefix']: must not be set: {flags.FIXED['kube-apiserver']['etcd-prefix']}",
            "accept_risks['etcd-prefix']: must be one of the flags, and one with a risk",
        ),
        *(
            _api_server(
                {"flags": {"profiling": "true"}, "accept_risks": {"profiling": reason}},
                f"accept_risks['profiling']: {reason!r} {_REASON}",
            )
            for reason in ("", "yes", "a" * 7)
        ),
    ],
]
