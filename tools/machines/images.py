"""The container images that machines have without a registry: the toolchain's programs under their real names.

Reads: the toolchain, the root file system of machines (shell, mount, nft, ...), the library's table of images.
Makes: <cache>/images/<key>/, which machines see read-only as /opt/images:
- store/: podman's images (kubelet, etcd), an additional image store of /etc/containers/storage.conf: nothing to load;
- node.tar and controller.tar: containerd's images. /usr/lib/machine/import-images, which is part of the root file
  system, imports node.tar on every machine and controller.tar as well on controllers;
- node.txt and controller.txt: the references in them, by which import-images sees that there is nothing to do.
"""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tools import paths
from tools.machines import oci, rootfs
from tools.machines.build import Build, environment, hermetic, once
from tools.machines.errors import MachineError
from tools.toolchain.pins import architecture

PROBE = "docker.io/tradewind/probe:v1"
"""A small image for tests: shell, httpd, curl, nslookup."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BUSYBOX = "/usr/bin/busybox"
_IPTABLES = "/usr/sbin/xtables-nft-multi"
_IPTABLES_NAMES = tuple(
    f"/usr/sbin/{name}{action}{variant}"
    for name in ("iptables", "ip6tables")
    for action in ("", "-save", "-restore")
    for variant in ("", "-nft")
)
_MOUNTS = tuple(f"/usr/bin/{name}" for name in ("mount", "umount", "findmnt", "nsenter", "unshare"))
_NETWORK = ("/usr/sbin/nft", "/usr/sbin/conntrack", "/usr/bin/ip", _IPTABLES)
_BASE: dict[str, oci.Entry] = {
    **{f"/{name}": oci.Link(f"usr/{name}") for name in ("bin", "sbin", "lib", "lib64")},
    **{f"/usr/{name}": oci.Folder() for name in ("bin", "sbin", "lib", "lib64")},
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    "/etc/group": b"root:x:0:\nnobody:x:65534:\n",
    "/etc/nsswitch.conf": b"passwd: files\ngroup: files\nhosts: files dns\n",
    "/root": oci.Folder(0o700),
    "/tmp": oci.Folder(0o1777),  # noqa: S108
}


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is in an image besides accounts and /tmp."""

    tools: dict[str, str] = field(default_factory=dict)
    """Programs of the toolchain by their path in the image."""
    programs: tuple[str, ...] = ()
    """Programs of the root file system, which come with their libraries."""
    busybox: bool = False
    """Whether there are a shell and the usual small tools."""
    links: dict[str, str] = field(default_factory=dict)
    """Targets by path."""


def _local(*names: str) -> dict[str, str]:
    return {f"/usr/local/bin/{name}": name for name in names}


_ETCD = Content(tools=_local("etcd", "etcdctl", "etcdutl"))
_KUBELET = Content(tools=_local("kubelet", "kubectl"), programs=(*_MOUNTS, *_NETWORK), busybox=True)


@dataclass(frozen=True)
class Group:
    """Images of a machine by reference: podman's (system containers) and containerd's."""

    store: dict[str, Content]
    controller: dict[str, Content]
    node: dict[str, Content]


def catalogue() -> Group:
    """Every image, as the library names it in its default release."""
    components = str(paths.CHECKOUT / "components")
    if components not in sys.path:
        sys.path.append(components)
    from tradewind.versions import DEFAULT_VERSION, RELEASES  # noqa: PLC0415

    images = RELEASES[DEFAULT_VERSION].images
    return Group(
        store={f"quay.io/poseidon/kubelet:{DEFAULT_VERSION}": _KUBELET, images.etcd: _ETCD},
        controller={
            images.kube_apiserver: Content(tools=_local("kube-apiserver")),
            images.kube_controller_manager: Content(tools=_local("kube-controller-manager")),
            images.kube_scheduler: Content(tools=_local("kube-scheduler")),
        },
        node={
            images.pause: Content(tools={"/pause": "pause"}),
            images.kube_proxy: Content(tools=_local("kube-proxy"), programs=_NETWORK),
            images.flannel: Content(tools={"/opt/bin/flanneld": "flanneld"}, programs=_NETWORK, busybox=True),
            images.flannel_cni: Content(tools={"/flannel": "flannel"}, busybox=True),
            images.coredns: Content(tools={"/coredns": "coredns"}),
            images.kubelet_csr_approver: Content(
                tools={"/ko-app/kubelet-csr-approver": "kubelet-csr-approver"},
                links={"/kubelet-csr-approver": "ko-app/kubelet-csr-approver"},
            ),
            PROBE: Content(programs=("/usr/bin/curl", "/usr/bin/getent"), busybox=True),
        },
    )


def folder() -> Path:
    """The finished images.

    Raises:
        MachineError: they were not made yet.
    """
    found = _folder()
    if not found.is_dir():
        raise MachineError("the container images of local machines are not made yet: run `make setup`")
    return found


def setup() -> Path:
    """Make the images if they are missing, and say so; a second run, or one at the same time, changes nothing."""
    once(_folder(), _make)
    return folder()


def _folder() -> Path:
    digest = hashlib.sha256(f"{_root().name} {paths.bin_dir().name} {catalogue()!r}".encode())
    for module in (Path(__file__), Path(oci.__file__)):
        digest.update(module.read_bytes())
    return paths.images_dir() / digest.hexdigest()[:12]


def _make(build: Build) -> Path:
    done, blobs = build.folder / "done", build.folder / "blobs"
    for path in (done, blobs):
        path.mkdir()
    groups = catalogue()
    build.say("making the container images of local machines, about half a minute")
    stored = [_image(blobs, *item) for item in groups.store.items()]
    _store(build, stored, done / "store")
    for name in ("node", "controller"):
        contents: dict[str, Content] = getattr(groups, name)
        images = [_image(blobs, *item) for item in contents.items()]
        oci.write_archive(done / f"{name}.tar", blobs, images)
        (done / f"{name}.txt").write_text("".join(f"{image.reference}\n" for image in images))
    return done


def _image(blobs: Path, reference: str, content: Content) -> oci.Image:
    entries = {**_BASE, **{path: oci.Link(target) for path, target in content.links.items()}}
    if content.busybox:
        shell = _in_root(_BUSYBOX)
        applets = _run_in_root(_BUSYBOX, "--list").split()
        entries |= {f"/usr/bin/{applet}": oci.Link("busybox") for applet in applets} | {_BUSYBOX: shell}
    entries |= _with_libraries(content.programs)
    entries |= {path: _tool(name) for path, name in content.tools.items()}
    # The sandbox is run by its entry point; manifests name the command of every other.
    settings = {"Entrypoint": [next(iter(content.tools), "/bin/sh")], "Env": [f"PATH={_PATH}"]}
    return oci.write_image(blobs, reference, entries, settings=settings, architecture=architecture())


def _tool(name: str) -> Path:
    program = paths.bin_dir() / name
    if not program.is_file():
        raise MachineError(f"{name} is missing in the toolchain: run `make setup`")
    return program


def _with_libraries(programs: tuple[str, ...]) -> dict[str, oci.Entry]:
    """Programs of the root file system and all that they load, by path."""
    found: dict[str, oci.Entry] = {program: _in_root(program) for program in programs}
    if _IPTABLES in programs:
        found |= {name: oci.Link(Path(_IPTABLES).name) for name in _IPTABLES_NAMES}
        # Its matches and targets are libraries that it loads by name.
        found |= {f"/{path.relative_to(_root())}": path for path in _root().glob("usr/lib/*/xtables/*.so")}
    if programs:
        # Lines such as `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x7f...)`; the loader has no arrow.
        words = _run_in_root("/usr/bin/ldd", *programs).split()
        libraries = {word for word in words if word.startswith("/") and not word.endswith(":")}
        found |= {f"/usr{library}": _in_root(library) for library in libraries}
    return found


def _root() -> Path:
    """The layer with Debian's packages."""
    return rootfs.layers()[-1]


def _in_root(path: str) -> Path:
    """The file behind a path of the root file system, whose absolute links start there."""
    place = _root() / path.lstrip("/")
    for part in (*reversed(place.relative_to(_root()).parents), place.relative_to(_root())):
        if (_root() / part).is_symlink():
            target = (_root() / part).readlink()
            rest = place.relative_to(_root() / part)
            return _in_root(str(Path("/") / part.parent / target / rest))
    return place


def _run_in_root(*command: str) -> str:
    result = subprocess.run(
        ["chroot", str(_root()), *command], check=False, capture_output=True, text=True, env=environment()
    )
    if result.returncode:
        raise MachineError(f"{command[0]} failed in the root file system of machines: {result.stderr.strip()}")
    return result.stdout


_LOAD = """
set -eu
mount -t overlay tradewind -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --bind /dev "$1/root/dev"
for place in run tmp; do mount -t tmpfs tmpfs "$1/root/$place"; done
mount --bind "$1" "$1/root/mnt"
for archive in "$1"/*.tar; do
  chroot "$1/root" env CONTAINERS_STORAGE_CONF=/mnt/storage.conf TMPDIR=/mnt/tmp \\
    podman --cgroup-manager=cgroupfs --events-backend=none load --input "/mnt/${archive##*/}"
done
"""


def _store(build: Build, images: list[oci.Image], target: Path) -> None:
    """Let the machines' own podman unpack images into a store that theirs read from."""
    work = build.folder / "load"
    for name in ("root", "upper", "work", "store", "tmp"):
        (work / name).mkdir(parents=True)
    (work / "storage.conf").write_text(
        '[storage]\ndriver = "overlay"\ngraphroot = "/mnt/store"\nrunroot = "/run/store"\n'
    )
    for number, image in enumerate(images):
        oci.write_archive(work / f"{number}.tar", build.folder / "blobs", [image])
    layers = ":".join(map(str, rootfs.layers()))
    build.run(hermetic("sh", "-c", _LOAD, "load", str(work), layers), env=environment())
    (work / "store").rename(target)
    shutil.rmtree(work)
