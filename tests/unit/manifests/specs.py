"""The specs for which every object is rendered and compared."""

from dataclasses import asdict, replace

from tradewind.choices import KeyAlgorithm, Networking
from tradewind.manifests import ManifestFile, cluster_objects
from tradewind.manifests.token import TokenValues, secret
from tradewind.spec import ClusterSpec, cluster_spec
from tradewind.spec.kubelet_images import kubelet_image
from tradewind.versions import RELEASES

TOKEN = TokenValues(id="abc123", secret="0123456789abcdef", expiration="2030-01-01T00:00:00Z")
ROOT = "manifests/"


def controller(index: int) -> dict[str, str]:
    return {"name": f"test-controller-{index}", "etcd_name": f"test-etcd{index}.example.com"}


DEFAULT = cluster_spec({"name": "test", "api_servers": ["test.example.com"], "controllers": [controller(0)]})

HIGHLY_AVAILABLE = cluster_spec(
    {
        "name": "test",
        "api_servers": ["api.example.com", "10.1.0.10"],
        "api_port": 443,
        "controllers": [controller(index) for index in range(3)],
        "pod_cidr": "10.128.0.0/16",
        "service_cidr": "10.96.0.0/16",
        "cluster_domain": "cluster.example.com",
        "certificates": {"key_algorithm": KeyAlgorithm.RSA_2048},
        "daemonset_tolerations": ["example.com/gpu", "example.com/edge"],
        "external_cloud_provider": True,
        "images": {"coredns": "mirror.example.com/team/coredns:v1.14.2"},
    }
)

BARE = cluster_spec(
    {
        "name": "test",
        "api_servers": ["10.1.0.10"],
        "controllers": [controller(0)],
        "networking": Networking.NONE,
        "coredns": False,
        "kube_proxy": False,
        "aggregation": False,
    }
)

CALICO = cluster_spec(
    {
        "name": "test",
        "api_servers": ["test.example.com"],
        "controllers": [controller(0)],
        "networking": Networking.CALICO,
        "daemonset_tolerations": ["example.com/gpu"],
    }
)

OIDC_CA = """\
-----BEGIN CERTIFICATE-----
MIIBNjCB3aADAgECAhRmvGs/c+NL5v39pbZHtnPT0R3WUDAKBggqhkjOPQQDAjAR
MQ8wDQYDVQQDDAZpc3N1ZXIwHhcNMjYxMTI1MDE0OTA0WhcNMjYxMTI2MDE1NDA0
WjARMQ8wDQYDVQQDDAZpc3N1ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATR
pRBACogKAD8yPrFv8GKrLxFyvFsJwvki84BanY9NmAkDw39T7GcxqLdTVGr4HNvz
/7PqSNU3+sGWy7a2F+IxoxMwETAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMC
A0gAMEUCIF1iPGMHuzQT5lL86aV8WK/VNY+GnI99tx8h2uEJTOwmAiEAm3e02QtE
/gsDuSTIDw/EZYM+XebhhPumcRa6Kf30Nps=
-----END CERTIFICATE-----
"""

OPTIONS = cluster_spec(
    {
        "name": "test",
        "api_servers": ["test.example.com"],
        "controllers": [controller(0)],
        "kubelet": {
            "max_pods": 200,
            "pod_pids_limit": 1024,
            "system_reserved": {"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "1Gi", "pid": "1000"},
            "kube_reserved": {"cpu": "1", "memory": "0.5Gi"},
            "reserved_system_cpus": "0",
            "eviction_hard": {"memory.available": "5%", "pid.available": "10%"},
            "eviction_soft": {"memory.available": "10%", "imagefs.available": "20Gi"},
            "eviction_soft_grace_period": {"imagefs.available": "1h30m", "memory.available": "90s"},
            "eviction_minimum_reclaim": {"nodefs.available": "1Gi"},
            "eviction_max_pod_grace_period": 60,
            "eviction_pressure_transition_period": "2m",
            "image_gc_high_threshold_percent": 70,
            "image_gc_low_threshold_percent": 60,
            "image_minimum_gc_age": "5m",
            "image_maximum_gc_age": "720h",
            "container_log_max_size": "20Mi",
            "container_log_max_files": 3,
            "registry_pull_qps": 10,
            "registry_burst": 20,
            "max_parallel_image_pulls": 4,
            "event_record_qps": 20,
            "cpu_manager_policy": "static",
            "topology_manager_policy": "best-effort",
            "allowed_unsafe_sysctls": ["kernel.sem", "kernel.msg*", "net.core.somaxconn", "net.ipv4.*"],
            "feature_gates": {"MemoryQoS": True},
            "shutdown_grace_period": "2m",
            "shutdown_grace_period_critical_pods": "20s",
            "logging_verbosity": 2,
            "logging_format": "text",
        },
        "oidc": [
            {
                "issuer_url": "https://login.example.com/realms/a",
                "audiences": ["kubernetes", "kubelogin"],
                "ca_pem": OIDC_CA,
                "username_claim": "email",
                "username_prefix": "corp:",
                "groups_claim": "groups",
                "groups_prefix": "corp:",
                "required_claims": {"hd": "example.com"},
                "claim_rules": [{"expression": "claims.exp - claims.nbf <= 86400", "message": "a day at most"}],
                "user_rules": [{"expression": "!user.username.startsWith('corp:admin')"}],
            },
            {"issuer_url": "https://accounts.example.com", "audiences": ["ci"]},
        ],
        "control_plane_flags": {
            "kube_apiserver": {
                "flags": {
                    "enable-admission-plugins": "AlwaysPullImages,NodeRestriction",
                    "event-ttl": "2h",
                    "audit-log-maxage": "60",
                    "profiling": "true",
                },
                "accept_risks": {"profiling": "memory grows, and we look for the reason"},
            },
            "kube_controller_manager": {"flags": {"node-monitor-grace-period": "60s", "kube-api-qps": "100"}},
            "kube_scheduler": {"flags": {"v": "2"}},
        },
        "etcd": {"quota_backend_bytes": 4294967296, "heartbeat_interval": 200, "election_timeout": 2000},
        "registry_mirrors": [
            {
                "registry": "docker.io",
                "endpoints": [
                    {"url": "https://mirror.example.com", "ca_pem": OIDC_CA},
                    {"url": "http://10.0.0.5:5000", "unverified": "images have digests"},
                ],
            },
            {"registry": "quay.io", "endpoints": [{"url": "https://mirror.example.com:8443/proxy/quay"}]},
        ],
        "proxy": {
            "http_proxy": "http://proxy.example.com:3128",
            "https_proxy": "http://proxy.example.com:3128",
            "no_proxy": [".example.com", "10.0.0.0/8"],
        },
        "os_updates": {"strategy": "fleet-lock", "fleet_lock_url": "http://10.3.0.15"},
    }
)
"""With every option of nodes and the control plane."""

SHARED_KERNEL = replace(DEFAULT, kube_proxy_conntrack=False)

SPECS: dict[str, ClusterSpec] = {
    "default": DEFAULT,
    "highly-available": HIGHLY_AVAILABLE,
    "bare": BARE,
    "calico": CALICO,
}


def released(spec: ClusterSpec, version: str) -> ClusterSpec:
    """The same cluster in another release; images of the user's own stay."""
    own = {
        name: reference
        for name, reference in asdict(spec.images).items()
        if reference != getattr(RELEASES[spec.kubernetes_version].images, name)
    }
    return replace(
        spec,
        kubernetes_version=version,
        images=RELEASES[version].images.override(own),
        kubelet_image=kubelet_image(version, {}),
    )


def every_file(spec: ClusterSpec) -> tuple[ManifestFile, ...]:
    """Every object of a cluster, the Secret of the token included."""
    return (ManifestFile(f"{ROOT}bootstrap-token.yaml", secret(TOKEN)), *cluster_objects(spec))


def _golden(case: str, files: tuple[ManifestFile, ...]) -> dict[str, str]:
    return {f"manifests/{case}/{file.path.removeprefix(ROOT)}": file.text for file in files}


# Only what differs from the default.
_PROXY = tuple(file for file in cluster_objects(SHARED_KERNEL) if "/kube-proxy/" in file.path)

RENDERED: dict[str, str] = _golden("shared-kernel", _PROXY)
"""Text by golden file."""
for _case, _spec in SPECS.items():
    RENDERED |= _golden(_case, every_file(_spec))
