"""What a controller and a worker are made of. Read top to bottom: this is all that is on a host.

Pure. Reads: `ClusterSpec`, `HostOptions`, and for deliveries the asset map.
Makes: `HostConfig` for the first boot, which holds no secret unless `HostOptions.join` asks for it, and the files that
every `up` delivers, so that upgrades reach machines that already run. Both come from the same builders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tradewind.host import assets, ignition, registries, settings, units
from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.options import HostOptions
from tradewind.host.scripts import APPLY, DIAGNOSE, ETCD_JOIN, LAYOUT, WAIT_FOR_DNS
from tradewind.host.settings import is_image_override
from tradewind.host.snippets import with_snippets
from tradewind.host.systemd import Unit
from tradewind.host.updates import place_of, update_strategy
from tradewind.kubelet import Role, kubelet_flags
from tradewind.spec import ClusterSpec, ControllerSpec
from tradewind.spec.snippets import Snippet


@dataclass(frozen=True, kw_only=True)
class HostConfig:
    """A host before its first boot."""

    files: tuple[HostFile, ...]
    directories: tuple[HostDirectory, ...]
    units: tuple[Unit, ...]
    ssh_authorized_keys: tuple[str, ...] = field(default=())
    delivered_paths: frozenset[str] = frozenset()
    """Files that the first delivery brings as well, before anything needs them: not part of a first boot that would be
    too large with them."""
    snippets: tuple[Snippet, ...] = ()
    """The user's additions."""
    user_data_limit: int = ignition.USER_DATA_LIMIT
    """Bytes of user data that its platform takes."""

    @property
    def secret(self) -> bool:
        """Whether any of its files is secret, and so the whole document."""
        return any(file.secret for file in self.files)

    def ignition(self) -> dict[str, Any]:
        """The Ignition document, snippets included."""
        own = ignition.render(
            files=self.files,
            directories=self.directories,
            units=self.units,
            ssh_authorized_keys=self.ssh_authorized_keys,
        )
        return with_snippets(own, self.snippets)

    def user_data(self) -> str:
        """The Ignition document as compact JSON; what does not fit and is delivered anyway, only is delivered.

        Raises:
            UserDataError: if it is too large all the same.
        """
        try:
            return ignition.user_data(self.ignition(), self.user_data_limit)
        except ignition.UserDataError:
            if not self.delivered_paths:
                raise
        files = tuple(file for file in self.files if file.path not in self.delivered_paths)
        return replace(self, files=files, delivered_paths=frozenset()).user_data()


def controller(spec: ClusterSpec, member: ControllerSpec, options: HostOptions) -> HostConfig:
    """A controller: a node that also runs etcd, the control plane's static pods and the first apply."""
    delta = options.delta
    gated = ("etcd-member.service", "kubelet.service")
    return _host(
        Role.CONTROLLER,
        options,
        files=_first_boot_files(spec, options),
        settings=controller_settings(spec, member, options),
        units=(
            units.wait_for_dns(gated),
            units.containerd(delta),
            units.etcd_member(delta),
            units.kubelet(delta, _flags(spec, Role.CONTROLLER, options)),
            units.kubelet_path(),
            units.bootstrap(delta),
        ),
    )


def worker(spec: ClusterSpec, options: HostOptions) -> HostConfig:
    """A worker: a node."""
    delta = options.delta
    join = {"auth/kubeconfig": options.join.kubeconfig, "tls/k8s/ca.crt": options.join.ca_pem} if options.join else {}
    return _host(
        Role.WORKER,
        options,
        files=(*_first_boot_files(spec, options), *assets.place(Role.WORKER, join)),
        settings=worker_settings(spec, options),
        units=(
            units.wait_for_dns(("kubelet.service",)),
            units.containerd(delta),
            units.kubelet(delta, _flags(spec, Role.WORKER, options)),
            units.kubelet_path(),
            units.delete_node(delta, options.hostname),
        ),
    )


def later_controller_files(
    spec: ClusterSpec, member: ControllerSpec, options: HostOptions, asset_map: Mapping[str, str]
) -> tuple[HostFile, ...]:
    """What every `up` delivers to a controller: settings that may change, then its assets, in order of installation."""
    scripts = (
        HostFile(path=units.APPLY_PATH, content=APPLY, mode=0o544),
        HostFile(path=units.DIAGNOSE_PATH, content=DIAGNOSE, mode=0o544),
        HostFile(path=units.ETCD_JOIN_PATH, content=ETCD_JOIN, mode=0o544),
    )
    return (_layout(), *scripts, *controller_settings(spec, member, options), *assets.place(Role.CONTROLLER, asset_map))


def later_worker_files(spec: ClusterSpec, options: HostOptions, asset_map: Mapping[str, str]) -> tuple[HostFile, ...]:
    """What every `up` delivers to a worker: settings that may change, then what it needs to join."""
    return (_layout(), *worker_settings(spec, options), *assets.place(Role.WORKER, asset_map))


def controller_settings(spec: ClusterSpec, member: ControllerSpec, options: HostOptions) -> tuple[HostFile, ...]:
    """The settings of a controller that may change during its life. No secrets."""
    return (
        *_node_settings(spec, Role.CONTROLLER, options, spec.controllers.index(member)),
        *settings.etcd_image(spec),
        settings.etcd_environment(spec, member, options.etcd_metrics_address),
    )


def worker_settings(spec: ClusterSpec, options: HostOptions) -> tuple[HostFile, ...]:
    """The settings of a worker that may change during its life. No secrets."""
    return _node_settings(spec, Role.WORKER, options, place_of(options.hostname))


def _node_settings(spec: ClusterSpec, role: Role, options: HostOptions, place: int | None) -> tuple[HostFile, ...]:
    return (
        *settings.hosts_file(options),
        settings.shutdown_delay(spec, options),
        settings.containerd_toml(spec, options.delta),
        settings.kubelet_yaml(spec, role, options),
        *settings.kubelet_images(spec, role, options),
        *registries.mirrors(spec, options.delta),
        *registries.proxies(spec, role, options.delta),
        *update_strategy(spec.os_updates, options.delta.update_agent, role, place),
    )


def _layout() -> HostFile:
    """For people: a delivery brings its own copy and runs that."""
    return HostFile(path=units.LAYOUT_PATH, content=LAYOUT, mode=0o544)


def _first_boot_files(spec: ClusterSpec, options: HostOptions) -> tuple[HostFile, ...]:
    return (
        *settings.hostname_file(options),
        *settings.kernel_settings(options.delta),
        *settings.network_interfaces(spec),
        settings.ssh_server(),
        HostFile(path=units.WAIT_FOR_DNS_PATH, content=WAIT_FOR_DNS, mode=0o544),
    )


def _flags(spec: ClusterSpec, role: Role, options: HostOptions) -> tuple[str, ...]:
    return kubelet_flags(spec, role, options.labels, node_ip=options.node_ip)


def _host(
    role: Role,
    options: HostOptions,
    *,
    files: tuple[HostFile, ...],
    settings: tuple[HostFile, ...],
    units: tuple[Unit, ...],
) -> HostConfig:
    """A host with the delta's files and units, which replace those of the same path or name.

    Raises:
        UserDataError: if no platform would take it.
    """
    # Hosts that nothing is delivered to have their last word about images from the beginning.
    first = settings if options.join else tuple(file for file in settings if not is_image_override(file))
    by_path = {file.path: file for file in (*files, *first, *options.delta.files)}
    by_name = {unit.name: unit for unit in (*units, *options.delta.units)}
    config = HostConfig(
        files=tuple(by_path.values()),
        directories=assets.directories(role),
        units=tuple(by_name.values()),
        ssh_authorized_keys=tuple(options.ssh_authorized_keys),
        delivered_paths=frozenset() if options.join else frozenset(file.path for file in first),
        snippets=tuple(options.snippets),
        user_data_limit=options.delta.user_data_limit,
    )
    # Here, and not when the machine is made: a preview may know no SSH key yet.
    config.user_data()
    return config
