"""The specs for which every object is rendered and compared."""

from dataclasses import replace

from tradewind.choices import KeyAlgorithm, Networking
from tradewind.manifests import ManifestFile, cluster_objects
from tradewind.manifests.token import TokenValues, secret
from tradewind.spec import ClusterSpec, cluster_spec

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

SHARED_KERNEL = replace(DEFAULT, kube_proxy_conntrack=False)

SPECS: dict[str, ClusterSpec] = {"default": DEFAULT, "highly-available": HIGHLY_AVAILABLE, "bare": BARE}


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
