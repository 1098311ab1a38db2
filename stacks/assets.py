"""Stack program: the files of a control plane in a folder, for people who bring their own machines.

Reads: `tradewind:cluster`, the fields of `ClusterArgs`, and `tradewind:folder`. Makes: one folder per controller and
one for workers, with the asset paths that `host.assets` places on a host.
"""

import json
from collections.abc import Mapping

import pulumi
from pulumi_command import local

from tradewind.control_plane import ControlPlane


def run() -> None:
    """Make the control plane and write its files."""
    config = pulumi.Config("tradewind")
    args = config.require_object("cluster")
    folder = config.get("folder") or ".state/assets"
    name = args["name"] if isinstance(args, dict) and "name" in args else "cluster"
    control_plane = ControlPlane(name, args)
    text: pulumi.Output[str] = pulumi.Output.all(control_plane.assets, control_plane.worker_assets).apply(
        lambda known: files(*known)
    )
    local.Command(
        f"{name}-files",
        create="python3 -m tools.assets write",
        update="python3 -m tools.assets write",
        delete="python3 -m tools.assets remove",
        environment={"TRADEWIND_FOLDER": folder},
        stdin=text,
        triggers=[folder],
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions(delete_before_replace=True),
    )
    pulumi.export("folder", folder)
    pulumi.export("kubeconfig", control_plane.kubeconfig)
    pulumi.export("certificatesNotAfter", control_plane.certificates_not_after)
    pulumi.export("bootstrapTokenExpiration", control_plane.bootstrap_token_expiration)


def files(controllers: Mapping[str, Mapping[str, str]], worker: Mapping[str, str]) -> str:
    """Every file by its path in the folder, as JSON."""
    hosts = {**{f"controllers/{name}": assets for name, assets in controllers.items()}, "worker": worker}
    return json.dumps({f"{host}/{path}": content for host, assets in hosts.items() for path, content in assets.items()})
