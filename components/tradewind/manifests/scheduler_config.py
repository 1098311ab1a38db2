"""The configuration file of the scheduler, which says what its deprecated flags said.

Pure. Makes: one document as a plain dict.
"""

from tradewind import constants
from tradewind.serialize import Object

ASSET = "config/scheduler.yaml"


def scheduler_config() -> Object:
    """Where its API server is, and that it serves no profiles. Leader election is a flag, which outranks the file.

    Source: https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/
    """
    return {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": {"kubeconfig": constants.SCHEDULER_KUBECONFIG},
        "enableProfiling": False,
    }
