"""The kubelet image: which registries, tag styles and architectures exist, and which go together.

Pure. Reads: the user's choice of registry, tag, architecture and digest.
Makes: a `KubeletImage`, or the list of rules that the choice breaks.

Source of the rules: https://typhoon.psdn.io/topics/security/#container-images
"""

import re
from dataclasses import dataclass
from enum import Enum


class Architecture(str, Enum):
    """Machine architecture, named as container images name it."""

    AMD64 = "amd64"
    ARM64 = "arm64"


class KubeletRegistry(str, Enum):
    """Repositories that publish the kubelet image."""

    QUAY = "quay.io/poseidon/kubelet"
    """The official one."""
    DOCKER_HUB = "docker.io/psdn/kubelet"
    """The alternative, for an outage or a breach of the official one."""


_BOTH = frozenset(Architecture)
_AMD64 = frozenset({Architecture.AMD64})


@dataclass(frozen=True)
class _TagStyle:
    """One form of tag: what it looks like, who publishes it, and for which machines."""

    name: str
    pattern: re.Pattern[str]
    registries: frozenset[KubeletRegistry]
    architectures: frozenset[Architecture]


_RELEASE = r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
_EVERYWHERE = frozenset(KubeletRegistry)

# The architecture of a tag that names one comes from the tag itself: see `_tag_architectures`.
_TAG_STYLES = (
    _TagStyle("release", re.compile(rf"{_RELEASE}(-(amd64|arm64))?"), _EVERYWHERE, _BOTH),
    _TagStyle(
        "between releases", re.compile(rf"{_RELEASE}-\d+-g[0-9a-f]{{7,40}}(-(amd64|arm64))?"), _EVERYWHERE, _BOTH
    ),
    _TagStyle("build of a commit", re.compile(r"build-[0-9a-f]{7,40}"), frozenset({KubeletRegistry.QUAY}), _AMD64),
    _TagStyle(
        "build of a tag", re.compile(rf"build-({_RELEASE}|master)"), frozenset({KubeletRegistry.DOCKER_HUB}), _AMD64
    ),
)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+")
_ANY_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class KubeletImage:
    """A kubelet image that exists in this form. Make one with `choose`, which checks the rules."""

    registry: str
    """Repository without a tag, such as `quay.io/poseidon/kubelet`."""
    tag: str
    digest: str | None = None
    """`sha256:` and 64 hexadecimal digits; with it the tag is for readers only."""
    architectures: frozenset[Architecture] = _BOTH
    """Machines that this image runs on."""

    @property
    def reference(self) -> str:
        """What podman is asked to run: repository, tag, and digest if there is one."""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}:{self.tag}{digest}"

    def runs_on(self, architecture: Architecture) -> bool:
        """Whether machines of this architecture can use the image."""
        return architecture in self.architectures

    @classmethod
    def choose(cls, registry: str, tag: str, digest: str | None = None, *, unsupported: bool = False) -> "KubeletImage":
        """The image of a choice that `broken_rules` found nothing wrong with."""
        known = registry in _registries()
        style = _style(tag) if known else None
        return cls(
            registry=registry,
            tag=tag,
            digest=digest,
            architectures=_tag_architectures(tag, style) if style and not unsupported else _BOTH,
        )


def broken_rules(registry: str, tag: str, digest: str | None = None, *, unsupported: bool = False) -> dict[str, str]:
    """Rules that a choice of kubelet image breaks, by field (`registry`, `tag`, `digest`); empty when it is good.

    With `unsupported` any well-formed repository and tag are taken, at the user's own risk.
    """
    problems: dict[str, str] = {}
    if digest is not None and not _DIGEST.fullmatch(digest):
        problems["digest"] = "must be sha256: and 64 hexadecimal digits"
    if unsupported:
        if not _REPOSITORY.fullmatch(registry):
            problems["registry"] = "must be a repository such as registry.example.com/team/kubelet, without a tag"
        if not _ANY_TAG.fullmatch(tag):
            problems["tag"] = "must be an image tag of at most 128 letters, digits, _, . and -"
        return problems
    if registry not in _registries():
        problems["registry"] = f"must be one of {', '.join(_registries())}, unless `unsupported` is true"
    style = _style(tag)
    if style is None:
        problems["tag"] = (
            "must be vX.Y.Z, vX.Y.Z-ARCH, vX.Y.Z-N-gSHA, vX.Y.Z-N-gSHA-ARCH, build-SHA (Quay) or "
            "build-vX.Y.Z or build-master (Docker Hub), with ARCH amd64 or arm64"
        )
    elif registry in _registries() and KubeletRegistry(registry) not in style.registries:
        names = ", ".join(sorted(registry.value for registry in style.registries))
        problems["tag"] = f"is a {style.name}, which only {names} publishes"
    return problems


def _registries() -> tuple[str, ...]:
    return tuple(registry.value for registry in KubeletRegistry)


def _style(tag: str) -> _TagStyle | None:
    return next((style for style in _TAG_STYLES if style.pattern.fullmatch(tag)), None)


def _tag_architectures(tag: str, style: _TagStyle) -> frozenset[Architecture]:
    named = frozenset(architecture for architecture in Architecture if tag.endswith(f"-{architecture.value}"))
    return named or style.architectures
