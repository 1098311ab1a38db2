"""The shape of a tool's recipe: what it is, how to recognise it, where to download it, how to build it.

Reads: nothing.
Makes: the types of the table in pins.py.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """One executable of a tool."""

    name: str
    """Its file name in the tool folder."""
    probe: tuple[str, ...] | None = ("--version",)
    """Arguments that make it print its version; None for a program that can't say it."""


@dataclass(frozen=True)
class Download:
    """One official file and where its checksum is. `{arch}` in a URL or path stands for the architecture's name."""

    url: str
    checksums: str
    """URL of the published SHA-256 file: one digest, or lines of digest and file name."""
    members: tuple[tuple[str, str], ...]
    """Program and its path in the archive; the path is empty when the file is the program itself."""
    arches: tuple[tuple[str, str], ...] = (("amd64", "amd64"), ("arm64", "arm64"))
    """Go's name of each offered architecture, and the name in the URL."""
    sha256: tuple[tuple[str, str], ...] = ()
    """Digests known beforehand, by Go's architecture name; without one the published checksum decides."""


@dataclass(frozen=True)
class GoBuild:
    """How to build a tool from its Go module. modules/<module>/ pins every module in go.mod and go.sum."""

    module: str
    packages: tuple[tuple[str, str], ...]
    """Program and its package path."""
    variables: tuple[tuple[str, str], ...] = ()
    """Package variables that the linker sets, such as a version."""
    cgo: bool = False
    """Whether it has C parts; it is then linked statically against the C library."""
    tags: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str, str], ...] = ()
    """Program, module, file: executables that the module holds ready to use."""
    debian: tuple[str, ...] = ()
    """Debian packages that the build needs besides Go."""


@dataclass(frozen=True)
class CBuild:
    """How to compile a small C program that a Go module holds."""

    module: str
    """Folder in modules/ that pins the module."""
    source: tuple[str, str]
    """Go module and file in it."""
    flags: tuple[str, ...]
    debian: tuple[str, ...]


@dataclass(frozen=True)
class Tool:
    """Programs of one version that come from one place."""

    name: str
    version: str
    """Without a leading v."""
    programs: tuple[Program, ...]
    downloads: tuple[Download, ...] = ()
    """All of them together give the programs; none means that there is no official download."""
    builds: tuple[GoBuild | CBuild, ...] = ()
    """All of them together give the programs."""
    portable: bool = True
    """Whether the programs also run in machines and images, so that installed ones must be statically linked."""
    architecture: str = field(default="", repr=False)
    """Go's name of the architecture that it is for, whose programs can't be asked here; empty: this machine's."""
