"""The whole story: from arguments to a running cluster, the same on every platform.

Reads: `ClusterArgs` and a `Platform`. Makes: machines that form a cluster, and `ClusterOutputs`.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from tradewind import naming
from tradewind.args import ClusterArgs
from tradewind.control_plane import ControlPlane
from tradewind.delivery.bootstrap import bootstrap
from tradewind.delivery.objects import ClusterObjects
from tradewind.delivery.rollout import deliver_controllers, deliver_workers
from tradewind.manifests import cluster_objects
from tradewind.outputs import ClusterOutputs
from tradewind.platforms.base import Platform


def build_cluster(name: str, args: ClusterArgs, platform: Platform, opts: pulumi.ResourceOptions) -> ClusterOutputs:
    """Make the cluster called `name` of machines that `platform` makes.

    Raises:
        SpecError: with every problem of `args`, before any resource is registered.
    """
    # Stages 1 to 4: arguments, spec, keys and token, texts.
    control_plane = ControlPlane(name, args, opts)

    # Stages 5 and 6: machines that boot the host configs, and the files they get.
    balanced = platform.load_balancer()
    controllers = platform.controllers(control_plane)
    workers = platform.workers(control_plane)
    delivered = deliver_controllers(control_plane, controllers, platform, opts)

    # The first controller applies the objects once; resources own them from then on.
    applied = bootstrap(
        naming.child(name, "bootstrap"), controllers[0], platform.ssh, _after(opts, *balanced, *delivered)
    )
    # Workers come after the control plane: new ones can join at once, and no kubelet is ever newer than its API server.
    deliver_workers(control_plane, workers, platform, _after(opts, applied))
    kubeconfig = control_plane.admin_kubeconfig(platform.admin_server(control_plane))
    provider = kubernetes.Provider(naming.child(name, "kubernetes"), kubeconfig=kubeconfig, opts=_after(opts, applied))
    ClusterObjects(
        naming.child(name, "objects"),
        [entry.object for entry in cluster_objects(control_plane.spec)],
        control_plane.token_secret,
        provider,
        # With its machines gone, an object needs no deletion of its own.
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=controllers[0].resource)),
    )

    # Stage 7: outputs.
    return ClusterOutputs(control_plane=control_plane, kubeconfig=kubeconfig, controllers=controllers, workers=workers)


def _after(opts: pulumi.ResourceOptions, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
    """`opts`, and only once these resources are there."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(resources)))
