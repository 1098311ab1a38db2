"""The controllers: droplets that run the control plane.

Reads: `DigitalOceanSpec`, user data. Makes: `Machine`s.
"""

from collections.abc import Callable

import pulumi

from tradewind.platforms.base import Machine
from tradewind.platforms.digital_ocean.droplets import Placement, machine
from tradewind.platforms.digital_ocean.spec import DigitalOceanSpec


def controllers(
    spec: DigitalOceanSpec,
    place: Placement,
    user_data: Callable[[str], pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> list[Machine]:
    """One after another: another size powers a droplet off, and etcd keeps its majority."""
    made: list[Machine] = []
    for node in spec.cloud.controllers:
        after = pulumi.ResourceOptions(depends_on=[each.resource for each in made[-1:]])
        options = pulumi.ResourceOptions.merge(opts, after)
        text = user_data(node.name)
        made.append(machine(place, node, spec.cloud.controller_machine, text, options))
    return made
