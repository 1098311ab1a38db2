"""One droplet: a machine that boots its config once.

Reads: a `Node`, its settings, user data, and where droplets are placed. Makes: a `Machine`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind.platforms.base import Machine
from tradewind.platforms.digital_ocean.spec import DropletSpec
from tradewind.platforms.first_boot import first_boot, snippets_digest, stale_snippets, tell
from tradewind.spec.kubelet import Settings, shutdown_delay_seconds
from tradewind.spec.platform import Node

_SNIPPETS = "snippets:"
# What cannot be taken off or put on later without another droplet, and the tags: they hold what it booted with.
_FIRST_BOOT = ("image", "userData", "sshKeys", "tags")
_DELETION_SECONDS = 300
"""For all of a deletion but the droplet's own shutdown."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What all droplets of a role have in common."""

    region: str
    image: pulumi.Input[str]
    """Id."""
    vpc_id: pulumi.Input[str]
    tag: pulumi.Input[str]
    """Of the role."""
    ssh_key: pulumi.Input[str]
    """Fingerprint of a key of the account: without one no droplet is made of a custom image."""
    private: bool
    """Whether they have no public addresses."""
    kubelet: Settings
    """Of the cluster."""


def machine(
    place: Placement,
    node: Node,
    settings: DropletSpec,
    user_data: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> Machine:
    """A droplet of that name. There are never two: a node is called as its droplet is."""
    # The provider gives up after a minute, which kubelets may need alone.
    deletion = shutdown_delay_seconds(place.kubelet, node.kubelet) + _DELETION_SECONDS
    droplet = digitalocean.Droplet(
        node.name,
        name=node.name,
        region=place.region,
        size=settings.size,
        image=place.image,
        vpc_uuid=place.vpc_id,
        public_networking=False if place.private else None,
        user_data=user_data,
        ssh_keys=[place.ssh_key],
        tags=[place.tag, *snippets_tag(node)],
        backups=settings.backups,
        resize_disk=settings.resize_disk,
        # The console's agent is for systems that install packages.
        droplet_agent=False,
        # Kubelets end their pods first.
        graceful_shutdown=True,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{deletion}s"),
                **first_boot(node.name, _FIRST_BOOT),
            ),
        ),
    )
    droplet.tags.apply(lambda tags: tell(stale_snippets(node, booted_with(tags or ())), droplet))
    return Machine(
        name=node.name,
        address=droplet.ipv4_address_private if place.private else droplet.ipv4_address,
        identity=droplet.id,
        resource=droplet,
        private_address=None if place.private else droplet.ipv4_address_private,
    )


def snippets_tag(node: Node) -> list[str]:
    """What the state keeps of the snippets that a droplet booted with; nothing if there were none."""
    digest = snippets_digest(node)
    return [f"{_SNIPPETS}{digest}"] if digest else []


def booted_with(tags: Sequence[str]) -> str | None:
    """The digest of a droplet's snippets by its tags; None if there were none."""
    return next((tag.removeprefix(_SNIPPETS) for tag in tags if tag.startswith(_SNIPPETS)), None)


def in_project(
    name: str, project_id: pulumi.Input[str] | None, machines: Sequence[Machine], opts: pulumi.ResourceOptions
) -> None:
    """List droplets in a project, if one was chosen."""
    droplets = [each.resource for each in machines if isinstance(each.resource, digitalocean.Droplet)]
    if project_id is not None and droplets:
        digitalocean.ProjectResources(
            name, project=project_id, resources=[droplet.droplet_urn for droplet in droplets], opts=opts
        )
