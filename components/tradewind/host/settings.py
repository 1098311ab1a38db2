"""Small files of a host: kernel settings, names, image drop-ins, etcd's environment.

Pure. Reads: `ClusterSpec` and `HostOptions`. Makes: `HostFile`s.
"""

from tradewind import constants
from tradewind.choices import Networking
from tradewind.host.containerd import containerd_config
from tradewind.host.files import HostFile, line, word
from tradewind.host.options import HostDelta, HostOptions
from tradewind.host.systemd import environment, unit_text
from tradewind.kubelet import TLS_CIPHER_SUITES, Role, kubelet_config
from tradewind.serialize import to_yaml
from tradewind.spec import ClusterSpec, ControllerSpec
from tradewind.spec.etcd import variables as etcd_variables
from tradewind.spec.kubelet import shutdown_delay_seconds
from tradewind.spec.kubelet_images import kubelet_image
from tradewind.versions import RELEASES

DELIVERED_VARIABLE_PREFIX = "TRADEWIND_"
"""Variables with this prefix may come with an SSH command; they tell what it delivers, and nothing reads them."""

# systemd reads drop-ins by name, and the last one wins: the release's image, the arguments' choice, and after both what
# people write by hand (docs/kubelet-images.md).
_RELEASE_DROP_IN = "05-image.conf"
OVERRIDE_DROP_IN = "10-image-override.conf"
"""Of a unit whose image is another than the release's. Delivered only: no unit runs before its first delivery, and what
a delivery brought is removed by a later one that does not."""

_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    # Pods answer over another interface than the one a request came in by. The pattern covers interfaces made later,
    # and overrides the same pattern in the system's own files.
    "net.ipv4.conf.*.rp_filter": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "fs.inotify.max_user_instances": "8192",
    "fs.inotify.max_user_watches": "1048576",
}
# What a kubelet with protectKernelDefaults finds or refuses to start:
# https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/component-helpers/node/util/sysctl/sysctl.go
_KUBELET_SYSCTLS = {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
}


def kernel_settings(delta: HostDelta) -> tuple[HostFile, ...]:
    """Kernel settings and modules."""
    protected = _KUBELET_SYSCTLS if delta.protect_kernel_defaults else {}
    sysctls = {**_SYSCTLS, **protected, **delta.sysctls}
    lines = [f"{line(key)} = {line(value)}\n" for key, value in sysctls.items() if value is not None]
    return (
        # Sorted after the system's 50-default.conf.
        HostFile(path="/etc/sysctl.d/90-tradewind.conf", content="".join(lines)),
        HostFile(
            path="/etc/modules-load.d/tradewind.conf",
            content="".join(f"{word(name)}\n" for name in delta.kernel_modules),
        ),
    )


def shutdown_delay(spec: ClusterSpec, options: HostOptions) -> HostFile:
    """The delay that lets the kubelet end pods before a shutdown."""
    seconds = shutdown_delay_seconds(spec.kubelet, options.kubelet)
    return HostFile(
        path="/etc/systemd/logind.conf.d/inhibitors.conf",
        content=unit_text({"Login": {"InhibitDelayMaxSec": str(seconds)}}),
    )


def network_interfaces(spec: ClusterSpec) -> tuple[HostFile, ...]:
    """Keeps the host's network managers from the interfaces that Calico makes: they would remove its routes.

    Source: https://docs.tigera.io/calico/3.32/operations/troubleshoot/troubleshooting#configure-networkmanager
    """
    if spec.network.networking is not Networking.CALICO:
        return ()
    names = ("cali*", "vxlan.calico")
    unmanaged = ";".join(f"interface-name:{name}" for name in names)
    return (
        HostFile(path="/etc/NetworkManager/conf.d/calico.conf", content=f"[keyfile]\nunmanaged-devices={unmanaged}\n"),
        # Sorted before the system's own, of which the first that matches counts.
        HostFile(
            path="/etc/systemd/network/10-calico.network",
            content=unit_text({"Match": {"Name": " ".join(names)}, "Link": {"Unmanaged": "yes"}}),
        ),
    )


def ssh_server() -> HostFile:
    """Lets a delivery name its files in environment variables, which an SSH server refuses otherwise."""
    return HostFile(
        path="/etc/ssh/sshd_config.d/40-tradewind.conf",
        content=f"AcceptEnv {DELIVERED_VARIABLE_PREFIX}*\n",
        mode=0o600,
    )


def hostname_file(options: HostOptions) -> tuple[HostFile, ...]:
    """/etc/hostname, if the host's name is chosen here."""
    if options.hostname is None:
        return ()
    return (HostFile(path="/etc/hostname", content=f"{word(options.hostname)}\n"),)


def hosts_file(options: HostOptions) -> tuple[HostFile, ...]:
    """/etc/hosts, if there are names that DNS does not have, or has otherwise."""
    if not options.hosts:
        return ()
    entries: dict[str, list[str]] = {"127.0.0.1": ["localhost"], "::1": ["localhost"]}
    for address, names in options.hosts.items():
        # The first name of an address is the one that it is called by.
        entries[address] = [*entries.get(address, []), *names]
    lines = [f"{word(address)} {' '.join(map(word, names))}\n" for address, names in entries.items()]
    return (HostFile(path="/etc/hosts", content="".join(lines)),)


def kubelet_yaml(spec: ClusterSpec, role: Role, options: HostOptions) -> HostFile:
    """The kubelet's configuration file."""
    delta = options.delta
    overrides = {"protectKernelDefaults": delta.protect_kernel_defaults, **delta.kubelet_config}
    document = kubelet_config(spec, role, options.taints, overrides, {**spec.kubelet, **options.kubelet})
    return HostFile(path=constants.KUBELET_CONFIG, content=to_yaml(document), mode=0o600)


def containerd_toml(spec: ClusterSpec, delta: HostDelta) -> HostFile:
    """The configuration file of containerd, with the cluster's pause image as the sandbox."""
    text = containerd_config(spec.images.pause, delta.containerd, mirrors=bool(spec.registry_mirrors))
    return HostFile(path="/etc/containerd/config.toml", content=text)


def kubelet_images(spec: ClusterSpec, role: Role, options: HostOptions) -> tuple[HostFile, ...]:
    """Drop-ins that say which image kubelet.service and, on controllers, bootstrap.service run."""
    release = kubelet_image(spec.kubernetes_version, {}).reference
    chosen = (options.kubelet_image or spec.kubelet_image).reference
    units = ("kubelet.service", "bootstrap.service") if role is Role.CONTROLLER else ("kubelet.service",)
    return tuple(file for unit in units for file in _images(unit, "KUBELET_IMAGE", release, chosen))


def etcd_image(spec: ClusterSpec) -> tuple[HostFile, ...]:
    """Drop-ins that say which image etcd-member.service runs."""
    release = RELEASES[spec.kubernetes_version].images.etcd
    return _images("etcd-member.service", "ETCD_IMAGE", release, spec.images.etcd)


def etcd_environment(spec: ClusterSpec, controller: ControllerSpec, metrics_address: str) -> HostFile:
    """Settings of etcd as podman's environment file, but for the flags of its unit: etcd refuses to be told twice.

    Source: https://etcd.io/docs/v3.7/op-guide/configuration/
    """
    members = ",".join(f"{name}={url}" for name, url in spec.etcd_members.items())
    settings = {
        "ETCD_NAME": controller.name,
        "ETCD_ADVERTISE_CLIENT_URLS": controller.etcd_client_url,
        "ETCD_INITIAL_ADVERTISE_PEER_URLS": controller.etcd_peer_url,
        "ETCD_INITIAL_CLUSTER": members,
        "ETCD_INITIAL_CLUSTER_STATE": "new",
        "ETCD_INITIAL_CLUSTER_TOKEN": spec.name,
        "ETCD_LISTEN_CLIENT_URLS": f"https://0.0.0.0:{constants.ETCD_CLIENT_PORT}",
        "ETCD_LISTEN_PEER_URLS": f"https://0.0.0.0:{constants.ETCD_PEER_PORT}",
        "ETCD_LISTEN_METRICS_URLS": f"http://{metrics_address}:{constants.ETCD_METRICS_PORT}",
        "ETCD_STRICT_RECONFIG_CHECK": "true",
        "ETCD_CIPHER_SUITES": ",".join(TLS_CIPHER_SUITES),
        "ETCD_TLS_MIN_VERSION": "TLS1.2",
        **etcd_variables(spec.etcd),
    }
    content = "".join(f"{name}={line(value)}\n" for name, value in settings.items())
    return HostFile(path=constants.ETCD_CONFIG, content=content, mode=0o600)


def is_image_override(file: HostFile) -> bool:
    """Whether the file is a choice of an image in the place of the release's."""
    return file.path.endswith(f"/{OVERRIDE_DROP_IN}")


def _images(unit: str, variable: str, release: str, chosen: str) -> tuple[HostFile, ...]:
    """A drop-in with the release's image and, if another was chosen, one that overrides it."""
    references = {_RELEASE_DROP_IN: release} | ({OVERRIDE_DROP_IN: chosen} if chosen != release else {})
    return tuple(
        HostFile(
            path=f"/etc/systemd/system/{unit}.d/{name}",
            content=unit_text({"Service": {"Environment": environment(variable, reference)}}),
        )
        for name, reference in references.items()
    )
