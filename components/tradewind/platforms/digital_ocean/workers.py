"""The workers: droplets of their own, in pools that are alike.

Reads: pools, user data. Makes: `Machine`s.
"""

from collections.abc import Callable, Sequence

import pulumi

from tradewind.delivery.rollout import waited_for
from tradewind.platforms.base import Machine
from tradewind.platforms.digital_ocean.droplets import Placement, machine
from tradewind.platforms.digital_ocean.spec import DropletSpec
from tradewind.spec.cloud import Pool


def workers(
    pools: Sequence[Pool[DropletSpec]],
    place: Placement,
    user_data: Callable[[str], pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> list[Machine]:
    """The droplets of all pools, a tenth of them at a time: none is powered off or replaced before others are back."""
    listed = [(pool, node) for pool in pools for node in pool.nodes or ()]
    made: list[Machine] = []
    for pool, node in listed:
        before = waited_for([each.resource for each in made], len(listed))
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(before)))
        made.append(machine(place, node, pool.machine, user_data(node.name), options))
    return made
