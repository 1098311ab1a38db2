"""The stand-in for Pulumi's official `kubernetes` plugin; `provider` is what `tools.plugins.base.main` serves."""

from tools.plugins.kubernetes.provider import KubernetesProvider


def provider() -> KubernetesProvider:
    """Return the plugin's provider."""
    return KubernetesProvider()
