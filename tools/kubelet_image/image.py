"""Building the kubelet image: layers into a registry, and from there into a folder.

Reads: the toolchain's kubelet and kubectl, host tools.
Makes: an image in a registry, or an OCI image layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import layers, paths
from tools.crane import crane, push_image, scratch_registry
from tools.kubelet_image import host_tools
from tools.machines.build import workplace
from tools.toolchain.errors import ToolchainError
from tools.toolchain.install import Installer
from tools.toolchain.pins import kubelet_programs, toolchain_key
from tools.toolchain.progress import Progress

_PROGRAMS = ("kubelet", "kubectl")
ENTRYPOINT = "/usr/local/bin/kubelet"
_ELF_MACHINES = {"amd64": 62, "arm64": 183}
"""https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, and the processors' own supplements."""


@dataclass(frozen=True)
class Layout:
    """A finished image in a folder."""

    folder: Path
    digest: str
    """Of the whole: an index if there are several architectures, else the one manifest."""
    parts: Mapping[str, str]
    """Digests of the manifests by architecture."""


def obtain(version: str, architectures: Sequence[str], progress: Progress) -> dict[str, Path]:
    """Folders with kubelet and kubectl of a release such as `v1.36.2`, by architecture.

    Raises:
        ToolchainError: if they can't be downloaded, or have the wrong checksum, and can't be built.
    """
    folders = {}
    for architecture in architectures:
        tool = kubelet_programs(version.removeprefix("v"), architecture)
        Installer((tool,), progress).install([tool])
        folders[architecture] = paths.cache_root() / "bin" / toolchain_key((tool,))
        for name in _PROGRAMS:
            _require_architecture(folders[architecture] / name, architecture)
    return folders


def push(target: str, architecture: str, programs: Path, work: Path, *, fresh: bool, **labels: str) -> None:
    """Put the image of one architecture at the reference `target`. `work` is a folder for what it needs meanwhile."""
    staged = work / architecture
    (staged / "usr/local/bin").mkdir(parents=True)
    for name in _PROGRAMS:
        shutil.copy(programs / name, staged / "usr/local/bin" / name)
    upper = layers.pack(staged, work / f"{architecture}.tar")
    push_image(target, (host_tools.layer(architecture, fresh=fresh), upper), architecture, ENTRYPOINT, labels)


def build(programs: Mapping[str, Path], output: Path, labels: Mapping[str, str], *, fresh: bool = True) -> Layout:
    """Make the image for every architecture of `programs` as an OCI image layout in the folder `output`.

    The folder appears, or is replaced, when the image is complete.
    """
    with workplace(output.absolute()) as place, scratch_registry(place.folder / "registry") as registry:
        references = {architecture: f"{registry}/kubelet:{architecture}" for architecture in programs}
        for architecture, reference in references.items():
            push(reference, architecture, programs[architecture], place.folder, fresh=fresh, **labels)
        whole = f"{registry}/kubelet:all"
        if len(references) == 1:
            crane("tag", *references.values(), "all")
        else:
            crane("index", "append", *(f"--manifest={each}" for each in references.values()), f"--tag={whole}")
        parts = {architecture: crane("digest", reference) for architecture, reference in references.items()}
        crane("pull", "--format=oci", whole, str(place.folder / "layout"))
        digest = crane("digest", whole)
        shutil.rmtree(output, ignore_errors=True)
        (place.folder / "layout").rename(output)
    return Layout(output, digest, parts)


def _require_architecture(program: Path, architecture: str) -> None:
    with program.open("rb") as file:
        header = file.read(20)
    if header[:4] != b"\x7fELF" or int.from_bytes(header[18:20], "little") != _ELF_MACHINES[architecture]:
        raise ToolchainError(f"{program} is not a program for {architecture}")
