"""How pods reach the API server before Service addresses work: under its external name.

Pure. Reads: the API server's name and port. Makes: two ConfigMaps, for kube-proxy, the network and the user's own pods.
"""

from typing import Final

from tradewind.manifests.objects import config_map
from tradewind.serialize import Object, to_yaml
from tradewind.spec import ClusterSpec

KUBECONFIG: Final = "kubeconfig-in-cluster"
"""Name of the ConfigMap; its key `kubeconfig` is the file."""

_ACCOUNT_DIR: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


def api_server(spec: ClusterSpec) -> Object:
    """ConfigMap with name and port of the API server, for environment variables."""
    return config_map("in-cluster", {"apiserver-host": spec.api_servers[0], "apiserver-port": str(spec.api_port)})


def kubeconfig(spec: ClusterSpec) -> Object:
    """ConfigMap with a kubeconfig that holds no credential: it names the files of the pod's own ServiceAccount."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "local",
                "cluster": {"server": spec.api_url, "certificate-authority": f"{_ACCOUNT_DIR}/ca.crt"},
            }
        ],
        "users": [{"name": "service-account", "user": {"tokenFile": f"{_ACCOUNT_DIR}/token"}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "service-account"}}],
        "current-context": "local",
    }
    return config_map(KUBECONFIG, {"kubeconfig": to_yaml(config)})
