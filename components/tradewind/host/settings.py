"""Small files of a host: kernel settings, names, image drop-ins, etcd's environment.

Pure. Reads: `ClusterSpec` and `HostOptions`. Makes: `HostFile`s.
"""

from tradewind import constants
from tradewind.host.containerd import containerd_config
from tradewind.host.files import HostFile
from tradewind.host.options import HostDelta, HostOptions
from tradewind.host.systemd import environment, unit_text
from tradewind.kubelet import TLS_CIPHER_SUITES, Role, kubelet_config
from tradewind.serialize import to_yaml
from tradewind.spec import ClusterSpec, ControllerSpec

DELIVERED_VARIABLE_PREFIX = "TRADEWIND_"
"""Variables with this prefix may come with an SSH command; they tell what it delivers, and nothing reads them."""

# Read before a user's own 10-image-override.conf, which therefore wins; 10-image.conf would be read after it, as `-`
# sorts before `.`.
_IMAGE_DROPIN = "05-image.conf"

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
    """Kernel settings and modules, and the delay that lets the kubelet end pods before a shutdown."""
    protected = _KUBELET_SYSCTLS if delta.protect_kernel_defaults else {}
    sysctls = {**_SYSCTLS, **protected, **delta.sysctls}
    lines = [f"{key} = {value}\n" for key, value in sysctls.items() if value is not None]
    return (
        # Sorted after the system's 50-default.conf.
        HostFile(path="/etc/sysctl.d/90-tradewind.conf", content="".join(lines)),
        HostFile(
            path="/etc/modules-load.d/tradewind.conf", content="".join(f"{name}\n" for name in delta.kernel_modules)
        ),
        HostFile(
            path="/etc/systemd/logind.conf.d/inhibitors.conf",
            content=unit_text({"Login": {"InhibitDelayMaxSec": "45"}}),
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
    return (HostFile(path="/etc/hostname", content=f"{options.hostname}\n"),)


def hosts_file(options: HostOptions) -> tuple[HostFile, ...]:
    """/etc/hosts, if the platform has no DNS."""
    if not options.hosts:
        return ()
    entries = {"127.0.0.1": ("localhost",), "::1": ("localhost",), **options.hosts}
    lines = [f"{address} {' '.join(names)}\n" for address, names in entries.items()]
    return (HostFile(path="/etc/hosts", content="".join(lines)),)


def kubelet_yaml(spec: ClusterSpec, role: Role, options: HostOptions) -> HostFile:
    """The kubelet's configuration file."""
    delta = options.delta
    overrides = {"protectKernelDefaults": delta.protect_kernel_defaults, **delta.kubelet_config}
    return HostFile(
        path=constants.KUBELET_CONFIG, content=to_yaml(kubelet_config(spec, role, options.taints, overrides))
    )


def containerd_toml(spec: ClusterSpec, delta: HostDelta) -> HostFile:
    """The configuration file of containerd, with the cluster's pause image as the sandbox."""
    return HostFile(path="/etc/containerd/config.toml", content=containerd_config(spec.images.pause, delta.containerd))


def kubelet_images(spec: ClusterSpec, role: Role, options: HostOptions) -> tuple[HostFile, ...]:
    """Drop-ins that say which image kubelet.service and, on controllers, bootstrap.service run."""
    image = (options.kubelet_image or spec.kubelet_image).reference
    units = ("kubelet.service", "bootstrap.service") if role is Role.CONTROLLER else ("kubelet.service",)
    return tuple(_image(unit, "KUBELET_IMAGE", image) for unit in units)


def etcd_image(spec: ClusterSpec) -> HostFile:
    """Drop-in that says which image etcd-member.service runs."""
    return _image("etcd-member.service", "ETCD_IMAGE", spec.images.etcd)


def etcd_environment(spec: ClusterSpec, controller: ControllerSpec, metrics_address: str) -> HostFile:
    """Settings of etcd as podman's environment file. The data folder is a flag: etcd refuses to be told twice.

    Source: https://etcd.io/docs/v3.6/op-guide/configuration/
    """
    members = ",".join(f"{member.name}={member.etcd_peer_url}" for member in spec.controllers)
    pki = constants.ETCD_PKI_DIR
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
        "ETCD_TRUSTED_CA_FILE": f"{pki}/server-ca.crt",
        "ETCD_CERT_FILE": f"{pki}/server.crt",
        "ETCD_KEY_FILE": f"{pki}/server.key",
        "ETCD_CLIENT_CERT_AUTH": "true",
        "ETCD_PEER_TRUSTED_CA_FILE": f"{pki}/peer-ca.crt",
        "ETCD_PEER_CERT_FILE": f"{pki}/peer.crt",
        "ETCD_PEER_KEY_FILE": f"{pki}/peer.key",
        "ETCD_PEER_CLIENT_CERT_AUTH": "true",
        "ETCD_CIPHER_SUITES": ",".join(TLS_CIPHER_SUITES),
        "ETCD_TLS_MIN_VERSION": "TLS1.2",
    }
    content = "".join(f"{name}={value}\n" for name, value in settings.items())
    return HostFile(path="/etc/etcd/etcd.env", content=content)


def _image(unit: str, variable: str, reference: str) -> HostFile:
    return HostFile(
        path=f"/etc/systemd/system/{unit}.d/{_IMAGE_DROPIN}",
        content=unit_text({"Service": {"Environment": environment(variable, reference)}}),
    )
