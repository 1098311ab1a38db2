"""The container images that machines have without a registry: the toolchain's programs under their real names.

Reads: the toolchain, the root file system of machines (shell, nft, ...), the kubelet image's host tools, the library's
table of images.
Makes: <cache>/images/<key>/, so that no machine has to load or unpack anything:
- store/: podman's images (kubelet, etcd), which machines see read-only as /opt/images/store, an additional image store
  of /etc/containers/storage.conf;
- containerd/: a root folder of containerd with the images of all pods, which every machine begins with a copy of;
- docker/: a root folder of docker with the images of podman's store, which a Flatcar machine begins with a copy of.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tools import crane, layers, paths
from tools.crane import push_image, scratch_registry
from tools.kubelet_image import host_tools, image
from tools.machines import flatcar, inside, rootfs
from tools.machines.build import Build, environment, once
from tools.machines.errors import MachineError
from tools.toolchain.pins import architecture

PROBE = "docker.io/tradewind/probe:v1"
"""A small image for tests: shell, httpd, curl, nslookup."""

_BUSYBOX = "/usr/bin/busybox"
_IPTABLES = "/usr/sbin/xtables-nft-multi"
_IPTABLES_NAMES = tuple(
    f"/usr/sbin/{name}{action}{variant}"
    for name in ("iptables", "ip6tables")
    for action in ("", "-save", "-restore")
    for variant in ("", "-nft")
)
_NETWORK = ("/usr/sbin/nft", "/usr/sbin/conntrack", "/usr/bin/ip", _IPTABLES)


STORES = {"fedora-coreos": ("containerd",), "flatcar": ("containerd", "docker")}
"""Folders of images that a machine begins with a copy of, in its /var/lib, by operating system."""


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


@dataclass(frozen=True)
class Group:
    """Images of a machine by reference: podman's (system containers) and containerd's (pods)."""

    store: dict[str, Content | None]
    """None is the kubelet image, which `tools/kubelet_image` makes."""
    pods: dict[str, Content]


def catalogue() -> Group:
    """Every image, as the library names it in its default release."""
    components = str(paths.CHECKOUT / "components")
    if components not in sys.path:
        sys.path.append(components)
    from tradewind.versions import DEFAULT_VERSION, RELEASES  # noqa: PLC0415

    images = RELEASES[DEFAULT_VERSION].images
    return Group(
        store={f"quay.io/poseidon/kubelet:{DEFAULT_VERSION}": None, images.etcd: _ETCD},
        pods={
            images.kube_apiserver: Content(tools=_local("kube-apiserver")),
            images.kube_controller_manager: Content(tools=_local("kube-controller-manager")),
            images.kube_scheduler: Content(tools=_local("kube-scheduler")),
            images.pause: Content(tools={"/pause": "pause"}),
            images.kube_proxy: Content(tools=_local("kube-proxy"), programs=_NETWORK),
            images.flannel: Content(tools={"/opt/bin/flanneld": "flanneld"}, programs=_NETWORK, busybox=True),
            images.flannel_cni: Content(tools={"/flannel": "flannel"}, busybox=True),
            images.cni_plugins: Content(tools={f"/opt/cni/bin/{name}": name for name in rootfs.CNI}, busybox=True),
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
    flatcar.setup()
    once(_folder(), _make)
    return folder()


def _folder() -> Path:
    roots = f"{_root().name} {flatcar.layers()[0].name}"
    digest = hashlib.sha256(f"{roots} {paths.bin_dir().name} {catalogue()!r}".encode())
    for module in (__file__, crane.__file__, layers.__file__, image.__file__, host_tools.__file__):
        digest.update(Path(module).read_bytes())
    return paths.images_dir() / digest.hexdigest()[:12]


def _make(build: Build) -> Path:
    done = build.folder / "done"
    done.mkdir()
    groups = catalogue()
    build.say("making the container images of local machines, about half a minute")
    with scratch_registry(build.folder / "registry") as registry:
        for reference, content in {**groups.store, **groups.pods}.items():
            target = f"{registry}/{reference.split('/', 1)[1]}"
            work = build.folder / reference.replace("/", "_")
            if content is None:
                image.push(target, architecture(), paths.bin_dir(), work, fresh=False)
            else:
                _push(target, content, work)
            shutil.rmtree(work)
        pulled_store(build, registry, groups.store).rename(done / "store")
        _docker(build, registry, groups.store).rename(done / "docker")
        _containerd(build, registry, groups.pods).rename(done / "containerd")
    return done


def _push(target: str, content: Content, work: Path) -> None:
    """Put an image at the reference `target`; its one layer is made in the folder `work`."""
    tree = work / "tree"
    layers.skeleton(tree)
    files = {**_with_libraries(content.programs), **{path: _tool(name) for path, name in content.tools.items()}}
    links = dict(content.links)
    if content.busybox:
        files[_BUSYBOX] = _in_root(_BUSYBOX)
        links |= {f"/usr/bin/{applet}": "busybox" for applet in _run_in_root(_BUSYBOX, "--list").split()}
    if _IPTABLES in content.programs:
        links |= {name: Path(_IPTABLES).name for name in _IPTABLES_NAMES}
    for path, link in links.items():
        _place(tree, path).symlink_to(link)
    for path, source in files.items():
        place = _place(tree, path)
        place.unlink(missing_ok=True)  # A program in the place of busybox's.
        shutil.copy(source, place)
        place.chmod(0o755)
    # The sandbox is run by its entry point; manifests name the command of every other.
    entrypoint = next(iter(content.tools), "/bin/sh")
    push_image(target, [layers.pack(tree, work / "layer.tar")], architecture(), entrypoint)


def _place(tree: Path, path: str) -> Path:
    """Where a file of the image goes, in a folder that is there."""
    place = tree / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _tool(name: str) -> Path:
    program = paths.bin_dir() / name
    if not program.is_file():
        raise MachineError(f"{name} is missing in the toolchain: run `make setup`")
    return program


def _with_libraries(programs: tuple[str, ...]) -> dict[str, Path]:
    """Programs of the root file system and all that they load, by path."""
    found = {program: _in_root(program) for program in programs}
    if _IPTABLES in programs:
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


_PULL = """
for reference in $IMAGES; do
  chroot "$1/root" env CONTAINERS_STORAGE_CONF=/mnt/storage.conf CONTAINERS_REGISTRIES_CONF=/mnt/registries.conf \\
    TMPDIR=/mnt/tmp podman --cgroup-manager=cgroupfs --events-backend=none pull --quiet "$reference"
done
"""

_PULL_INTO_DOCKER = """
# It looks for control groups, though it runs nothing here.
mount --rbind /sys "$1/root/sys"
chroot "$1/root" containerd --root /mnt/tmp/containerd --log-level warn &
containerd=$!
chroot "$1/root" dockerd --containerd=/run/containerd/containerd.sock --data-root=/mnt/made \\
  --bridge=none --iptables=false --ip-forward=false --log-level=error &
dockerd=$!
tries=0
until chroot "$1/root" docker version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || { echo "docker does not answer" >&2; exit 1; }
  sleep 0.1
done
for reference in $IMAGES; do
  source=$REGISTRY/${reference#*/}
  chroot "$1/root" docker pull --quiet "$source"
  chroot "$1/root" docker tag "$source" "$reference"
  chroot "$1/root" docker rmi "$source"
done
kill "$dockerd"
wait "$dockerd"
kill "$containerd"
wait "$containerd" || [ $? -eq 143 ]
"""

_PULL_PODS = """
chroot "$1/root" containerd --config /mnt/containerd.toml --log-level warn &
tries=0
until chroot "$1/root" ctr version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || { echo "containerd does not answer" >&2; exit 1; }
  sleep 0.1
done
for reference in $IMAGES; do
  chroot "$1/root" ctr --namespace k8s.io images pull --local --hosts-dir /mnt/hosts "$reference"
done
# What was unpacked is not needed packed as well.
chroot "$1/root" ctr --namespace k8s.io content prune references
kill $!
wait $! || [ $? -eq 143 ]
rm "$1"/made/io.containerd.grpc.v1.introspection/uuid
"""


def pulled_store(build: Build, registry: str, references: Iterable[str]) -> Path:
    """Let the machines' own podman pull images into a store that theirs read from."""
    work = inside.folder(build, "store")
    (work / "storage.conf").write_text(
        '[storage]\ndriver = "overlay"\ngraphroot = "/mnt/made"\nrunroot = "/run/store"\n'
    )
    hosts = dict.fromkeys(reference.split("/")[0] for reference in references)
    (work / "registries.conf").write_text(
        "".join(f'[[registry]]\nprefix = "{host}"\nlocation = "{registry}"\ninsecure = true\n' for host in hosts)
    )
    return inside.run(build, _PULL, work, {"IMAGES": " ".join(references)})


def _docker(build: Build, registry: str, references: Iterable[str]) -> Path:
    """Let a Flatcar machine's own docker pull images into a root folder that theirs begin with."""
    work = inside.folder(build, "docker")
    variables = {"IMAGES": " ".join(references), "REGISTRY": registry}
    return inside.run(build, _PULL_INTO_DOCKER, work, variables, flatcar.layers())


def _containerd(build: Build, registry: str, references: Iterable[str]) -> Path:
    """Let the machines' own containerd pull images into a root folder that theirs begin with."""
    work = inside.folder(build, "containerd")
    (work / "containerd.toml").write_text('version = 3\nroot = "/mnt/made"\n')
    (work / "hosts/_default").mkdir(parents=True)
    (work / "hosts/_default/hosts.toml").write_text(f'server = "http://{registry}"\n')
    return inside.run(build, _PULL_PODS, work, {"IMAGES": " ".join(references)})
