"""The table of tools: every version and every place that a tool can come from.

Long because it is one table. Reads: modules/*/ (go.mod, go.sum and sources), which belong to the recipes.
Makes: TOOLS, and the digests that name folders in the cache.
"""

import hashlib
import platform
from dataclasses import replace
from functools import cache
from pathlib import Path

from tools.toolchain.checksums import SHA256
from tools.toolchain.recipes import CBuild, Download, GoBuild, Program, Tool

PULUMI_VERSION = "3.230.0"
KUBERNETES_VERSION = "1.36.2"

MODULES = Path(__file__).parent / "modules"
_FORMAT = "1"  # Raise it when the same recipe starts to give other files.

_GITHUB = "https://github.com"
_C = ("gcc", "libc6-dev")
_COMPONENT_VERSION = "k8s.io/component-base/version."


def _download(url: str, checksums: str, members: tuple[tuple[str, str], ...]) -> Download:
    """A download with the checksums that are known beforehand."""
    known = ((arch, SHA256.get(url.format(arch=arch))) for arch in ("amd64", "arm64"))
    return Download(url, checksums, members, sha256=tuple((arch, digest) for arch, digest in known if digest))


def _release(repository: str, tag: str, file: str, checksums: str, members: tuple[tuple[str, str], ...]) -> Download:
    base = f"{_GITHUB}/{repository}/releases/download/{tag}"
    return _download(f"{base}/{file}", f"{base}/{checksums}", members)


# The last release of the language host as a Go module is older than the CLI; the CLI's archive has the matching one.
_PULUMI_PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
_PULUMI_RELEASE = f"{_GITHUB}/pulumi/pulumi/releases/download/v{PULUMI_VERSION}"
_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
_PULUMI = Tool(
    "pulumi",
    PULUMI_VERSION,
    (Program("pulumi", ("version",)), *(Program(name, None) for name in _PULUMI_PROGRAMS[1:])),
    (
        Download(
            f"{_PULUMI_RELEASE}/pulumi-v{PULUMI_VERSION}-linux-{{arch}}.tar.gz",
            f"{_PULUMI_RELEASE}/pulumi-{PULUMI_VERSION}-checksums.txt",
            tuple((name, f"pulumi/{name}") for name in _PULUMI_PROGRAMS),
            arches=(("amd64", "x64"), ("arm64", "arm64")),
        ),
    ),
    (
        GoBuild(
            "pulumi-language-python",
            (("pulumi-language-python", f"{_PULUMI_SDK}/python/cmd/pulumi-language-python"),),
            ((f"{_PULUMI_SDK}/go/common/version.Version", "v3.78.1"),),
            scripts=(
                ("pulumi-language-python-exec", _PULUMI_SDK, "python/cmd/pulumi-language-python-exec"),
                ("pulumi-resource-pulumi-python", _PULUMI_SDK, "python/dist/pulumi-resource-pulumi-python"),
            ),
        ),
        GoBuild(
            "pulumi",
            (("pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"),),
            ((f"{_PULUMI_SDK}/go/common/version.Version", f"v{PULUMI_VERSION}"),),
        ),
    ),
    portable=False,
)

_KUBERNETES_SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet")


_KUBERNETES_MODULES = {
    KUBERNETES_VERSION: ("kubernetes", "24e2b02af5543d7910c2bb074c7264df5a8f0467"),
    "1.35.4": ("kubernetes-1.35", ""),
    "1.37.2": ("kubernetes-1.37", ""),
}
"""Folders of the versions that can be built, and the commit that they say they are of, where it is known."""


def _kubernetes(version: str) -> Tool:
    """The programs of one Kubernetes version."""
    programs = (*(Program(name) for name in _KUBERNETES_SERVERS), Program("kubectl", ("version", "--client")))
    return Tool("kubernetes", version, programs, *_kubernetes_sources(version, programs))


def _kubernetes_sources(
    version: str, programs: tuple[Program, ...]
) -> tuple[tuple[Download, ...], tuple[GoBuild, ...]]:
    names = tuple(program.name for program in programs)
    base = f"https://dl.k8s.io/release/v{version}/bin/linux/{{arch}}"
    downloads = tuple(_download(f"{base}/{name}", f"{base}/{name}.sha256", ((name, ""),)) for name in names)
    if version not in _KUBERNETES_MODULES:
        return downloads, ()
    module, commit = _KUBERNETES_MODULES[version]
    major, minor, _ = version.split(".")
    variables = (
        (f"{_COMPONENT_VERSION}gitVersion", f"v{version}"),
        (f"{_COMPONENT_VERSION}gitMajor", major),
        (f"{_COMPONENT_VERSION}gitMinor", minor),
        *(((f"{_COMPONENT_VERSION}gitCommit", commit),) if commit else ()),
        (f"{_COMPONENT_VERSION}gitTreeState", "clean"),
    )
    return downloads, (GoBuild(module, tuple((name, f"k8s.io/kubernetes/cmd/{name}") for name in names), variables),)


_KUBERNETES = _kubernetes(KUBERNETES_VERSION)

_ETCD_VERSION = "3.7.3"
_ETCD = Tool(
    "etcd",
    _ETCD_VERSION,
    (Program("etcd"), Program("etcdctl", ("version",)), Program("etcdutl", ("version",))),
    (
        _release(
            "etcd-io/etcd",
            f"v{_ETCD_VERSION}",
            f"etcd-v{_ETCD_VERSION}-linux-{{arch}}.tar.gz",
            "SHA256SUMS",
            tuple((name, f"etcd-v{_ETCD_VERSION}-linux-{{arch}}/{name}") for name in ("etcd", "etcdctl", "etcdutl")),
        ),
    ),
    builds=(
        GoBuild(
            "etcd",
            (
                ("etcd", "go.etcd.io/etcd/server/v3"),
                ("etcdctl", "go.etcd.io/etcd/etcdctl/v3"),
                ("etcdutl", "go.etcd.io/etcd/etcdutl/v3"),
            ),
        ),
    ),
)

_CONTAINERD_VERSION = "2.4.2"
_CONTAINERD_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr")
_CONTAINERD = Tool(
    "containerd",
    _CONTAINERD_VERSION,
    (Program("containerd"), Program("containerd-shim-runc-v2", ("-v",)), Program("ctr")),
    (
        _release(
            "containerd/containerd",
            f"v{_CONTAINERD_VERSION}",
            f"containerd-static-{_CONTAINERD_VERSION}-linux-{{arch}}.tar.gz",
            f"containerd-static-{_CONTAINERD_VERSION}-linux-{{arch}}.tar.gz.sha256sum",
            tuple((name, f"bin/{name}") for name in _CONTAINERD_PROGRAMS),
        ),
    ),
    builds=(
        GoBuild(
            "containerd",
            tuple((name, f"github.com/containerd/containerd/v2/cmd/{name}") for name in _CONTAINERD_PROGRAMS),
            (("github.com/containerd/containerd/v2/version.Version", f"v{_CONTAINERD_VERSION}"),),
            tags=("no_btrfs", "no_devmapper", "no_zfs"),
        ),
    ),
)

_RUNC_VERSION = "1.5.2"
_RUNC = Tool(
    "runc",
    _RUNC_VERSION,
    (Program("runc"),),
    (_release("opencontainers/runc", f"v{_RUNC_VERSION}", "runc.{arch}", "runc.sha256sum", (("runc", ""),)),),
    # Without seccomp no pod starts: the kubelet gives every sandbox the RuntimeDefault profile.
    builds=(
        GoBuild(
            "runc",
            (("runc", "github.com/opencontainers/runc"),),
            cgo=True,
            tags=("seccomp", "netgo", "osusergo"),
            debian=(*_C, "libseccomp-dev", "pkg-config"),
        ),
    ),
)


def _cni(name: str, version: str, module: str, plugins: tuple[tuple[str, str], ...]) -> Tool:
    """CNI plugins of one release; `plugins` pairs a program with its folder in the module."""
    package = "github.com/containernetworking/plugins"
    archive = f"cni-plugins-linux-{{arch}}-v{version}.tgz"
    return Tool(
        name,
        version,
        tuple(Program(program, ()) for program, _ in plugins),
        (
            _release(
                "containernetworking/plugins",
                f"v{version}",
                archive,
                f"{archive}.sha256",
                tuple((program, f"./{program}") for program, _ in plugins),
            ),
        ),
        builds=(
            GoBuild(
                module,
                tuple((program, f"{package}/plugins/{folder}") for program, folder in plugins),
                ((f"{package}/pkg/utils/buildversion.BuildVersion", f"v{version}"),),
            ),
        ),
    )


_CNI = _cni(
    "cni-plugins",
    "1.9.1",
    "cni",
    (
        ("bridge", "main/bridge"),
        ("loopback", "main/loopback"),
        ("host-local", "ipam/host-local"),
        ("portmap", "meta/portmap"),
    ),
)
_FLANNEL_CNI = _cni("flannel-cni-plugin", "0.9.1", "flannel-cni", (("flannel", "meta/flannel"),))

_FLANNEL_VERSION = "0.26.7"
# No official download: its release has no checksums.
_FLANNEL = Tool(
    "flanneld",
    _FLANNEL_VERSION,
    (Program("flanneld"),),
    builds=(
        GoBuild(
            "flannel",
            (("flanneld", "github.com/flannel-io/flannel"),),
            (("github.com/flannel-io/flannel/pkg/version.Version", f"v{_FLANNEL_VERSION}"),),
            cgo=True,
            tags=("netgo", "osusergo"),
            debian=_C,
        ),
    ),
)

_COREDNS_VERSION = "1.14.2"
_COREDNS = Tool(
    "coredns",
    _COREDNS_VERSION,
    (Program("coredns"),),
    (
        _release(
            "coredns/coredns",
            f"v{_COREDNS_VERSION}",
            f"coredns_{_COREDNS_VERSION}_linux_{{arch}}.tgz",
            f"coredns_{_COREDNS_VERSION}_linux_{{arch}}.tgz.sha256",
            (("coredns", "coredns"),),
        ),
    ),
    builds=(GoBuild("coredns", (("coredns", "github.com/coredns/coredns"),)),),
)

_IGNITION_VERSION = "2.24.0"


def _ignition(name: str, *variables: tuple[str, str]) -> Tool:
    return Tool(
        name,
        _IGNITION_VERSION,
        (Program("ignition"), Program("ignition-validate")),
        builds=(
            GoBuild(
                "ignition",
                (
                    ("ignition", "github.com/coreos/ignition/v2/internal"),
                    ("ignition-validate", "github.com/coreos/ignition/v2/validate"),
                ),
                (("github.com/coreos/ignition/v2/internal/version.Raw", f"v{_IGNITION_VERSION}"), *variables),
                cgo=True,
                tags=("netgo", "osusergo"),
                debian=(*_C, "libblkid-dev", "pkg-config"),
            ),
        ),
    )


# Local machines have no SELinux: relabelling would fail there.
_IGNITION = _ignition("ignition", ("github.com/coreos/ignition/v2/internal/distro.selinuxRelabel", "false"))

_PAUSE_VERSION = "3.10.1"
_PAUSE = Tool(
    "pause",
    _PAUSE_VERSION,
    (Program("pause", None),),
    builds=(
        CBuild(
            "kubernetes",
            ("k8s.io/kubernetes", "build/pause/linux/pause.c"),
            ("-Os", "-Wall", "-static", f"-DVERSION=v{_PAUSE_VERSION}"),
            _C,
        ),
    ),
)

_BUTANE_VERSION = "0.24.0"
# No official download: its releases are signed, but have no checksums.
_BUTANE = Tool(
    "butane",
    _BUTANE_VERSION,
    (Program("butane"),),
    builds=(
        GoBuild(
            "butane",
            (("butane", "github.com/coreos/butane/internal"),),
            (("github.com/coreos/butane/internal/version.Raw", f"v{_BUTANE_VERSION}"),),
        ),
    ),
)

_CRANE_VERSION = "0.22.1"
_CRANE_COMMANDS = "github.com/google/go-containerregistry/cmd"
# No official download: its archives lack the registry server.
_CRANE = Tool(
    "crane",
    _CRANE_VERSION,
    (Program("crane", ("version",)), Program("registry", None)),
    builds=(
        GoBuild(
            "crane",
            (("crane", f"{_CRANE_COMMANDS}/crane"), ("registry", f"{_CRANE_COMMANDS}/registry")),
            ((f"{_CRANE_COMMANDS}/crane/cmd.Version", f"v{_CRANE_VERSION}"),),
        ),
    ),
)

# A program of this project (modules/kubelet-csr-approver/main.go says why); the version is that of the flags it takes.
_APPROVER = Tool(
    "kubelet-csr-approver",
    "1.2.14",
    (Program("kubelet-csr-approver", None),),
    builds=(
        GoBuild(
            "kubelet-csr-approver",
            (("kubelet-csr-approver", "tradewind/toolchain/kubelet-csr-approver"),),
        ),
    ),
)

TOOLS: tuple[Tool, ...] = (
    _PULUMI,
    _KUBERNETES,
    _RUNC,
    _CONTAINERD,
    _ETCD,
    _CNI,
    _FLANNEL_CNI,
    _FLANNEL,
    _IGNITION,
    _COREDNS,
    _APPROVER,
    _PAUSE,
    _BUTANE,
    _CRANE,
)
"""Every tool, those that others wait for first."""

OTHER_KUBERNETES: tuple[Tool, ...] = (
    _kubernetes("1.35.4"),
    _kubernetes("1.37.2"),
)
"""Kubernetes of the supported minors besides the default's, for tests only. Each is a set of tools of its own, so that
programs of the same name are in folders apart (`paths.kubernetes_bin_dir`)."""


RELABELLING_IGNITION = _ignition("ignition-relabelling")
"""Ignition as systems with SELinux have it, for the emulated machine; a set of its own, as `OTHER_KUBERNETES`."""


def architecture() -> str:
    """This machine's architecture by Go's name; an unknown one keeps the kernel's name."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def kubelet_programs(version: str, target: str) -> Tool:
    """Kubelet and kubectl of any release, such as `1.36.2`, for the architecture `target`.

    A pinned version of this machine's architecture is the tool of that version, which is there already. Versions that
    are not pinned can be downloaded, not built.
    """
    pinned = {tool.version: tool for tool in (_KUBERNETES, *OTHER_KUBERNETES)}
    if target == architecture() and version in pinned:
        return pinned[version]
    # Not asked for their version, so that none that is installed is taken: only what has a checksum.
    programs = (Program("kubelet", None), Program("kubectl", None))
    sources = _kubernetes_sources(version, programs)
    return Tool(f"kubelet-{target}", version, programs, *sources, architecture=target)


FOREIGN_KUBELETS: tuple[Tool, ...] = tuple(
    kubelet_programs(KUBERNETES_VERSION, target) for target in ("amd64", "arm64") if target != architecture()
)
"""The default kubelet of other architectures, for the tests of kubelet images."""


@cache
def recipe_digest(tool: Tool) -> str:
    """Twelve hex digits that change when the recipe, its pinned modules or the architecture do."""
    # Without checksums: they decide whether a file is taken, not what the tool is.
    plain = replace(tool, downloads=tuple(replace(download, sha256=()) for download in tool.downloads))
    digest = hashlib.sha256(f"{_FORMAT} {tool.architecture or architecture()} {plain!r}".encode())
    for build in tool.builds:
        for path in sorted((MODULES / build.module).iterdir()):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def toolchain_key(tools: tuple[Tool, ...] = TOOLS) -> str:
    """Names the folder that holds exactly these tools."""
    return hashlib.sha256(" ".join(recipe_digest(tool) for tool in tools).encode()).hexdigest()[:12]
