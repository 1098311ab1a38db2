"""A machine as Matchbox knows it: which interface boots what.

Reads: `BareMetalMachine`, its host. Makes: groups and profiles, and the `Machine` of deliveries.

Nothing on a machine changes by them: it takes what they say when its firmware boots from the network.
"""

from collections.abc import Sequence

import pulumi
import pulumiverse_matchbox as matchbox

from tradewind import naming
from tradewind.choices import OperatingSystem
from tradewind.host.roles import HostConfig
from tradewind.platforms.bare_metal.profiles import INSTALLED, Netboot, installer, netboot
from tradewind.platforms.bare_metal.spec import BareMetalMachine, BareMetalSpec
from tradewind.platforms.base import Machine
from tradewind.platforms.user_data import keyed

Keys = Sequence[pulumi.Input[str]]
"""Public keys of user core."""


def machine(
    spec: BareMetalSpec, given: BareMetalMachine, config: HostConfig, keys: Keys, opts: pulumi.ResourceOptions
) -> Machine:
    """A machine that installs itself when it boots from the network, and then boots `config`.

    Args:
        spec: the cluster.
        given: the machine.
        config: its first boot.
        keys: who may enter.
        opts: for what Matchbox gets.
    """
    boot = netboot(spec, given)
    if spec.operating_system is OperatingSystem.FEDORA_COREOS:
        group = _group(given.resource, {"mac": given.mac}, keyed(config, keys), boot, opts)
    else:
        name = naming.installation(given.resource)
        installing = _group(name, {"mac": given.mac}, keyed(installer(spec, given), keys), boot, opts)
        # A machine that installs itself has to find both.
        after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[installing]))
        group = _group(given.resource, {"mac": given.mac, "os": INSTALLED}, keyed(config, keys), None, after)
    return Machine(
        name=given.node.name,
        address=pulumi.Output.from_input(given.domain),
        identity=pulumi.Output.from_input(f"{given.mac} {given.generation}"),
        resource=group,
    )


def _group(
    name: str,
    selector: dict[str, str],
    ignition: pulumi.Output[str],
    boot: Netboot | None,
    opts: pulumi.ResourceOptions,
) -> matchbox.Group:
    """A profile, and the machine that it is for. Matchbox has one of a name: another comes after it is gone."""
    own = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
    profile = matchbox.Profile(
        name,
        name=name,
        raw_ignition=ignition,
        kernel=boot.kernel if boot else None,
        initrds=[boot.initrd] if boot else None,
        args=list(boot.args) if boot else None,
        opts=own,
    )
    # By its name, which is chosen here: a group stays when its profile is another.
    after = pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[profile]))
    return matchbox.Group(name, name=name, profile=name, selector=selector, opts=after)


def machines(
    spec: BareMetalSpec, given: Sequence[BareMetalMachine], keys: Keys, opts: pulumi.ResourceOptions
) -> list[Machine]:
    """Several machines of a cluster."""
    return [machine(spec, each, spec.host(each.node.name).config(spec.cluster), keys, opts) for each in given]
