"""The hosts of a platform: what is chosen about each, and that its snippets leave it what it needs.

Pure. Reads: the cluster's spec, `Node`s. Makes: `HostOptions`, `HostConfig`s, or problems.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tradewind.assets import WORKER_ASSET_PATHS, plain_assets, secret_asset_paths
from tradewind.choices import OperatingSystem
from tradewind.errors import Problem, SpecError
from tradewind.host import roles
from tradewind.host.files import HostFile
from tradewind.host.options import HostDelta, HostOptions
from tradewind.host.ownership import Owned, conflict_problems, override_problems, owned
from tradewind.spec import ClusterSpec, ControllerSpec
from tradewind.spec.cloud import CloudRules, CloudSpec, MachineT, Pool, cloud_spec
from tradewind.spec.cloud_pool import in_pool, pool_spec
from tradewind.spec.platform import Node
from tradewind.spec.snippets import Translate, machine_list, no_translation


@dataclass(frozen=True, kw_only=True)
class Host:
    """One machine, or the machines of a scaling group, before their first boot."""

    name: str
    """Host name, or name of the pool."""
    options: HostOptions
    member: ControllerSpec | None = None
    """Which controller it is; None: a worker."""

    def config(self, cluster: ClusterSpec) -> roles.HostConfig:
        """Its first boot."""
        if self.member is None:
            return roles.worker(cluster, self.options)
        return roles.controller(cluster, self.member, self.options)

    def later_files(self, cluster: ClusterSpec) -> tuple[HostFile, ...]:
        """What is delivered to it, secrets as empty texts."""
        if self.member is None:
            return roles.later_worker_files(cluster, self.options, dict.fromkeys(WORKER_ASSET_PATHS, ""))
        assets = {**plain_assets(cluster), **dict.fromkeys(secret_asset_paths(cluster), "")}
        return roles.later_controller_files(cluster, self.member, self.options, assets)


@dataclass(frozen=True)
class CloudHosts:
    """The hosts of a cloud's cluster."""

    controllers: tuple[Host, ...]
    workers: tuple[Host, ...]
    """One for each pool, where pools are scaling groups, or one for each worker."""

    def __getitem__(self, name: str) -> Host:
        """The host of that name."""
        return next(host for host in (*self.controllers, *self.workers) if host.name == name)


def cloud_hosts(spec: CloudSpec[Any], delta: HostDelta) -> CloudHosts:
    """The hosts of validated arguments.

    Args:
        spec: what was chosen.
        delta: the differences of the cloud with the operating system chosen.
    """
    members = zip(spec.controllers, spec.cluster.controllers, strict=True)
    return CloudHosts(
        controllers=tuple(
            Host(name=node.name, options=node_options(node, delta), member=member) for node, member in members
        ),
        workers=tuple(host for pool in spec.pools for host in pool_hosts(pool, delta)),
    )


def pool_hosts(pool: Pool[Any], delta: HostDelta) -> tuple[Host, ...]:
    """The hosts of one pool: one for all of a scaling group, or one for each worker."""
    if pool.nodes is None:
        return (Host(name=pool.node.name, options=node_options(pool.node, delta, named=False)),)
    return tuple(Host(name=node.name, options=node_options(node, delta)) for node in pool.nodes)


def checked_cloud_spec(
    args: Mapping[str, Any],
    rules: CloudRules[MachineT],
    deltas: Mapping[OperatingSystem, HostDelta],
    translate: Translate = no_translation,
) -> CloudSpec[MachineT]:
    """The spec of validated arguments, whose snippets replace nothing that they do not list.

    Args:
        args: the arguments of a cloud's cluster.
        rules: what the cloud says about them.
        deltas: the differences of the cloud with each operating system.
        translate: how snippets in Butane become Ignition.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    spec = cloud_spec(args, rules, translate)
    hosts = cloud_hosts(spec, deltas[spec.operating_system])
    check_snippets(rules.title, spec.cluster, (*hosts.controllers, *hosts.workers), spec.machine_snippets)
    return spec


def checked_pool_spec(
    args: Mapping[str, Any],
    rules: CloudRules[MachineT],
    deltas: Mapping[OperatingSystem, HostDelta],
    translate: Translate = no_translation,
) -> tuple[CloudSpec[MachineT], Pool[MachineT]]:
    """The same of a pool beside a cloud's cluster: the cluster's spec with that pool alone, and the pool.

    Raises:
        SpecError: listing every broken rule, before anything is made; paths begin with `cluster` or `pool`.
    """
    spec, pool = pool_spec(args, rules, translate)
    title = f"{rules.title} pool"
    try:
        check_snippets(title, spec.cluster, pool_hosts(pool, deltas[spec.operating_system]))
    except SpecError as error:
        raise SpecError(title, [in_pool(args, problem) for problem in error.problems]) from None
    return spec, pool


def node_options(node: Node, delta: HostDelta, *, named: bool = True) -> HostOptions:
    """What is chosen about a node's host.

    Args:
        node: the choice.
        delta: the differences of its platform and operating system.
        named: whether the host has its node's name; if not, the platform names it.
    """
    return HostOptions(
        delta=delta,
        hostname=node.name if named else None,
        labels=node.labels,
        taints=node.taints,
        kubelet=node.kubelet,
        kubelet_image=node.kubelet_image,
        snippets=node.snippets,
    )


def check_snippets(title: str, cluster: ClusterSpec, hosts: Sequence[Host], single: Collection[str] = ()) -> None:
    """See that no snippet replaces what it does not list.

    Args:
        title: how an error calls the arguments.
        cluster: the cluster.
        hosts: its machines and scaling groups, a controller first.
        single: the names that `machine_snippets` has lists for.

    Raises:
        SpecError: listing every broken rule.
    """
    problems = tuple(dict.fromkeys(_problems(cluster, hosts, single)))
    if problems:
        raise SpecError(title, problems)


def _problems(cluster: ClusterSpec, hosts: Sequence[Host], single: Collection[str]) -> Iterator[Problem]:
    """Hosts of a role have the same paths and units, and those with the same snippets differ in names only."""
    names = {host.name for host in hosts if host.options.hostname}
    for name in single:
        if name not in names:
            rule = f"must be a controller or worker of this cluster, such as {hosts[0].name}"
            yield Problem(machine_list(name), "the key", rule)
    known: dict[bool, Owned] = {}
    alike = {(host.member is None, tuple(each.origin for each in host.options.snippets)): host for host in hosts[::-1]}
    for (is_worker, origins), host in alike.items():
        if not origins:
            continue
        bare = replace(host, options=replace(host.options, snippets=()))
        config = bare.config(cluster)
        if is_worker not in known:
            known[is_worker] = owned(config, bare.later_files(cluster))
        snippets = host.options.snippets
        refused = [each for snippet in snippets for each in override_problems(known[is_worker], snippet)]
        yield from refused or conflict_problems(host.name, replace(config, snippets=tuple(snippets)))
