"""A machine as Matchbox knows it: which interface boots what.

Reads: `BareMetalMachine`, its profiles. Makes: groups and profiles, and the `Machine` of deliveries.

Nothing on a machine changes by them: it takes what they say when its firmware boots from the network.
"""

from collections.abc import Sequence

import pulumi
import pulumiverse_matchbox as matchbox

from tradewind.platforms.bare_metal.profiles import Profile, profiles
from tradewind.platforms.bare_metal.spec import BareMetalMachine, BareMetalSpec
from tradewind.platforms.base import Machine
from tradewind.platforms.user_data import keyed

Keys = Sequence[pulumi.Input[str]]
"""Public keys of user core."""


def machine(spec: BareMetalSpec, given: BareMetalMachine, keys: Keys, opts: pulumi.ResourceOptions) -> Machine:
    """A machine that installs itself when it boots from the network.

    Args:
        spec: the cluster.
        given: the machine.
        keys: who may enter.
        opts: for what Matchbox gets.
    """
    *before, installed = profiles(spec, given)
    # A machine that installs itself has to find all of them.
    known = [_group(profile, keys, opts) for profile in before]
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=known))
    return Machine(
        name=given.node.name,
        address=pulumi.Output.from_input(given.domain),
        identity=pulumi.Output.from_input(f"{given.mac} {given.generation}"),
        resource=_group(installed, keys, after),
    )


def _group(profile: Profile, keys: Keys, opts: pulumi.ResourceOptions) -> matchbox.Group:
    """A profile, and the machine that it is for. Matchbox has one of a name: another comes after it is gone."""
    own = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
    name, boot = profile.name, profile.netboot
    made = matchbox.Profile(
        name,
        name=name,
        raw_ignition=keyed(profile.config, keys),
        kernel=boot.kernel if boot else None,
        initrds=[boot.initrd] if boot else None,
        args=list(boot.args) if boot else None,
        opts=own,
    )
    # By its name, which is chosen here: a group stays when its profile is another.
    after = pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[made]))
    return matchbox.Group(name, name=name, profile=name, selector=dict(profile.selector), opts=after)


def machines(
    spec: BareMetalSpec, given: Sequence[BareMetalMachine], keys: Keys, opts: pulumi.ResourceOptions
) -> list[Machine]:
    """Several machines of a cluster."""
    return [machine(spec, each, keys, opts) for each in given]
