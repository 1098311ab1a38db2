"""The whole story: from arguments to a running cluster, the same on every platform.

Reads: `ClusterArgs` and a `Platform`. Makes: machines that form a cluster, and `ClusterOutputs`.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from tradewind import naming
from tradewind.args import ClusterArgs
from tradewind.control_plane import ControlPlane
from tradewind.delivery.bootstrap import bootstrap
from tradewind.delivery.host_keys import with_host_keys
from tradewind.delivery.objects import ClusterObjects
from tradewind.delivery.rollout import deliver_controllers, deliver_workers
from tradewind.manifests import cluster_objects
from tradewind.outputs import ClusterOutputs
from tradewind.platforms.base import Machine, Platform


def build_cluster(name: str, args: ClusterArgs, platform: Platform, opts: pulumi.ResourceOptions) -> ClusterOutputs:
    """Make the cluster called `name` of machines that `platform` makes.

    Raises:
        SpecError: with every problem of `args`, before any resource is registered.
    """
    # Stages 1 to 4: arguments, spec, keys and token, texts.
    control_plane = ControlPlane(name, args, opts)

    # Stages 5 and 6: machines that boot the host configs, and the files they get.
    controllers = with_host_keys(platform.controllers(control_plane), platform.ssh, opts)
    endpoint = platform.api_endpoint(controllers)
    workers = platform.workers(control_plane)
    # A name that is asked for before it is there stays unknown to the network's resolver for minutes.
    delivered = deliver_controllers(control_plane, controllers, platform, _after(opts, *endpoint))

    # The first controller applies the objects once; resources own them from then on, or it applies them again.
    applied = bootstrap(
        naming.child(name, "bootstrap"),
        controllers[0],
        platform.ssh,
        None if platform.owned_objects else control_plane.objects_digest,
        _after(opts, *delivered),
    )
    # Workers come after the control plane: new ones can join at once, and no kubelet is ever newer than its API server.
    running = _after(opts, applied)
    deliver_workers(control_plane.spec, control_plane.worker_assets, workers, platform, running)
    platform.worker_groups(control_plane, running)
    kubeconfig = control_plane.admin_kubeconfig(platform.admin_server(control_plane))
    if platform.owned_objects:
        _own_objects(name, control_plane, kubeconfig, controllers[0], running)

    # Stage 7: outputs.
    return ClusterOutputs(
        control_plane=control_plane,
        kubeconfig=kubeconfig,
        controllers=controllers,
        workers=workers,
        bootstrapped=applied.id,
    )


def _own_objects(
    name: str,
    control_plane: ControlPlane,
    kubeconfig: pulumi.Output[str],
    controller: Machine,
    opts: pulumi.ResourceOptions,
) -> None:
    provider = kubernetes.Provider(
        naming.child(name, "kubernetes"),
        kubeconfig=kubeconfig,
        # By default it is another cluster once the authority's certificate or the server's URL is another, and all
        # objects are replaced.
        cluster_identifier=control_plane.spec.name,
        opts=opts,
    )
    ClusterObjects(
        naming.child(name, "objects"),
        [entry.object for entry in cluster_objects(control_plane.spec)],
        control_plane.token_secret,
        provider,
        # With its machines gone, an object needs no deletion of its own.
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=controller.resource)),
    )


def _after(opts: pulumi.ResourceOptions, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
    """`opts`, and only once these resources are there."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(resources)))
