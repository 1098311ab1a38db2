"""containerd's configuration file.

Pure. Reads: the sandbox image and `ContainerdOptions`. Makes: TOML, configuration version 3 (containerd 2).
Source: https://github.com/containerd/containerd/blob/main/docs/cri/config.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tradewind import constants
from tradewind.serialize import to_toml

MIRRORS_DIR: Final = "/etc/containerd/certs.d"


@dataclass(frozen=True, kw_only=True)
class ContainerdOptions:
    """What differs between operating systems."""

    selinux: bool = True
    """Whether pods get SELinux labels."""
    systemd_cgroup: bool = True
    """Whether cgroups are made by systemd; must agree with the kubelet's cgroupDriver."""
    restrict_oom_score_adj: bool = False
    """Whether a container's OOM score may be no lower than containerd's own (hosts without CAP_SYS_RESOURCE)."""
    discard_unpacked_layers: bool = False
    """Whether compressed layers are thrown away after they are unpacked: half the disk, but no pushing or exporting."""
    unprivileged_ports: bool = True
    """Whether pods may bind ports below 1024 and ping without capabilities."""
    oom_score: int | None = -999
    """OOM score of containerd itself; None leaves it as it is."""
    disabled_plugins: Sequence[str] = ()
    """Plugins that are not loaded, such as `io.containerd.snapshotter.v1.zfs`."""


def containerd_config(sandbox_image: str, options: ContainerdOptions, *, mirrors: bool = False) -> str:
    """Text of `/etc/containerd/config.toml`. `sandbox_image` is pinned, so that garbage collection keeps it.

    With `mirrors`, the folders of `MIRRORS_DIR` say where images of a registry are.
    """
    oom_score = {} if options.oom_score is None else {"oom_score": options.oom_score}
    return to_toml(
        {
            "version": 3,
            "root": "/var/lib/containerd",
            "state": "/run/containerd",
            **oom_score,
            "disabled_plugins": list(options.disabled_plugins),
            "grpc": {"address": constants.CONTAINERD_SOCKET},
            "plugins": {
                "io.containerd.cri.v1.images": {
                    "discard_unpacked_layers": options.discard_unpacked_layers,
                    "pinned_images": {"sandbox": sandbox_image},
                    **({"registry": {"config_path": MIRRORS_DIR}} if mirrors else {}),
                },
                "io.containerd.cri.v1.runtime": {
                    "enable_selinux": options.selinux,
                    "enable_unprivileged_icmp": options.unprivileged_ports,
                    "enable_unprivileged_ports": options.unprivileged_ports,
                    "restrict_oom_score_adj": options.restrict_oom_score_adj,
                    "containerd": {
                        "runtimes": {
                            "runc": {
                                "runtime_type": "io.containerd.runc.v2",
                                "options": {"SystemdCgroup": options.systemd_cgroup},
                            }
                        }
                    },
                },
            },
        }
    )
