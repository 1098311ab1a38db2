"""The hosts of a local cluster.

Pure. Reads: `LocalSpec`. Makes: `HostOptions`, or a `SpecError`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from tradewind.choices import Architecture
from tradewind.host import roles
from tradewind.host.options import HostOptions
from tradewind.platforms.hosts import Host, check_snippets, node_options
from tradewind.platforms.local.deltas import hosts, local_delta, registries
from tradewind.platforms.local.spec import LocalHost, LocalSpec, local_spec
from tradewind.spec.snippets import Translate, no_translation

if TYPE_CHECKING:
    from tradewind.platforms.local.args import LocalClusterArgs


def checked_spec(
    args: "LocalClusterArgs", translate: Translate = no_translation, host: Architecture | None = None
) -> LocalSpec:
    """The spec of validated arguments, whose snippets replace nothing that they do not list.

    Args:
        args: the arguments.
        translate: how snippets in Butane become Ignition.
        host: architecture of this host and so of its machines; None leaves it open.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    spec = local_spec(args, translate, host)
    machines = [_host(spec, each) for each in (*spec.controllers, *spec.workers)]
    check_snippets("local cluster", spec.cluster, machines, spec.machine_snippets)
    return spec


def host_options(spec: LocalSpec, name: str) -> HostOptions:
    """Hosts of a role differ in name, address, operating system, labels, taints, kubelet and snippets only."""
    host = spec.host(name)
    delta = local_delta(host.operating_system)
    options = node_options(host, replace(delta, files=(*delta.files, registries(spec))))
    return replace(options, node_ip=str(host.address), hosts=hosts(spec, host))


def host_config(spec: LocalSpec, host: LocalHost) -> roles.HostConfig:
    """A controller or worker before its first boot."""
    return _host(spec, host).config(spec.cluster)


def _host(spec: LocalSpec, host: LocalHost) -> Host:
    member = next((each for each in spec.cluster.controllers if each.name == host.name), None)
    return Host(name=host.name, options=host_options(spec, host.name), member=member)
