"""The plugins that networks call besides their own: no system has them where the runtime looks for them.

Pure. Reads: images. Makes: a container that runs before those of a network's pod.
Source: https://www.cni.dev/plugins/current/
"""

from typing import Any, Final

from tradewind.constants import CNI_BIN_DIR
from tradewind.manifests import objects
from tradewind.spec import ClusterSpec

PLUGINS: Final = ("bridge", "host-local", "loopback", "portmap")
"""What flannel's plugin hands over to, what containerd calls for every pod, and what maps host ports."""

_HOST: Final = f"/host{CNI_BIN_DIR}"

# Renamed into place: a pod that starts at this moment finds a whole plugin.
_INSTALL: Final = f"""\
for name in {" ".join(PLUGINS)}; do
  cp -f "{CNI_BIN_DIR}/$name" "{_HOST}/.$name"
  mv -f "{_HOST}/.$name" "{_HOST}/$name"
done
"""

SHARED_FILES: Final = {"level": "s0"}
"""SELinux options of a container that writes files of the host which the next one replaces: a fixed level without
categories. With the random categories of a container, the second rename or unlink would be denied."""


def install(spec: ClusterSpec, volume: str) -> dict[str, Any]:
    """The container; `volume` is the pod's name for `/opt/cni/bin` of the host."""
    return {
        "name": "install-cni-plugins",
        "image": spec.images.cni_plugins,
        "command": ["/bin/sh", "-euc", _INSTALL],
        "securityContext": objects.container_security(selinux=SHARED_FILES),
        "volumeMounts": [objects.mount(volume, _HOST)],
    }
