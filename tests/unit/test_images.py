"""Which kubelet images exist: registries, tag styles, architectures, digests."""

import pytest

from tests.unit.arguments import arguments
from tradewind.images import Architecture, KubeletImage, KubeletRegistry, broken_rules
from tradewind.spec import cluster_spec
from tradewind.spec.validate import problems_of

QUAY, DOCKER_HUB = "quay.io/poseidon/kubelet", "docker.io/psdn/kubelet"
BOTH = set(Architecture)
AMD64, ARM64 = {Architecture.AMD64}, {Architecture.ARM64}
DIGEST = "sha256:" + "0123456789abcdef" * 4

# Tag, the registries that publish it, the machines it runs on.
TAGS = [
    ("v1.36.2", {QUAY, DOCKER_HUB}, BOTH),
    ("v1.36.2-amd64", {QUAY, DOCKER_HUB}, AMD64),
    ("v1.36.2-arm64", {QUAY, DOCKER_HUB}, ARM64),
    ("v1.36.2-3-g0123abc", {QUAY, DOCKER_HUB}, BOTH),
    ("v1.36.2-12-g0123abc-arm64", {QUAY, DOCKER_HUB}, ARM64),
    ("build-0123abc", {QUAY}, AMD64),
    (f"build-{'0123456789' * 4}", {QUAY}, AMD64),
    ("build-v1.36.2", {DOCKER_HUB}, AMD64),
    ("build-master", {DOCKER_HUB}, AMD64),
]
WRONG_TAGS = [
    "",
    "latest",
    "1.36.2",
    "v1.36",
    "v1.36.02",
    "v1.36.2-s390x",
    "v1.36.2-3-0123abc",
    "v1.36.2-3-g012",
    "build-",
    "build-012abc",
    "build-XYZ1234",
    "build-v1.36.2-arm64",
    "build-main",
    "v1.36.2 ",
    "v1.36.2\n",
    "V1.36.2",
]


@pytest.mark.parametrize("registry", [QUAY, DOCKER_HUB])
@pytest.mark.parametrize(("tag", "registries", "architectures"), TAGS)
def test_a_tag_is_published_by_its_registries_and_runs_on_its_machines(tag, registries, architectures, registry):
    assert (broken_rules(registry, tag) == {}) is (registry in registries)
    if registry in registries:
        image = KubeletImage.choose(registry, tag)
        assert image.architectures == architectures
        assert {each for each in Architecture if image.runs_on(each)} == architectures
        assert image.reference == f"{registry}:{tag}"


def test_the_message_names_who_publishes():
    assert broken_rules(DOCKER_HUB, "build-0123abc") == {
        "tag": "is a build of a commit, which only quay.io/poseidon/kubelet publishes"
    }
    assert broken_rules(QUAY, "build-master") == {
        "tag": "is a build of a tag, which only docker.io/psdn/kubelet publishes"
    }


@pytest.mark.parametrize("tag", WRONG_TAGS)
def test_other_tags_are_refused(tag):
    assert list(broken_rules(QUAY, tag)) == ["tag"]


@pytest.mark.parametrize("registry", ["quay.io/poseidon/kubelet:v1", "quay.io/other/kubelet", "", "docker.io/psdn/"])
def test_other_registries_are_refused(registry):
    assert broken_rules(registry, "v1.36.2") == {
        "registry": f"must be one of {QUAY}, {DOCKER_HUB}, unless `unsupported` is true"
    }


@pytest.mark.parametrize("digest", ["", "sha256:", "sha512:" + "0" * 64, DIGEST.upper(), DIGEST + "0", DIGEST + "\n"])
def test_a_digest_has_one_form(digest):
    assert list(broken_rules(QUAY, "v1.36.2", digest)) == ["digest"]


def test_a_digest_pins_the_content():
    assert broken_rules(QUAY, "v1.36.2", DIGEST) == {}
    assert KubeletImage.choose(QUAY, "v1.36.2", DIGEST).reference == f"{QUAY}:v1.36.2@{DIGEST}"


def test_every_broken_rule_is_told():
    assert list(broken_rules("a", "b", "c")) == ["digest", "registry", "tag"]


@pytest.mark.parametrize("registry", ["registry.example.com/team/kubelet", "localhost:5000/kubelet"])
def test_unsupported_takes_any_registry_and_tag(registry):
    assert broken_rules(registry, "mine_1.0", unsupported=True) == {}
    image = KubeletImage.choose(registry, "mine_1.0", unsupported=True)
    assert (image.reference, image.architectures) == (f"{registry}:mine_1.0", BOTH)


@pytest.mark.parametrize(
    ("registry", "tag", "digest", "fields"),
    [
        ("registry.example.com/kubelet:v1", "v1", None, ["registry"]),
        ("kubelet", "v1", None, ["registry"]),
        ("registry.example.com/a b", "v1", None, ["registry"]),
        ("registry.example.com/kubelet", "-v1", None, ["tag"]),
        ("registry.example.com/kubelet", "a" * 129, None, ["tag"]),
        ("registry.example.com/kubelet", "v1;reboot", None, ["tag"]),
        ("registry.example.com/kubelet", "v1", "sha256:1", ["digest"]),
    ],
)
def test_unsupported_still_has_to_be_well_formed(registry, tag, digest, fields):
    assert list(broken_rules(registry, tag, digest, unsupported=True)) == fields


def test_the_default_is_the_official_image_of_the_version():
    assert cluster_spec(arguments(kubernetes_version="v1.36.1")).kubelet_image == KubeletImage(
        registry=KubeletRegistry.QUAY.value, tag="v1.36.1"
    )


def test_the_registry_alone_can_be_changed():
    image = cluster_spec(arguments(kubelet_image={"registry": DOCKER_HUB})).kubelet_image
    assert image.reference == f"{DOCKER_HUB}:v1.36.2"


def test_arguments_are_checked_by_the_same_rules():
    choice = {"registry": DOCKER_HUB, "tag": "build-0123abc", "digest": "sha256:x"}
    assert [problem.path for problem in problems_of(arguments(kubelet_image=choice))] == [
        "kubelet_image.digest",
        "kubelet_image.tag",
    ]
