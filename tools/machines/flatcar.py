"""What a machine with Flatcar has over the root file system of all machines: docker in place of podman.

Reads: Debian's archive, the layers of `rootfs`, finish-flatcar.sh.
Makes: <cache>/machine-root/flatcar-<key>, one more read-only layer.
"""

import hashlib
import os
from pathlib import Path

from tools import paths
from tools.machines import inside, rootfs
from tools.machines.build import Build, once
from tools.machines.errors import MachineError

_SCRIPT = Path(__file__).parent / "finish-flatcar.sh"

_FINISH = """
# Names of Debian's archive.
cp /etc/resolv.conf "$1/root/run/resolv.conf"
exec chroot "$1/root" sh -c "$SCRIPT"
"""


def layers() -> tuple[Path, ...]:
    """The finished layers, topmost first.

    Raises:
        MachineError: they were not made yet.
    """
    layer = _layer()
    if not layer.is_dir():
        raise MachineError("the root file system of local Flatcar machines is not made yet: run `make setup`")
    return (layer, *rootfs.layers())


def setup() -> tuple[Path, ...]:
    """Make the layer if it is missing, and say so; a second run, or one at the same time, changes nothing."""
    rootfs.setup()
    once(_layer(), _make)
    return layers()


def _layer() -> Path:
    digest = hashlib.sha256(" ".join(layer.name for layer in rootfs.layers()).encode())
    for path in (Path(__file__), _SCRIPT):
        digest.update(path.read_bytes())
    return paths.machine_root_dir() / f"flatcar-{digest.hexdigest()[:12]}"


def _make(build: Build) -> Path:
    build.say("adding docker for local machines with Flatcar, about 10 seconds")
    work = inside.folder(build, "layer")
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    inside.run(build, _FINISH, work, {"SCRIPT": _SCRIPT.read_text(), **proxies})
    return work / "upper"
