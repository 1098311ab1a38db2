"""Publishing the kubelet image: which tags, in which registries, in which order.

Reads: an OCI image layout, the library's table of registries and tag styles.
Makes: an image with its tags in each registry. Everything is uploaded before the first tag is set, and in each registry
the tag for all architectures is the last one.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tools import paths
from tools.crane import LIMIT_SECONDS, RegistryError, crane
from tools.kubelet_image.image import Layout
from tools.toolchain.errors import ToolchainError

_COMPONENTS = str(paths.CHECKOUT / "components")
if _COMPONENTS not in sys.path:
    sys.path.append(_COMPONENTS)

from tradewind.images import KubeletImage, KubeletRegistry, broken_rules, release_of  # noqa: E402

__all__ = ["KubeletRegistry", "Plan", "publish"]

_MOVES = "build-master"
"""The only tag that says nothing of what it stands for."""
_MISSING = ("MANIFEST_UNKNOWN", "NAME_UNKNOWN", "404 Not Found")
_REFUSED = ("UNAUTHORIZED", "DENIED", "401 ", "403 ")


@dataclass(frozen=True)
class Plan:
    """What a tag stands for, by the rules of the library."""

    tag: str
    registries: tuple[KubeletRegistry, ...]
    """Those that publish tags of this style."""
    architectures: tuple[str, ...]

    @classmethod
    def of(cls, tag: str, version: str) -> "Plan":
        """The plan of a tag for a kubelet of `version`, such as `v1.36.2`.

        Raises:
            ToolchainError: if no registry has tags like this one, or it names another release.
        """
        problems = {registry: broken_rules(registry.value, tag).get("tag") for registry in KubeletRegistry}
        registries = tuple(registry for registry, problem in problems.items() if problem is None)
        if not registries:
            raise ToolchainError(f"the tag {tag} {problems[KubeletRegistry.QUAY]}")
        named = release_of(tag)
        if named not in {None, version}:
            raise ToolchainError(f"the tag {tag} is of the release {named}, and the kubelet is {version}")
        image = KubeletImage.choose(registries[0].value, tag)
        return cls(tag, registries, tuple(sorted(each.value for each in image.architectures)))

    def tags(self, layout: Layout) -> dict[str, str]:
        """Digests by tag, in the order in which the tags are set."""
        parts = {} if len(layout.parts) == 1 else {f"{self.tag}-{name}": each for name, each in layout.parts.items()}
        return {**parts, self.tag: layout.digest}


def publish(
    layout: Layout, tags: Mapping[str, str], repositories: Sequence[str], *, replace: bool, limit: float = LIMIT_SECONDS
) -> None:
    """Upload the image to every repository, then set the tags. Can be run again, also after it was killed.

    Raises:
        ToolchainError: if a tag stands for another image already, unless it moves by its nature or `replace` is true;
            if a registry refuses, fails or takes too long. Until all uploads have ended, no tag has changed.
    """
    ask = partial(crane, limit=limit)
    for repository in repositories:
        with _explained(repository, "Nothing was uploaded and no tag was changed"):
            now = {tag: _digest(f"{repository}:{tag}", limit) for tag in tags}
        for tag, digest in tags.items():
            if now[tag] not in {None, digest} and tag != _MOVES and not replace:
                raise ToolchainError(
                    f"{repository}:{tag} is {now[tag]} already, and a tag that was published stays what it is. "
                    "Choose a tag of its own for this build, or replace it on purpose (REPLACE=yes)."
                )
    for repository in repositories:
        print(f"{repository}: uploading", flush=True)
        with _explained(repository, "No tag was changed; the next run goes on with what was uploaded"):
            ask("push", str(layout.folder), f"{repository}@{layout.digest}")
    for repository in repositories:
        for tag, digest in tags.items():
            with _explained(repository, f"{tag} may not have changed; run it again"):
                ask("tag", f"{repository}@{digest}", tag)
                if (found := _digest(f"{repository}:{tag}", limit)) != digest:
                    raise RegistryError(f"the tag {tag} is {found} after it was set to {digest}")
            print(f"{repository}:{tag} {digest}", flush=True)


def _digest(reference: str, limit: float) -> str | None:
    """What a tag stands for; None if there is no such tag."""
    try:
        return crane("digest", reference, limit=limit)
    except RegistryError as problem:
        if any(word in str(problem) for word in _MISSING):
            return None
        raise


class _explained:  # noqa: N801  (reads as a statement)
    """Adds to a registry's error whose it is, what holds now and what to do."""

    def __init__(self, repository: str, state: str) -> None:
        self._repository, self._state = repository, state

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, RegistryError):
            host = self._repository.split("/")[0]
            refused = any(word in str(problem) for word in _REFUSED)
            login = f"\nLog in with an account that may push there: crane auth login {host}" if refused else ""
            raise ToolchainError(f"{self._repository}: {problem}\n{self._state}.{login}") from problem
