"""Which kubelet images exist: registries, tag styles, architectures, digests."""

import pytest

from tests.unit.arguments import arguments
from tradewind.choices import Architecture
from tradewind.errors import SpecError
from tradewind.images import KubeletImage, KubeletRegistry, broken_rules
from tradewind.platforms.local.spec import local_spec
from tradewind.spec import cluster_spec
from tradewind.spec.validate import problems_of
from tradewind.versions import DEFAULT_VERSION, RELEASES

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


WAYS = [
    ({}, f"{QUAY}:v1.36.2", BOTH),
    ({"version": "v1.36.1"}, f"{QUAY}:v1.36.1", BOTH),
    ({"version": "v1.36.2-3-g0123abc"}, f"{QUAY}:v1.36.2-3-g0123abc", BOTH),
    ({"arch": "arm64"}, f"{QUAY}:v1.36.2-arm64", ARM64),
    ({"version": "v1.35.4", "arch": "amd64"}, f"{QUAY}:v1.35.4-amd64", AMD64),
    ({"version": "v1.36.2-3-g0123abc", "arch": "arm64"}, f"{QUAY}:v1.36.2-3-g0123abc-arm64", ARM64),
    ({"registry": DOCKER_HUB, "arch": "arm64", "digest": DIGEST}, f"{DOCKER_HUB}:v1.36.2-arm64@{DIGEST}", ARM64),
    ({"build": "0123abc"}, f"{QUAY}:build-0123abc", AMD64),
    ({"build": "0123abc", "arch": "amd64"}, f"{QUAY}:build-0123abc", AMD64),
    ({"registry": DOCKER_HUB, "build": "v1.36.2"}, f"{DOCKER_HUB}:build-v1.36.2", AMD64),
    ({"registry": DOCKER_HUB, "build": "master"}, f"{DOCKER_HUB}:build-master", AMD64),
    ({"tag": "v1.36.2-arm64"}, f"{QUAY}:v1.36.2-arm64", ARM64),
    ({"registry": "localhost/a", "unsupported": True}, "localhost/a:v1.36.2", BOTH),
    ({"registry": "localhost/a", "unsupported": True, "arch": "arm64"}, "localhost/a:v1.36.2-arm64", ARM64),
]


@pytest.mark.parametrize(("choice", "reference", "architectures"), WAYS)
def test_the_ways_to_name_an_image(choice, reference, architectures):
    image = cluster_spec(arguments(kubelet_image=choice)).kubelet_image
    assert (image.reference, image.architectures) == (reference, architectures)


@pytest.mark.parametrize(("choice", "reference", "architectures"), WAYS)
@pytest.mark.parametrize("machines", Architecture)
def test_an_image_runs_on_the_machines_or_is_refused(choice, reference, architectures, machines):
    problems = problems_of(arguments(kubelet_image=choice, architecture=machines))
    only = f"is an image for {next(iter(architectures)).value} only, and these machines are {machines.value}"
    assert [problem.rule for problem in problems] == ([] if machines in architectures else [only])
    pool = {"name": "a", "kubelet_image": choice, "architecture": machines}
    # The pool's counts, not the cluster's.
    args = {"name": "test", "architecture": "amd64", "worker_pools": [pool]}
    found = refusals(args)
    assert found == ([] if machines in architectures else [only])


def test_a_pool_without_an_image_needs_one_that_its_machines_run():
    args = {"name": "test", "kubelet_image": {"build": "0123abc"}, "worker_pools": [{"name": "a"}]}
    assert refusals(args) == []
    args["worker_pools"] = [{"name": "a", "architecture": "arm64"}]
    (rule,) = refusals(args)
    assert rule == "needs a `kubelet_image` of its own: the cluster's, build-0123abc, is an image for amd64 only"


def test_a_pool_replaces_the_whole_choice_of_the_cluster():
    choice = {"registry": DOCKER_HUB, "version": "v1.35.4", "digest": DIGEST}
    pools = [{"name": "own", "kubelet_image": {"arch": "amd64"}}, {"name": "same"}]
    spec = local_spec({"name": "test", "workers": 0, "kubelet_image": choice, "worker_pools": pools})
    own, same = spec.workers
    assert own.kubelet_image and own.kubelet_image.reference == f"{QUAY}:v1.36.2-amd64"
    assert same.kubelet_image is None
    assert spec.cluster.kubelet_image.reference == f"{DOCKER_HUB}:v1.35.4@{DIGEST}"


def test_a_pools_version_has_the_clusters_skew():
    choice = {"version": "v1.37.2"}
    (rule,) = refusals({"name": "test", "worker_pools": [{"name": "a", "kubelet_image": choice}]})
    assert rule == SKEW.format(DEFAULT_VERSION)


@pytest.mark.parametrize("host", Architecture)
def test_local_machines_have_the_architecture_of_their_host(host):
    (other,) = set(Architecture) - {host}
    args = {"name": "test", "worker_pools": [{"name": "a", "architecture": host}]}
    assert local_spec(args, host=host).workers
    with pytest.raises(SpecError) as raised:
        local_spec({**args, "architecture": other, "worker_pools": [{"name": "a", "architecture": other}]}, host=host)
    rule = f"{other.value!r} must be {host.value}: machines have the architecture of this host"
    assert [str(problem) for problem in raised.value.problems] == [
        f"architecture: {rule}",
        f"worker_pools[0].architecture: {rule}",
    ]
    with pytest.raises(SpecError, match=f"is an image for {other.value} only, and these machines are {host.value}"):
        local_spec({"name": "test", "kubelet_image": {"arch": other}}, host=host)


def refusals(args):
    """Rules that arguments of a local cluster break, on a host of no matter which architecture."""
    try:
        local_spec(args)
    except SpecError as error:
        return [problem.rule for problem in error.problems]
    return []


SKEW = "must not be newer than Kubernetes {} in its minor version, nor more than 3 minor versions older"


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize(
    ("behind", "style"),
    [
        (0, "v{}.0"),
        (0, "v{}.99"),  # a newer patch is no newer minor
        (1, "v{}.2"),
        (3, "v{}.2-arm64"),
        (2, "v{}.2-3-g0123abc"),
    ],
)
def test_a_kubelet_may_be_up_to_three_minors_older(version, behind, style):
    tag = style.format(minor_behind(version, behind))
    assert problems_of(arguments(kubernetes_version=version, kubelet_image={"tag": tag})) == ()


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize(
    ("behind", "style", "registry"),
    [
        (-1, "v{}.0", QUAY),
        (4, "v{}.9", QUAY),
        (-1, "v{}.0-amd64", DOCKER_HUB),
        (4, "v{}.2-3-g0123abc", QUAY),
        (-1, "build-v{}.0", DOCKER_HUB),
    ],
)
def test_any_other_skew_is_refused(version, behind, style, registry):
    tag = style.format(minor_behind(version, behind))
    (problem,) = problems_of(arguments(kubernetes_version=version, kubelet_image={"tag": tag, "registry": registry}))
    assert (problem.path, problem.rule) == ("kubelet_image.tag", SKEW.format(version))
    assert tag in str(problem.value)


@pytest.mark.parametrize("tag", ["v0.36.2", "v2.36.2"])
def test_another_major_version_is_refused(tag):
    (problem,) = problems_of(arguments(kubelet_image={"tag": tag}))
    assert problem.rule == SKEW.format(DEFAULT_VERSION)


@pytest.mark.parametrize(
    "choice", [{"tag": "build-0123abc"}, {"tag": "build-master", "registry": DOCKER_HUB}, {"tag": "v9.9.9-acme"}]
)
def test_a_tag_that_names_no_release_has_no_skew(choice):
    assert problems_of(arguments(kubelet_image={"unsupported": choice["tag"] == "v9.9.9-acme", **choice})) == ()


def test_an_image_of_the_users_own_may_be_of_any_version():
    choice = {"registry": "registry.example.com/kubelet", "tag": "v2.0.0", "unsupported": True}
    assert problems_of(arguments(kubelet_image=choice)) == ()


def test_skew_beside_an_unknown_version_is_that_of_the_default():
    """The unknown version is a problem of its own; nothing else of the same cause is reported."""
    problems = problems_of(arguments(kubernetes_version="v1.99.0", kubelet_image={"tag": DEFAULT_VERSION}))
    assert [problem.path for problem in problems] == ["kubernetes_version"]


def minor_behind(version, count):
    """`1.Y`, with Y some minors before that of a version."""
    major, minor, _ = version.removeprefix("v").split(".")
    return f"{major}.{int(minor) - count}"
