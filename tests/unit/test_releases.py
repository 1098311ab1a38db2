"""What a supported Kubernetes minor gets: one stored tree each, of its newest release and the default cluster.

`diff -r tests/golden/releases/v1.35 tests/golden/releases/v1.36` is all that an upgrade changes; a difference in one of
them is a decision that someone has to read.
"""

import re
from dataclasses import asdict

import pytest

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.arguments import arguments
from tests.unit.manifests.specs import CALICO, DEFAULT, every_file, released
from tools.paths import CHECKOUT
from tradewind.errors import SpecError
from tradewind.kubelet import Role, kubelet_config, kubelet_flags
from tradewind.manifests import api_config, scheduler_config, static_pods
from tradewind.serialize import to_yaml, to_yaml_stream
from tradewind.spec import ClusterSpec, cluster_spec
from tradewind.versions import DEFAULT_VERSION, RELEASES, newest_of_each_minor

MINORS = newest_of_each_minor()
PATCHES = [version for version, release in RELEASES.items() if release is not MINORS[release.minor]]


def calico(version: str) -> str:
    """The objects of the network that the default cluster does not have."""
    files = [file for file in every_file(released(CALICO, version)) if file.path.startswith("manifests/network/")]
    return to_yaml_stream(file.object for file in files)


def tree(spec: ClusterSpec) -> dict[str, str]:
    """Everything of a cluster in which releases could differ, as few files."""
    images = {**asdict(spec.images), "kubelet": spec.kubelet_image.reference}
    kubelet = {
        f"kubelet/{role.value}.yaml": to_yaml(
            {"flags": list(kubelet_flags(spec, role)), "config": kubelet_config(spec, role)}
        )
        for role in Role
    }
    config = [
        api_config.admission(),
        api_config.audit_policy(),
        api_config.authentication(),
        api_config.encryption("key"),
    ]
    return {
        "images.yaml": to_yaml(images),
        "static-pods.yaml": to_yaml_stream(static_pods(spec).values()),
        "config.yaml": to_yaml_stream([*config, scheduler_config.scheduler_config()]),
        "manifests.yaml": to_yaml_stream(file.object for file in every_file(spec)),
        "calico.yaml": calico(spec.kubernetes_version),
        **kubelet,
    }


TREES = {
    f"releases/{minor}/{path}": text
    for minor, release in MINORS.items()
    for path, text in tree(released(DEFAULT, release.kubernetes)).items()
}


@pytest.mark.parametrize("case", sorted(TREES))
def test_rendered_release(case):
    assert_golden(case, TREES[case])


def test_no_stale_file():
    assert_no_stale("releases", TREES)


@pytest.mark.parametrize("version", PATCHES)
def test_an_older_patch_differs_in_its_tags_only(version):
    """So that one stored tree speaks for its whole minor."""
    newest = MINORS[RELEASES[version].minor].kubernetes
    older = {path: text.replace(version, newest) for path, text in tree(released(DEFAULT, version)).items()}
    newer = tree(released(DEFAULT, newest))
    assert older == newer


def test_releases_are_in_order_and_the_default_is_one_of_them():
    numbers = [tuple(map(int, version.removeprefix("v").split("."))) for version in RELEASES]
    assert numbers == sorted(numbers)
    assert DEFAULT_VERSION in RELEASES
    assert all(release.kubernetes == version for version, release in RELEASES.items())


def test_minors_follow_each_other():
    """An upgrade goes from one to the next: the API server must not skip one."""
    minors = [int(minor.rpartition(".")[2]) for minor in MINORS]
    assert minors == list(range(minors[0], minors[0] + len(minors)))


@pytest.mark.parametrize("version", ["v1.36.0", "1.36.2", "v1.36", "latest", ""])
def test_an_unknown_version_lists_the_known_ones(version):
    with pytest.raises(SpecError) as raised:
        cluster_spec(arguments(kubernetes_version=version))
    (problem,) = raised.value.problems
    assert problem.path == "kubernetes_version"
    assert problem.rule == f"must be one of {', '.join(RELEASES)}"


PAGES = ["README.md", "docs/versions.md"]


@pytest.mark.parametrize("page", PAGES)
def test_documentation_names_the_default_of_the_table(page):
    text = (CHECKOUT / page).read_text()
    assert re.findall(r"Kubernetes (v[\d.]+\d) by default", text) == [DEFAULT_VERSION]


def test_documentation_lists_exactly_the_releases():
    text = (CHECKOUT / "docs/versions.md").read_text()
    rows = dict(re.findall(r"^\| (v\d+\.\d+) \| ([v\d., ]+) \|", text, re.MULTILINE))
    assert {minor: cell.split(", ") for minor, cell in rows.items()} == {
        minor: [version for version, release in RELEASES.items() if release.minor == minor] for minor in MINORS
    }


def test_documentation_lists_exactly_the_images():
    text = (CHECKOUT / "docs/versions.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| `(\S+)` \|$", text, re.MULTILINE))
    assert rows == asdict(RELEASES[DEFAULT_VERSION].images)


def test_descriptions_of_arguments_name_the_default_of_the_table():
    text = (CHECKOUT / "components/tradewind/args/__init__.py").read_text()
    assert (
        re.search(r"kubernetes_version: .*\n +\"\"\"Version with its leading v\. Default: (v[\d.]+\d)\.", text)[1]
        == DEFAULT_VERSION
    )
    local = (CHECKOUT / "components/tradewind/platforms/local/args.py").read_text()
    assert re.search(r"The default release, (v[\d.]+\d):", local)[1] == DEFAULT_VERSION
