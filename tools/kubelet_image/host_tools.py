"""The lower layer of the kubelet image: programs of Debian that a kubelet starts, for either architecture.

Reads: Debian's archive (TRADEWIND_DEBIAN_MIRROR as for machines, and its -security), which apt checks by Debian's keys.
Makes: <cache>/images/host-tools-<architecture>-<recipe>.tar.gz

Packages are unpacked and none of their scripts is run, so that no processor of the architecture is needed.
"""

import hashlib
import os
import shutil
import urllib.request
from pathlib import Path

from tools import layers, paths
from tools.machines import debian, inside, rootfs
from tools.machines.build import Build, once, workplace

PACKAGES = (
    # Shells and small tools, for bootstrap.service, volume drivers and people.
    *("base-files", "bash", "coreutils", "dash", "findutils", "grep", "gzip", "procps", "sed", "tar"),
    # Volumes: mount and loop devices, file systems that the kubelet makes, checks and grows, NFS.
    *("util-linux", "util-linux-extra", "mount", "e2fsprogs", "xfsprogs", "btrfs-progs", "nfs-common"),
    # Networks, for the kubelet's chains and for people.
    *("iptables", "nftables", "conntrack", "ethtool", "socat", "iproute2", "kmod", "netbase"),
    # What the kubelet believes of TLS servers outside the cluster.
    "ca-certificates",
)
"""Ceph's, GlusterFS' and CIFS' tools are not here: no supported kubelet has drivers in itself that start them."""

_ASSUMED = (
    *("adduser", "debconf", "dpkg", "init-system-helpers", "lsb-base", "passwd", "sysvinit-utils", "ucf"),
    *("keyutils", "libicu72", "libpam0g", "libpam-modules", "logsave", "mawk", "media-types", "openssl"),
    *("perl", "perl-base", "python3", "rpcbind"),
)
"""Packages that only scripts of packages, daemons and programs in `_USELESS` need: taken as there already."""
_STANZA = """Package: {name}
Status: install ok installed
Version: 99:99
Architecture: {architecture}
Multi-Arch: allowed
Maintainer: nobody
Provides: awk, debconf-2.0
Description: assumed

"""

_USELESS = (
    *("usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian", "usr/share/bug", "usr/lib/systemd"),
    *("usr/sbin/xfs_scrub", "usr/sbin/mountstats", "usr/sbin/nfsiostat", "usr/sbin/nfsdclddb", "usr/sbin/nfsdclnts"),
    *("usr/bin/su", "usr/sbin/runuser", "var/cache"),
)
_SETTINGS = """Dir "/mnt";
Dir::Cache::archives "/mnt/debs";
Dir::Etc::SourceList "/mnt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "/mnt/state";
Dir::State::status "/mnt/status";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
"""
_SOURCE = "deb [arch={architecture} signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {suite} main\n"

# The list of packages is for whoever looks for vulnerable ones in the image.
_UNPACK = """
for name in resolv.conf hosts; do cp "/etc/$name" "$1/root/etc/$name"; done
exec chroot "$1/root" bash -c '
set -euo pipefail
cd /mnt
apt-get -q update
apt-get -q install --yes --download-only $PACKAGES
mkdir -p made/var/lib/dpkg
for deb in debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar --extract --directory=made --keep-directory-symlink
  dpkg-deb --field "$deb" | sed "1a Status: install ok installed"
  echo
done > made/var/lib/dpkg/status
'
"""


def layer(architecture: str, *, fresh: bool) -> Path:
    """The layer's archive. One that is there is taken, however old, unless it shall be `fresh`.

    Raises:
        MachineError: if packages can't be had, or machines' root file system was not made.
    """
    target = paths.images_dir() / f"host-tools-{architecture}-{_recipe()}.tar.gz"
    if fresh:
        with workplace(target) as build:
            _make(build, architecture).rename(target)
    once(target, lambda build: _make(build, architecture))
    return target


def _recipe() -> str:
    digest = hashlib.sha256(rootfs.SUITE.encode())
    for module in (Path(__file__), Path(layers.__file__)):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:12]


def _make(build: Build, architecture: str) -> Path:
    build.say(f"kubelet image: host tools for {architecture}, {len(PACKAGES)} packages of Debian {rootfs.SUITE}")
    work = inside.folder(build, "unpack")
    for name in ("debs/partial", "state/lists/partial"):
        (work / name).mkdir(parents=True)
    (work / "apt.conf").write_text(_SETTINGS.format(architecture=architecture))
    (work / "sources.list").write_text(_sources(architecture))
    (work / "status").write_text("".join(_STANZA.format(name=name, architecture=architecture) for name in _ASSUMED))
    layers.skeleton(work / "made")
    proxies = {f"{scheme}_proxy": url for scheme, url in urllib.request.getproxies().items()}
    variables = {**proxies, "APT_CONFIG": "/mnt/apt.conf", "PACKAGES": " ".join(PACKAGES)}
    tree = inside.run(build, _UNPACK, work, variables)
    _finish(tree)
    return layers.pack(tree, build.folder / "layer.tar.gz")


def _sources(architecture: str) -> str:
    mirror = debian.mirror().rstrip("/")
    places = {rootfs.SUITE: mirror, f"{rootfs.SUITE}-updates": mirror, f"{rootfs.SUITE}-security": f"{mirror}-security"}
    return "".join(
        _SOURCE.format(architecture=architecture, mirror=place, suite=suite) for suite, place in places.items()
    )


def _finish(tree: Path) -> None:
    """Do what the packages' scripts would, as far as it matters here, and remove what is of no use."""
    for path in (tree / name for name in _USELESS):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for folder, _, files in os.walk(tree / "usr/share/doc"):
        for name in set(files) - {"copyright"}:
            (Path(folder) / name).unlink()
    for family in ("iptables", "ip6tables"):
        for action in ("", "-save", "-restore"):
            (tree / f"usr/sbin/{family}{action}").symlink_to(f"{family}-nft{action}")
    authorities = sorted((tree / "usr/share/ca-certificates/mozilla").glob("*.crt"))
    bundle = tree / "etc/ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_text("".join(path.read_text() for path in authorities))
