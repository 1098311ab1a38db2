"""The disk that the machine is given: what `rendering` has, and the images of it all.

Images have their real names and stand-ins for their programs (standins/): labels are the runtime's and the kernel's
affair, whatever the program is.
"""

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.selinux import rendering
from tools import layers
from tools.crane import push_image, scratch_registry
from tools.machines import images, rootfs
from tools.machines.build import Build
from tools.toolchain.pins import architecture
from tradewind.host.archive import RECEIVE_COMMAND, archive
from tradewind.serialize import Object

_HERE = Path(__file__).parent
_PROGRAMS = ("kubelet", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def make(folder: Path) -> Path:
    """An ext4 file system in `folder`."""
    tree = folder / "given"
    (tree / "pods").mkdir(parents=True)
    config = rendering.config()
    (tree / "checks").write_bytes((_HERE / "checks").read_bytes())
    (tree / "config.ign").write_text(config.user_data())
    (tree / "ignition.paths").write_text("".join(f"{path}\n" for path in _paths()))
    (tree / "receive").write_text(RECEIVE_COMMAND)
    (tree / "delivery").write_text(archive(rendering.delivery()))
    (tree / "old-bootstrap.service").write_text(rendering.old_bootstrap())
    static, writers = rendering.control_plane_pods(), rendering.writers()
    _write_pods(tree, "static", static)
    for name, (level, random) in writers.items():
        _write_pods(tree, f"{name}-level", level)
        _write_pods(tree, f"{name}-random", random)
    (tree / "writers").write_text("".join(f"{name}\n" for name in writers))
    pods = [*static, *(pod for level, _ in writers.values() for pod in level)]
    volumes = {volume["hostPath"]["path"] for pod in pods for volume in pod["spec"]["volumes"]}
    (tree / "volumes").write_text("".join(f"{path}\n" for path in sorted(volumes)))
    _write_images(folder, tree / "store", rendering.images(config, pods))
    for path in (tree, *tree.rglob("*")):
        os.setxattr(path, "security.selinux", b"system_u:object_r:usr_t:s0\0", follow_symlinks=False)
    disk = folder / "given.img"
    size = f"{32 + sum(path.lstat().st_size for path in tree.rglob('*')) * 5 // 4 // 2**20}M"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(tree), str(disk), size], check=True)
    return disk


def _paths() -> list[str]:
    """What Ignition writes."""
    config = rendering.config()
    units = [f"/etc/systemd/system/{unit.name}" for unit in config.units if unit.contents is not None]
    return [*(file.path for file in config.files), *(folder.path for folder in config.directories), *units]


def _write_pods(tree: Path, name: str, pods: list[Object]) -> None:
    (tree / "pods" / f"{name}.yaml").write_text(yaml.safe_dump_all(pods))
    (tree / "pods" / f"{name}.names").write_text(" ".join(rendering.container_names(pods)))


def _write_images(folder: Path, store: Path, references: set[str]) -> None:
    """One image, under every name."""
    tree = folder / "image"
    layers.skeleton(tree)
    busybox = rootfs.layers()[-1] / "usr/bin/busybox"
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    for applet in applets:
        (tree / "usr/bin" / applet).symlink_to("busybox")
    programs = dict.fromkeys(_PROGRAMS, "program") | {name: name for name in ("kubectl", "writer")}
    files = {"usr/bin/busybox": busybox}
    files |= {f"usr/local/bin/{name}": _HERE / "standins" / file for name, file in programs.items()}
    for path, source in files.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        shutil.copy(source, place)
        place.chmod(0o755)
    layer = layers.pack(tree, folder / "layer.tar")
    with scratch_registry(folder / "registry") as registry:
        for reference in references:
            push_image(f"{registry}/{reference.split('/', 1)[1]}", [layer], architecture(), "/bin/sh")
        images.pulled_store(Build(folder, folder / "images.log"), registry, sorted(references)).rename(store)
