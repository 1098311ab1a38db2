"""Everything in which a local machine differs from one of a cloud.

Pure. Makes: the `HostDelta` of a machine with an operating system's form, and the hosts files that stand in for DNS.
`load_balancer` is what stands in for a cloud's.

A local machine shares its kernel with the host and the other machines, has no SELinux, no name server and no registry,
and its cgroups are not systemd's to delegate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tradewind.choices import OperatingSystem
from tradewind.host.containerd import ContainerdOptions
from tradewind.host.files import HostFile
from tradewind.host.options import SYSTEMS, HostDelta
from tradewind.host.systemd import Unit
from tradewind.platforms.local.spec import LocalHost, LocalSpec, api_name

_RESOLV_CONF = "/etc/kubernetes/resolv.conf"


_KUBELET_CONFIG = {
    "cgroupDriver": "cgroupfs",
    # The first boot of a machine waits for its own static pods; a long back-off would only add to it.
    "crashLoopBackOff": {"maxContainerRestartPeriod": "2s"},
    "evictionHard": {
        "imagefs.available": "1%",
        "memory.available": "100Mi",
        "nodefs.available": "1%",
        "nodefs.inodesFree": "1%",
    },
    "failCgroupV1": False,
    "failSwapOn": False,
    "imageGCHighThresholdPercent": 100,
    "resolvConf": _RESOLV_CONF,
    "shutdownGracePeriod": "0s",
    "shutdownGracePeriodCriticalPods": "0s",
}


def local_delta(system: OperatingSystem) -> HostDelta:
    """A machine of this host: the differences of an operating system, and over them the local ones."""
    base = SYSTEMS[system]
    return replace(
        base,
        name=f"local-{base.name}",
        selinux=False,
        # The kernel belongs to the host.
        protect_kernel_defaults=False,
        sysctls={
            "fs.inotify.max_user_instances": None,
            "fs.inotify.max_user_watches": None,
            "kernel.panic": None,
            "kernel.panic_on_oops": None,
        },
        kernel_modules=(),
        kubelet_config=_KUBELET_CONFIG,
        containerd=ContainerdOptions(
            selinux=False,
            systemd_cgroup=False,
            restrict_oom_score_adj=True,
            discard_unpacked_layers=True,
            unprivileged_ports=False,
            oom_score=None,
        ),
        containerd_command="/usr/bin/containerd",
        # The root file system is this host's to make.
        update_agent=None,
        # Without a name server, pods resolve through cluster DNS only.
        files=(*base.files, HostFile(path=_RESOLV_CONF, content="nameserver 127.0.0.1\n")),
        units=(
            *base.units,
            # There is no name server to wait for.
            Unit(name="wait-for-dns.service", mask=True),
        ),
    )


def registries(spec: LocalSpec) -> HostFile:
    """Lets podman pull from registries that this host serves on its address of the machines' bridge, without TLS.

    Source: https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
    """
    return HostFile(
        path="/etc/containers/registries.conf.d/tradewind-host.conf",
        content=f'[[registry]]\nlocation = "{spec.gateway}"\ninsecure = true\n',
    )


def hosts(spec: LocalSpec, own: LocalHost) -> Mapping[str, Sequence[str]]:
    """Names by address in place of DNS: the host's own, the API server's and etcd's."""
    names = {str(own.address): [own.name]} | {
        str(host.address): [host.name, member.etcd_name]
        for host, member in zip(spec.controllers, spec.cluster.controllers, strict=True)
    }
    api = names.setdefault(str(spec.api_address), [spec.load_balancer.name] if spec.load_balancer else [])
    api.append(api_name(spec.cluster.name))
    return names
