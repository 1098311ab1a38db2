"""Sections 1 to 4 of the CIS Kubernetes Benchmark 1.12 item by item, and what a new cluster decides of section 5.

Each has the number of the benchmark, what it asks for, and a check. docs/cis.md says how it is met, or why it is not.
"""

from dataclasses import dataclass

from tests.cluster.cis import policies as policy
from tests.cluster.cis.audit import (
    Check,
    all_of,
    among,
    at_least,
    each,
    flag,
    has,
    kubelet,
    loopback,
    mode,
    no_flag,
    owned_by,
    owner,
    within,
)
from tests.cluster.conftest import CONTROLLER, WORKER

BOTH = (CONTROLLER, WORKER)
ROOT = "root:root"
API, MANAGER, SCHEDULER, ETCD = "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"

# Where kube-bench looks, in its order.
POD = {name: f"/etc/kubernetes/manifests/{name}.yaml" for name in (API, MANAGER, SCHEDULER)}
ETCD_CONFIG = ("/etc/kubernetes/manifests/etcd.yaml", "/etc/etcd/etcd.conf")
ADMIN, SUPER_ADMIN = "/etc/kubernetes/admin.conf", "/etc/kubernetes/super-admin.conf"
SCHEDULER_CONF, MANAGER_CONF = "/etc/kubernetes/scheduler.conf", "/etc/kubernetes/controller-manager.conf"
CNI, PKI = "/var/lib/cni/networks/*/*[0-9]", "/etc/kubernetes/pki*"
KUBELET_UNIT = ("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", "/etc/systemd/system/kubelet.service")
KUBELET_KUBECONFIG = ("/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/kubeconfig")
PROXY_KUBECONFIG = ("/etc/kubernetes/kubelet-kubeconfig", "/var/lib/kubelet/kubeconfig")
KUBELET_CONFIG = ("/etc/kubernetes/kubelet-config.yaml", "/var/lib/kubelet/config.yaml")
CA = "/etc/kubernetes/pki/ca.crt"

_ECDHE = tuple(
    f"TLS_ECDHE_{key}_WITH_{suite}"
    for key in ("ECDSA", "RSA")
    for suite in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305")
)


@dataclass(frozen=True)
class Item:
    """One recommendation."""

    id: str
    title: str
    check: Check


ITEMS = (
    Item("1.1.1", "API server's pod file 600", mode(0o600, POD[API])),
    Item("1.1.2", "API server's pod file root:root", owner(ROOT, POD[API])),
    Item("1.1.3", "controller manager's pod file 600", mode(0o600, POD[MANAGER])),
    Item("1.1.4", "controller manager's pod file root:root", owner(ROOT, POD[MANAGER])),
    Item("1.1.5", "scheduler's pod file 600", mode(0o600, POD[SCHEDULER])),
    Item("1.1.6", "scheduler's pod file root:root", owner(ROOT, POD[SCHEDULER])),
    Item("1.1.7", "etcd's file 600", mode(0o600, *ETCD_CONFIG)),
    Item("1.1.8", "etcd's file root:root", owner(ROOT, *ETCD_CONFIG)),
    Item("1.1.9", "CNI files 600", each(CNI, within(0o600), BOTH)),
    Item("1.1.10", "CNI files root:root", each(CNI, owned_by(ROOT), BOTH)),
    Item("1.1.11", "etcd's data folder 700", policy.etcd_data(within(0o700))),
    Item("1.1.12", "etcd's data folder etcd:etcd", policy.etcd_data(owned_by("etcd:etcd"))),
    Item("1.1.13", "administrators' kubeconfigs 600", all_of(mode(0o600, ADMIN), mode(0o600, SUPER_ADMIN))),
    Item("1.1.14", "administrators' kubeconfigs root:root", all_of(owner(ROOT, ADMIN), owner(ROOT, SUPER_ADMIN))),
    Item("1.1.15", "scheduler.conf 600", mode(0o600, SCHEDULER_CONF)),
    Item("1.1.16", "scheduler.conf root:root", owner(ROOT, SCHEDULER_CONF)),
    Item("1.1.17", "controller-manager.conf 600", mode(0o600, MANAGER_CONF)),
    Item("1.1.18", "controller-manager.conf root:root", owner(ROOT, MANAGER_CONF)),
    Item("1.1.19", "PKI folder and files root:root", each(PKI, owned_by(ROOT))),
    Item("1.1.20", "certificates 644", each(f"{PKI}.crt", within(0o644))),
    Item("1.1.21", "keys 600", each(f"{PKI}.key", within(0o600))),
    Item("1.2.1", "anonymous-auth false", flag(API, "anonymous-auth", "false")),
    Item("1.2.2", "no token-auth-file", no_flag(API, "token-auth-file")),
    Item("1.2.3", "DenyServiceExternalIPs", flag(API, "enable-admission-plugins", has("DenyServiceExternalIPs"))),
    Item(
        "1.2.4",
        "client certificate towards kubelets",
        all_of(flag(API, "kubelet-client-certificate"), flag(API, "kubelet-client-key")),
    ),
    Item("1.2.5", "kubelets' certificates verified", flag(API, "kubelet-certificate-authority")),
    Item("1.2.6", "not AlwaysAllow", no_flag(API, "authorization-mode", "AlwaysAllow")),
    Item("1.2.7", "Node authorization", flag(API, "authorization-mode", has("Node"))),
    Item("1.2.8", "RBAC", flag(API, "authorization-mode", has("RBAC"))),
    Item("1.2.9", "EventRateLimit", flag(API, "enable-admission-plugins", has("EventRateLimit"))),
    Item("1.2.10", "no AlwaysAdmit", no_flag(API, "enable-admission-plugins", "AlwaysAdmit")),
    Item("1.2.11", "AlwaysPullImages", flag(API, "enable-admission-plugins", has("AlwaysPullImages"))),
    Item("1.2.12", "ServiceAccount not disabled", no_flag(API, "disable-admission-plugins", "ServiceAccount")),
    Item("1.2.13", "NamespaceLifecycle not disabled", no_flag(API, "disable-admission-plugins", "NamespaceLifecycle")),
    Item("1.2.14", "NodeRestriction", flag(API, "enable-admission-plugins", has("NodeRestriction"))),
    Item("1.2.15", "profiling off", flag(API, "profiling", "false")),
    Item("1.2.16", "audit-log-path", flag(API, "audit-log-path")),
    Item("1.2.17", "audit-log-maxage at least 30", flag(API, "audit-log-maxage", at_least(30))),
    Item("1.2.18", "audit-log-maxbackup at least 10", flag(API, "audit-log-maxbackup", at_least(10))),
    Item("1.2.19", "audit-log-maxsize at least 100", flag(API, "audit-log-maxsize", at_least(100))),
    Item("1.2.20", "request-timeout not prolonged", no_flag(API, "request-timeout")),
    Item("1.2.21", "service accounts looked up", flag(API, "service-account-lookup", "true")),
    Item("1.2.22", "service-account-key-file", flag(API, "service-account-key-file")),
    Item("1.2.23", "certificate towards etcd", all_of(flag(API, "etcd-certfile"), flag(API, "etcd-keyfile"))),
    Item("1.2.24", "serving certificate", all_of(flag(API, "tls-cert-file"), flag(API, "tls-private-key-file"))),
    Item("1.2.25", "client-ca-file", flag(API, "client-ca-file")),
    Item("1.2.26", "etcd-cafile", flag(API, "etcd-cafile")),
    Item("1.2.27", "encryption-provider-config", flag(API, "encryption-provider-config")),
    Item("1.2.28", "encryption by aescbc, kms or secretbox", policy.encryption_provider),
    Item("1.2.29", "strong ciphers", flag(API, "tls-cipher-suites", among(*_ECDHE))),
    Item("1.2.30", "tokens not extended", flag(API, "service-account-extend-token-expiration", "false")),
    Item("1.3.1", "terminated-pod-gc-threshold", flag(MANAGER, "terminated-pod-gc-threshold")),
    Item("1.3.2", "profiling off", flag(MANAGER, "profiling", "false")),
    Item("1.3.3", "an account per controller", flag(MANAGER, "use-service-account-credentials", "true")),
    Item("1.3.4", "service-account-private-key-file", flag(MANAGER, "service-account-private-key-file")),
    Item("1.3.5", "root-ca-file", flag(MANAGER, "root-ca-file")),
    Item(
        "1.3.6",
        "kubelets' serving certificates rotated",
        no_flag(MANAGER, "feature-gates", "RotateKubeletServerCertificate=false"),
    ),
    Item("1.3.7", "on loopback", all_of(flag(MANAGER, "bind-address", "127.0.0.1"), loopback(MANAGER, 10257))),
    Item("1.4.1", "profiling off", flag(SCHEDULER, "profiling", "false")),
    Item("1.4.2", "on loopback", all_of(flag(SCHEDULER, "bind-address", "127.0.0.1"), loopback(SCHEDULER, 10259))),
    Item("2.1", "serving certificate", all_of(flag(ETCD, "cert-file"), flag(ETCD, "key-file"))),
    Item("2.2", "clients need certificates", flag(ETCD, "client-cert-auth", "true")),
    Item("2.3", "no certificates of its own making", no_flag(ETCD, "auto-tls", "true")),
    Item("2.4", "certificate among peers", all_of(flag(ETCD, "peer-cert-file"), flag(ETCD, "peer-key-file"))),
    Item("2.5", "peers need certificates", flag(ETCD, "peer-client-cert-auth", "true")),
    Item("2.6", "no peer certificates of its own making", no_flag(ETCD, "peer-auto-tls", "true")),
    Item("2.7", "an authority of its own", policy.etcd_authority),
    Item("3.1.1", "no client certificates for users", policy.no_user_certificates),
    Item("3.1.2", "no service account tokens for users", policy.no_lasting_tokens),
    Item("3.1.3", "no bootstrap tokens for users", policy.bootstrap_tokens),
    Item("3.2.1", "an audit policy", flag(API, "audit-policy-file")),
    Item("3.2.2", "the policy covers what matters", policy.audit_policy),
    Item("4.1.1", "kubelet's unit 600", mode(0o600, *KUBELET_UNIT, machines=BOTH)),
    Item("4.1.2", "kubelet's unit root:root", owner(ROOT, *KUBELET_UNIT, machines=BOTH)),
    Item("4.1.3", "kube-proxy's kubeconfig 600", mode(0o600, *PROXY_KUBECONFIG, machines=BOTH)),
    Item("4.1.4", "kube-proxy's kubeconfig root:root", owner(ROOT, *PROXY_KUBECONFIG, machines=BOTH)),
    Item("4.1.5", "kubelet's kubeconfig 600", mode(0o600, *KUBELET_KUBECONFIG, machines=BOTH)),
    Item("4.1.6", "kubelet's kubeconfig root:root", owner(ROOT, *KUBELET_KUBECONFIG, machines=BOTH)),
    Item("4.1.7", "authority's certificate 644", mode(0o644, CA, machines=BOTH)),
    Item("4.1.8", "authority's certificate root:root", owner(ROOT, CA, machines=BOTH)),
    Item("4.1.9", "kubelet's configuration 600", mode(0o600, *KUBELET_CONFIG, machines=BOTH)),
    Item("4.1.10", "kubelet's configuration root:root", owner(ROOT, *KUBELET_CONFIG, machines=BOTH)),
    Item(
        "4.2.1", "anonymous off", kubelet("authentication.anonymous.enabled", "anonymous-auth", lambda on: on is False)
    ),
    Item("4.2.2", "not AlwaysAllow", kubelet("authorization.mode", "authorization-mode", lambda how: how == "Webhook")),
    Item("4.2.3", "client CA file", kubelet("authentication.x509.clientCAFile", "client-ca-file", bool)),
    Item("4.2.4", "no read-only port", kubelet("readOnlyPort", "read-only-port", lambda port: port == 0)),
    Item(
        "4.2.5",
        "idle connections end",
        kubelet(
            "streamingConnectionIdleTimeout", "streaming-connection-idle-timeout", lambda end: end != 0, unset=True
        ),
    ),
    Item(
        "4.2.6",
        "iptables chains",
        kubelet("makeIPTablesUtilChains", "make-iptables-util-chains", lambda made: made is True, unset=True),
    ),
    Item(
        "4.2.7",
        "no hostname-override",
        all_of(*(no_flag("kubelet", "hostname-override", machine=machine) for machine in BOTH)),
    ),
    Item("4.2.8", "events recorded", kubelet("eventRecordQPS", "event-qps", lambda rate: rate >= 0, unset=True)),
    Item("4.2.9", "serving certificate by file", kubelet("tlsCertFile", "tls-cert-file", bool)),
    Item("4.2.10", "certificates rotated", kubelet("rotateCertificates", "rotate-certificates", lambda on: on is True)),
    Item("4.2.11", "serving certificates rotated", policy.serving_certificates),
    Item("4.2.12", "strong ciphers", kubelet("tlsCipherSuites", "tls-cipher-suites", among(*_ECDHE))),
    Item("4.2.13", "limit of processes", kubelet("podPidsLimit", "pod-max-pids", lambda most: most > 0)),
    Item("4.2.14", "seccomp by default", kubelet("seccompDefault", "seccomp-default", lambda on: on is True)),
    Item("4.3.1", "kube-proxy's metrics on loopback", loopback("kube-proxy", 10249, BOTH)),
    Item("5.1.7", "no system:masters", policy.no_masters),
    Item("5.2.1", "a policy for pods", policy.pod_security),
    Item("5.2.2", "no privileged containers", policy.refused("privileged", container={"privileged": True})),
    Item("5.2.3", "no host processes", policy.refused("hostPID", {"hostPID": True})),
    Item("5.2.4", "no host IPC", policy.refused("hostIPC", {"hostIPC": True})),
    Item("5.2.5", "no host network", policy.refused("hostNetwork", {"hostNetwork": True})),
    Item(
        "5.2.6", "no privilege escalation", policy.refused("Escalation", container={"allowPrivilegeEscalation": True})
    ),
    Item("5.2.7", "no root", policy.refused("runAsUser", container={"runAsUser": 0})),
    Item("5.2.8", "no NET_RAW, which every container has that does not drop it", policy.refused("NET_RAW")),
    Item("5.2.9", "no capabilities", policy.refused("CHOWN", container={"capabilities": {"add": ["CHOWN"]}})),
    Item(
        "5.2.10",
        "no HostProcess",
        policy.refused("hostProcess", {"hostNetwork": True}, container={"windowsOptions": {"hostProcess": True}}),
    ),
    Item(
        "5.2.11",
        "no hostPath",
        policy.refused("hostPath", {"volumes": [{"name": "host", "hostPath": {"path": "/etc"}}]}),
    ),
    Item("5.2.12", "no host ports", policy.refused("hostPort", ports=[{"containerPort": 80, "hostPort": 80}])),
    Item("5.3.2", "network policies", policy.network_policies),
)
