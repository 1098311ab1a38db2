"""Everything in which a local machine differs from one of a cloud.

Pure. Makes: `LOCAL`, a `HostDelta`, and the hosts files that stand in for DNS.

A local machine shares its kernel with the host and the other machines, has no SELinux, no name server and no registry,
and its cgroups are not systemd's to delegate.
"""

from collections.abc import Mapping, Sequence

from tradewind.host.containerd import ContainerdOptions
from tradewind.host.files import HostFile
from tradewind.host.options import HostDelta
from tradewind.host.systemd import Unit, command, unit_text
from tradewind.kubelet import Role
from tradewind.platforms.local.spec import LocalHost, LocalSpec, api_name

IMPORT_IMAGES = "/usr/lib/machine/import-images"
"""Program of the machine's root file system: imports the images of a role into containerd."""

_RESOLV_CONF = "/etc/kubernetes/resolv.conf"
_UNIT = "image-import.service"


def delta(role: Role) -> HostDelta:
    """The differences of a machine of a role."""
    return HostDelta(
        name="local",
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
        kubelet_requires=(_UNIT,),
        containerd=ContainerdOptions(
            selinux=False,
            systemd_cgroup=False,
            restrict_oom_score_adj=True,
            discard_unpacked_layers=True,
            unprivileged_ports=False,
            oom_score=None,
        ),
        containerd_command="/usr/bin/containerd",
        # Without a name server, pods resolve through cluster DNS only.
        files=(HostFile(path=_RESOLV_CONF, content="nameserver 127.0.0.1\n"),),
        units=(_image_import(role), _wait_for_dns()),
    )


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
    "makeIPTablesUtilChains": False,
    "resolvConf": _RESOLV_CONF,
    "shutdownGracePeriod": "0s",
    "shutdownGracePeriodCriticalPods": "0s",
}


def hosts(spec: LocalSpec, own: LocalHost) -> Mapping[str, Sequence[str]]:
    """Names by address in place of DNS: the host's own, the API server's and etcd's."""
    names = {str(own.address): [own.name]} | {
        str(host.address): [host.name, member.etcd_name]
        for host, member in zip(spec.controllers, spec.cluster.controllers, strict=True)
    }
    names[str(spec.controllers[0].address)].append(api_name(spec.cluster.name))
    return names


def _image_import(role: Role) -> Unit:
    """Images come from the root file system, as there is no registry."""
    return Unit(
        name=_UNIT,
        enabled=True,
        contents=unit_text(
            {
                "Unit": {
                    "Description": "Import container images",
                    "Requires": "containerd.service",
                    "After": "containerd.service",
                },
                "Service": {
                    "Type": "oneshot",
                    "RemainAfterExit": "yes",
                    "ExecStart": command(IMPORT_IMAGES, "controller" if role is Role.CONTROLLER else "node"),
                },
                "Install": {"WantedBy": "multi-user.target"},
            }
        ),
    )


def _wait_for_dns() -> Unit:
    """There is no name server to wait for."""
    return Unit(name="wait-for-dns.service", mask=True)
