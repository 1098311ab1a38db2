"""The kubelet image: which registries, tag styles and architectures exist, and which go together.

Pure. Reads: the user's choice of registry, tag, architecture and digest.
Makes: a `KubeletImage`, or the list of rules that the choice breaks.

Source of the rules: https://typhoon.psdn.io/topics/security/#container-images
"""

import re
from dataclasses import dataclass
from enum import Enum

from tradewind.choices import Architecture


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


_NUMBER = "(0|[1-9][0-9]*)"
_RELEASE = rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
_EVERYWHERE = frozenset(KubeletRegistry)

# The architecture of a tag that names one comes from the tag itself: see `_tag_architectures`.
_TAG_STYLES = (
    _TagStyle("release", re.compile(rf"{_RELEASE}(-(amd64|arm64))?"), _EVERYWHERE, _BOTH),
    _TagStyle(
        "between releases", re.compile(rf"{_RELEASE}-[0-9]+-g[0-9a-f]{{7,40}}(-(amd64|arm64))?"), _EVERYWHERE, _BOTH
    ),
    _TagStyle("build of a commit", re.compile(r"build-[0-9a-f]{7,40}"), frozenset({KubeletRegistry.QUAY}), _AMD64),
    _TagStyle(
        "build of a tag", re.compile(rf"build-({_RELEASE}|master)"), frozenset({KubeletRegistry.DOCKER_HUB}), _AMD64
    ),
)

_VERSION = re.compile(rf"{_RELEASE}(-[0-9]+-g[0-9a-f]{{7,40}})?")
_BUILD = re.compile(rf"[0-9a-f]{{7,40}}|{_RELEASE}|master")
_NAMED_RELEASE = re.compile(rf"(?:build-)?{_RELEASE}")
_OLDEST_KUBELET = 3
"""How many minor versions a kubelet may be older than the API server."""

# https://github.com/distribution/reference/blob/main/reference.go, with a registry that cannot be left out.
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_REGISTRY = rf"(?:localhost|{_LABEL}(?:\.{_LABEL})+|{_LABEL}(?=:))(?::(?P<port>[1-9][0-9]{{0,4}}))?"
_REPOSITORY = rf"{_REGISTRY}(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)+"
_TAG = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST = "sha256:[0-9a-f]{64}"
_REFERENCE = re.compile(rf"(?P<repository>{_REPOSITORY}):{_TAG}(?:@{_DIGEST})?")
_LONGEST_REPOSITORY = 255
_LONGEST_REFERENCE = 512
_HIGHEST_PORT = 65535


def is_reference(text: str) -> bool:
    """Whether the text is a full image reference: registry, repository and tag, and a digest if wanted."""
    match = _REFERENCE.fullmatch(text) if len(text) <= _LONGEST_REFERENCE else None
    return match is not None and is_repository(match["repository"])


def is_repository(text: str) -> bool:
    """Whether the text is a registry and a repository, without a tag."""
    match = re.fullmatch(_REPOSITORY, text) if len(text) <= _LONGEST_REPOSITORY else None
    return match is not None and int(match["port"] or 0) <= _HIGHEST_PORT


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
    def choose(
        cls,
        registry: str,
        tag: str,
        digest: str | None = None,
        *,
        arch: Architecture | None = None,
        unsupported: bool = False,
    ) -> "KubeletImage":
        """The image of a choice that `broken_rules` found nothing wrong with.

        Args:
            registry: repository without a tag.
            tag: tag, with its architecture if it names one.
            digest: what pins the content.
            arch: the one architecture that was asked for; else the tag tells which there are.
            unsupported: whether nothing is known of registry and tag.
        """
        style = _style(tag) if registry in _registries() and not unsupported else None
        of_tag = _tag_architectures(tag, style) if style else _BOTH
        return cls(
            registry=registry,
            tag=tag,
            digest=digest,
            architectures=frozenset({arch}) if arch else of_tag,
        )


def version_tag(version: str, arch: Architecture | None = None) -> str:
    """The tag of a version: for all architectures, or for one."""
    return f"{version}-{arch.value}" if arch else version


def build_tag(build: str) -> str:
    """The tag of an automated build: of a commit, a tag or the branch master."""
    return f"build-{build}"


def broken_version(version: str) -> str | None:
    """The rule that a version of the kubelet image breaks, or None."""
    if _VERSION.fullmatch(version):
        return None
    return "must be vX.Y.Z or vX.Y.Z-N-gSHA; `tag` takes the other tags"


def broken_build(build: str) -> str | None:
    """The rule that the name of an automated build breaks, or None."""
    if _BUILD.fullmatch(build):
        return None
    return "must be a commit of 7 to 40 hexadecimal digits (Quay), or vX.Y.Z or master (Docker Hub)"


def broken_rules(registry: str, tag: str, digest: str | None = None, *, unsupported: bool = False) -> dict[str, str]:
    """Rules that a choice of kubelet image breaks, by field (`registry`, `tag`, `digest`); empty when it is good.

    With `unsupported` any well-formed repository and tag are taken, at the user's own risk.
    """
    problems: dict[str, str] = {}
    if digest is not None and not re.fullmatch(_DIGEST, digest):
        problems["digest"] = "must be sha256: and 64 hexadecimal digits"
    if unsupported:
        if not is_repository(registry):
            problems["registry"] = "must be a repository such as registry.example.com/team/kubelet, without a tag"
        if not re.fullmatch(_TAG, tag):
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


def release_of(tag: str) -> str | None:
    """The Kubernetes release that a tag names, such as `v1.36.2`; None for a commit, a branch or a user's own tag."""
    named = _NAMED_RELEASE.match(tag) if _style(tag) else None
    return named[0].removeprefix("build-") if named else None


def skew_rule(tag: str, kubernetes_version: str) -> str | None:
    """The rule of version skew that a kubelet of this tag breaks beside an API server, or None.

    A tag that names no release (a commit, a user's own) passes: nothing is known of its version.
    Source: https://kubernetes.io/releases/version-skew-policy/#kubelet, which counts in minor versions.
    """
    named = _NAMED_RELEASE.match(tag) if _style(tag) else None
    server = _NAMED_RELEASE.match(kubernetes_version)
    if named is None or server is None:
        return None
    kubelet_minor, server_minor = ((int(each[1]), int(each[2])) for each in (named, server))
    behind = server_minor[1] - kubelet_minor[1]
    if kubelet_minor[0] == server_minor[0] and 0 <= behind <= _OLDEST_KUBELET:
        return None
    return (
        f"must not be newer than Kubernetes {kubernetes_version} in its minor version, "
        f"nor more than {_OLDEST_KUBELET} minor versions older"
    )


def _registries() -> tuple[str, ...]:
    return tuple(registry.value for registry in KubeletRegistry)


def _style(tag: str) -> _TagStyle | None:
    return next((style for style in _TAG_STYLES if style.pattern.fullmatch(tag)), None)


def _tag_architectures(tag: str, style: _TagStyle) -> frozenset[Architecture]:
    named = frozenset(architecture for architecture in Architecture if tag.endswith(f"-{architecture.value}"))
    return named or style.architectures
