"""Flags that a user adds to the programs of the control plane: which are taken, which are not, and why.

Pure. Reads: `ControlPlaneFlagsArgs`. Makes: problems, or the flags of each program.

A flag that the library sets is in one of three tables: it is never a user's (`FIXED`), it may be at the user's own risk
(`RISKS`), or it tunes and may be replaced (`OPEN`). Any other flag that the program knows is taken, unless it is in one
of the first two as well. Sources: https://kubernetes.io/docs/reference/command-line-tools-reference/ and the CIS
Kubernetes Benchmark 1.12, sections 1.2 to 1.4.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tradewind.errors import Problem
from tradewind.spec import checks, known
from tradewind.spec.fields import Field, entries, mapping_of, section
from tradewind.spec.rules import text_of, version_of
from tradewind.spec.shown import shown
from tradewind.versions import RELEASES

PROGRAMS = {
    "kube_apiserver": "kube-apiserver",
    "kube_controller_manager": "kube-controller-manager",
    "kube_scheduler": "kube-scheduler",
}
"""Program by the field of its flags."""
ADDED = "enable-admission-plugins"
"""The one flag whose value is added to the library's own."""

_FILE = "it names a file of this library's"
_AUTHENTICATION = "the API server refuses it beside its authentication file; use the argument oidc"
_SIGNING = "the controller manager refuses it beside cluster-signing-cert-file"
_PROBED = "the pod's probes know the port"
_NODE_RANGE = "every node has a /24 of pod_cidr"
_HEADERS = "whoever has such a certificate speaks for any user"
_PROFILE = "profiles show the program's memory (CIS 1.2.15, 1.3.2, 1.4.1)"
_RELEASE = "upgrades count on the version that the program has"
_GATES = "some gates are protections, and alpha ones go again"
_OUTSIDE = "its metrics would be reachable from outside (CIS 1.3.7, 1.4.2)"
_LOOKUP = "it would ask no API server who is asking"

FIXED: Mapping[str, Mapping[str, str]] = {
    "kube-apiserver": {
        "advertise-address": "it is the address of the node",
        "anonymous-auth": "the API server refuses it beside its authentication file, which opens health paths only",
        "authentication-config": "it names a file of this library's; use the argument oidc",
        "authorization-config": "the API server refuses it beside authorization-mode",
        "bind-address": "probes, load balancers and kubelets reach the API server at every address of its node",
        "etcd-prefix": "everything that is stored would be gone",
        "etcd-servers": "they are the members on the controllers",
        "secure-port": _PROBED,
        "service-account-issuer": "use the argument service_account_issuer",
        "service-account-jwks-uri": "use the argument service_account_issuer",
        "service-account-signing-endpoint": "the API server refuses it beside its signing key",
        "service-cluster-ip-range": "use the argument service_cidr",
        **dict.fromkeys(
            (
                "admission-control-config-file",
                "client-ca-file",
                "encryption-provider-config",
                "etcd-cafile",
                "etcd-certfile",
                "etcd-keyfile",
                "kubelet-certificate-authority",
                "kubelet-client-certificate",
                "kubelet-client-key",
                "proxy-client-cert-file",
                "proxy-client-key-file",
                "requestheader-client-ca-file",
                "service-account-key-file",
                "service-account-signing-key-file",
                "tls-cert-file",
                "tls-private-key-file",
            ),
            _FILE,
        ),
        **dict.fromkeys(
            (
                "oidc-ca-file",
                "oidc-client-id",
                "oidc-groups-claim",
                "oidc-groups-prefix",
                "oidc-issuer-url",
                "oidc-required-claim",
                "oidc-signing-algs",
                "oidc-username-claim",
                "oidc-username-prefix",
            ),
            _AUTHENTICATION,
        ),
    },
    "kube-controller-manager": {
        "allocate-node-cidrs": "use the argument pod_cidr",
        "cloud-provider": "use the argument external_cloud_provider",
        "cluster-cidr": "use the argument pod_cidr",
        "leader-elect": "it follows from the number of controllers",
        "master": "its kubeconfig names the API server",
        "node-cidr-mask-size": _NODE_RANGE,
        "node-cidr-mask-size-ipv4": _NODE_RANGE,
        "node-cidr-mask-size-ipv6": _NODE_RANGE,
        "secure-port": _PROBED,
        "service-cluster-ip-range": "use the argument service_cidr",
        **dict.fromkeys(
            (
                "authentication-kubeconfig",
                "authorization-kubeconfig",
                "client-ca-file",
                "cluster-signing-cert-file",
                "cluster-signing-key-file",
                "kubeconfig",
                "root-ca-file",
                "service-account-private-key-file",
            ),
            _FILE,
        ),
        **{
            f"cluster-signing-{signer}-{kind}-file": _SIGNING
            for signer in ("kube-apiserver-client", "kubelet-client", "kubelet-serving", "legacy-unknown")
            for kind in ("cert", "key")
        },
    },
    "kube-scheduler": {
        "authentication-kubeconfig": _FILE,
        "authorization-kubeconfig": _FILE,
        "config": _FILE,
        "leader-elect": "it follows from the number of controllers",
        "master": "its kubeconfig names the API server",
        "secure-port": _PROBED,
    },
}
"""Never a user's: flag to the reason."""

_RISKS_OF_BOTH = {
    "authentication-skip-lookup": _LOOKUP,
    "authentication-tolerate-lookup-failure": "its first start comes before its rights",
    "authorization-always-allow-paths": "everybody could read what is at these paths",
    "bind-address": _OUTSIDE,
    "emulated-version": _RELEASE,
    "feature-gates": _GATES,
    "min-compatibility-version": _RELEASE,
    "requestheader-allowed-names": _HEADERS,
    "requestheader-client-ca-file": _HEADERS,
}
RISKS: Mapping[str, Mapping[str, str]] = {
    "kube-apiserver": {
        "allow-privileged": "network pods and kube-proxy are privileged",
        "api-audiences": "pods' tokens are made for the issuer",
        "audit-log-path": "nobody could tell any more who did what (CIS 1.2.16)",
        "audit-policy-file": "nobody could tell any more who did what (CIS 3.2)",
        "authentication-token-webhook-config-file": "another server would say who a user is",
        "authorization-mode": "rights come from RBAC, and a node's from what runs on it (CIS 1.2.6 to 1.2.8)",
        "authorization-policy-file": "its rights come besides those of RBAC",
        "authorization-webhook-config-file": "another server would give rights",
        "contention-profiling": _PROFILE,
        "cors-allowed-origins": "pages of these origins could act as whoever visits them",
        "debug-socket-path": "whoever reaches the socket sees the server's memory, without a certificate",
        "disable-admission-plugins": "what is on by default protects nodes, Secrets and quotas (CIS 1.2.10 to 1.2.14)",
        "emulated-version": _RELEASE,
        "enable-bootstrap-token-auth": "nodes join with these tokens",
        "enable-garbage-collector": "it has to be the same in the controller manager",
        "endpoint-reconciler-type": "the Service `kubernetes` would lose its endpoints",
        "etcd-servers-overrides": "these objects are not in the members that are kept",
        "feature-gates": _GATES,
        "min-compatibility-version": _RELEASE,
        "profiling": _PROFILE,
        "requestheader-allowed-names": _HEADERS,
        "requestheader-extra-headers-prefix": _HEADERS,
        "requestheader-group-headers": _HEADERS,
        "requestheader-uid-headers": _HEADERS,
        "requestheader-username-headers": _HEADERS,
        "runtime-config": "what is turned off is missed by controllers, and alpha APIs go again",
        "service-account-extend-token-expiration": "pods' tokens would live for a year",
        "service-account-lookup": "tokens of deleted accounts would go on working (CIS 1.2.20)",
        "tls-cipher-suites": "all servers of a cluster have the same strong ones (CIS 1.2.29)",
        "tls-min-version": "all servers of a cluster have the same",
        "token-auth-file": "its tokens stand in plain text and never end (CIS 1.2.2)",
    },
    "kube-controller-manager": {
        **_RISKS_OF_BOTH,
        "configure-cloud-routes": "pod networks make their own routes",
        "contention-profiling": _PROFILE,
        "controllers": "tokens, certificates and nodes of the cluster are the work of controllers",
        "enable-garbage-collector": "it has to be the same in the API server",
        "enable-hostpath-provisioner": "its volumes are folders of whatever node",
        "profiling": _PROFILE,
        "use-service-account-credentials": "every controller would have the rights of all (CIS 1.3.3)",
    },
    "kube-scheduler": {**_RISKS_OF_BOTH, "leader-elect-resource-lock": "no two schedulers may lead"},
}
"""A user's, if the reason is accepted: flag to the reason."""

OPEN: Mapping[str, frozenset[str]] = {
    "kube-apiserver": frozenset(
        {
            "audit-log-maxage",
            "audit-log-maxbackup",
            "audit-log-maxsize",
            ADDED,
            "encryption-provider-config-automatic-reload",
            "kubelet-preferred-address-types",
            "shutdown-delay-duration",
            "shutdown-watch-termination-grace-period",
        }
    ),
    "kube-controller-manager": frozenset(
        {"cluster-signing-duration", "kube-api-burst", "kube-api-qps", "terminated-pod-gc-threshold"}
    ),
    "kube-scheduler": frozenset(),
}
"""The library's own that a user may replace."""

_FLAG = re.compile(r"[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?")
_MOST = 64
_LONGEST_VALUE = 1024


def program_flags(args: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Flags by program of validated `ControlPlaneFlagsArgs`."""
    return {PROGRAMS[name]: dict(each["flags"]) for name, each in args.items()}


def with_flags(own: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """The library's flags of a program with a user's, as the words of a container's command.

    Kubernetes expands `$(NAME)` there; a user's `$` is only that.
    """
    flags = dict(own)
    for name, value in added.items():
        literal = value.replace("$", "$$")
        plugins = dict.fromkeys([*own.get(name, "").split(","), *literal.split(",")])
        flags[name] = ",".join(plugins) if name == ADDED else literal
    return flags


def problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """Flags that the program does not know, that are not a user's, or whose risk nobody has accepted."""
    value = args.get("control_plane_flags")
    given = dict(entries(value)) if isinstance(value, Mapping) else {}
    minor = RELEASES[version_of(args)].minor
    for field_name, program in PROGRAMS.items():
        each = given.get(field_name)
        if isinstance(each, Mapping):
            yield from _of_program(dict(entries(each)), program, minor, f"control_plane_flags.{field_name}")


def _of_program(given: Mapping[object, object], program: str, minor: str, path: str) -> Iterator[Problem]:
    flags, accepted = (text_of(given.get(name)) for name in ("flags", "accept_risks"))
    for name, value in flags.items():
        rule = None if _flag(name) else _rule(name, program, minor, accepted)
        if rule:
            yield Problem(f"{path}.flags[{name!r}]", "", rule)
        elif name == ADDED and program == "kube-apiserver":
            plugins = known.admission_plugins(minor)
            for plugin in (each for each in value.split(",") if each not in plugins):
                yield Problem(
                    f"{path}.flags[{name!r}]", shown(plugin), f"must be admission plugins of {program} {minor}"
                )
    for name in accepted:
        if not _flag(name) and (name not in flags or name not in RISKS[program]):
            yield Problem(f"{path}.accept_risks[{name!r}]", "", "must be one of the flags, and one with a risk")


def _rule(name: str, program: str, minor: str, accepted: Mapping[str, str]) -> str | None:
    if name in FIXED[program]:
        return f"must not be set: {FIXED[program][name]}"
    if name not in known.flags(program, minor):
        return f"must be a flag of {program} {minor}, and none that is deprecated"
    if name in RISKS[program] and name not in accepted:
        return f"must have its reason in accept_risks: {RISKS[program][name]}"
    return None


def _flag(value: object) -> str | None:
    good = isinstance(value, str) and _FLAG.fullmatch(value)
    return None if good else "must be a flag without dashes before it, such as event-ttl"


def _value(value: object) -> str | None:
    good = isinstance(value, str) and len(value) <= _LONGEST_VALUE and value.isascii() and value.isprintable()
    return None if good else f"must be text of at most {_LONGEST_VALUE} printable ASCII characters"


PROGRAM_FIELDS = {
    "flags": Field(mapping_of(_flag, _value, _MOST), required=True),
    "accept_risks": Field(mapping_of(_flag, checks.reason, _MOST)),
}
"""The fields of `ProgramFlagsArgs`."""
FIELDS = dict.fromkeys(PROGRAMS, Field(section(PROGRAM_FIELDS)))
"""The fields of `ControlPlaneFlagsArgs`."""
