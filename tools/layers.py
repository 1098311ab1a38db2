"""Layers of container images: a folder with what every root file system has, and its archive.

Reads: folders of this host.
Makes: layers. The same content gives the same bytes: sorted, owned by root, without times.
"""

import subprocess
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The variable PATH of containers."""

_MERGED = ("bin", "sbin", "lib", "lib64")
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnobody:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def skeleton(root: Path) -> None:
    """Make a root file system with nothing but merged folders, accounts and /tmp."""
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for name, text in _FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    for name, mode in (("root", 0o700), ("tmp", 0o1777)):
        (root / name).mkdir()
        (root / name).chmod(mode)


def pack(root: Path, layer: Path) -> Path:
    """Write the archive of a folder to the file `layer`; compressed if its name ends in .gz."""
    compression = ["--use-compress-program=gzip -n"] if layer.suffix == ".gz" else []
    options = ["--sort=name", "--format=gnu", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]
    subprocess.run(
        ["tar", "--create", f"--file={layer}", f"--directory={root}", *options, *compression, "."], check=True
    )
    return layer
