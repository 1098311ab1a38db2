"""The kubelet image: the rules of `KubeletImageArgs`, of a cluster and of its pools, and the image that they name.

Pure. Reads: the arguments. Makes: problems, or a `KubeletImage`. Which images exist is in `tradewind.images`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tradewind import images
from tradewind.choices import Architecture
from tradewind.errors import Problem
from tradewind.images import KubeletImage, KubeletRegistry
from tradewind.spec import checks
from tradewind.spec.fields import entries, field, is_list, leaf
from tradewind.spec.rules import MOST_NODES, Rule, text_of, version_of
from tradewind.spec.shown import shown

FIELDS = {
    "registry": field(checks.text),
    "tag": field(checks.text),
    "version": field(checks.text),
    "build": field(checks.text),
    "arch": field(checks.member_of(Architecture)),
    "digest": field(checks.text),
    "unsupported": field(checks.boolean),
}
"""Of `KubeletImageArgs`; what they have to be like together is below."""

_WAYS = ("tag", "version", "build")


def kubelet_image(version: str, choice: Mapping[str, Any]) -> KubeletImage:
    """The image of validated `KubeletImageArgs`; by default the official one of the Kubernetes version."""
    arch = Architecture(choice["arch"]) if "arch" in choice else None
    return KubeletImage.choose(
        registry=choice.get("registry", KubeletRegistry.QUAY.value),
        tag=_tag(choice, version, arch),
        digest=choice.get("digest"),
        arch=arch,
        unsupported=choice.get("unsupported", False),
    )


def cluster_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """What is wrong with the cluster's image, on machines of the cluster's architecture."""
    yield from _problems(args.get("kubelet_image", {}), "kubelet_image", version_of(args), _architecture(args))


def node_problems(argument: str) -> Rule:
    """What is wrong with the images of a list's entries, pools or machines, and with the cluster's on the others."""

    def problems(args: Mapping[object, object]) -> Iterator[Problem]:
        listed = args.get(argument)
        for index, entry in enumerate(listed[:MOST_NODES] if is_list(listed) else ()):
            given = dict(entries(entry)) if isinstance(entry, Mapping) else {}
            path, architecture = f"{argument}[{index}]", _architecture(given)
            if "kubelet_image" in given:
                architecture = architecture or _architecture(args)
                yield from _problems(given["kubelet_image"], f"{path}.kubelet_image", version_of(args), architecture)
            elif architecture:
                image = _good(args.get("kubelet_image", {}), version_of(args))
                if image and not image.runs_on(architecture):
                    rule = f"needs a `kubelet_image` of its own: the cluster's, {image.tag}, {_only_on(image)}"
                    yield Problem(f"{path}.architecture", shown(architecture.value), rule)

    return problems


def _problems(value: object, path: str, version: str, architecture: Architecture | None) -> Iterator[Problem]:
    """The broken rules of one choice, unless a field breaks a rule of its own already."""
    settled = _settled(value)
    if settled is None:
        return
    broken = _broken_form(settled) or _broken_content(settled, version, architecture)
    for name, rule in broken.items():
        default = KubeletRegistry.QUAY.value if name == "registry" else version
        yield Problem(f"{path}.{name}", shown(settled.get(name, default)), rule)


def _broken_form(choice: Mapping[str, Any]) -> dict[str, str]:
    """Rules about which fields go together, and the forms that a tag is made of."""
    given = [way for way in _WAYS if way in choice]
    if len(given) > 1:
        return {given[-1]: f"must not be given with `{given[0]}`: one of {', '.join(_WAYS)} names the image"}
    form = {"version": images.broken_version, "build": images.broken_build}
    broken = {way: rule for way in given if way in form and (rule := form[way](choice[way]))}
    if "arch" in choice and "tag" in choice:
        broken["arch"] = "must not be given with `tag`, which names its architecture itself, such as v1.36.2-arm64"
    if choice.get("arch") == Architecture.ARM64.value and "build" in choice:
        broken["arch"] = "must be amd64: automated builds are for no other architecture"
    return broken


def _broken_content(choice: Mapping[str, Any], version: str, architecture: Architecture | None) -> dict[str, str]:
    """Rules about what is published, which versions may join, and which machines an image runs on."""
    image = kubelet_image(version, choice)
    unsupported = choice.get("unsupported", False)
    broken = images.broken_rules(image.registry, image.tag, image.digest, unsupported=unsupported)
    skew = images.skew_rule(image.tag, version)
    if skew and not unsupported:
        broken.setdefault("tag", skew)
    if architecture and not broken and not image.runs_on(architecture):
        broken["tag"] = f"{_only_on(image)}, and these machines are {architecture.value}"
    # A problem of the tag is one of what the user gave for it.
    way = next((each for each in _WAYS if each in choice), "tag")
    return {way if name == "tag" else name: rule for name, rule in broken.items()}


def _only_on(image: KubeletImage) -> str:
    return f"is an image for {' and '.join(sorted(each.value for each in image.architectures))} only"


def _tag(choice: Mapping[str, Any], version: str, arch: Architecture | None) -> str:
    if "tag" in choice:
        return str(choice["tag"])
    if "build" in choice:
        return images.build_tag(choice["build"])
    return images.version_tag(choice.get("version", version), arch)


def _good(value: object, version: str) -> KubeletImage | None:
    """The image of a choice, unless that breaks a rule."""
    settled = _settled(value)
    if settled is None or any(_problems(value, "", version, None)):
        return None
    return kubelet_image(version, settled)


def _settled(value: object) -> dict[str, Any] | None:
    """The known fields of a choice, unless one of them breaks a rule of its own."""
    if not isinstance(value, Mapping):
        return None
    given = {name: each for name, each in entries(value) if isinstance(name, str) and name in FIELDS}
    if any(any(FIELDS[name].walk(each, "")) for name, each in given.items()):
        return None
    return {name: leaf(each) for name, each in given.items()}


def _architecture(args: Mapping[object, object]) -> Architecture | None:
    """The architecture that arguments name, if they name one."""
    text = text_of(args).get("architecture")
    return Architecture(text) if text in [each.value for each in Architecture] else None
