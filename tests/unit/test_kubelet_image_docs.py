"""docs/kubelet-images.md: its tables say what the code knows, and its examples are taken or refused as it shows."""

import re

import pytest
import yaml

from tests.unit.arguments import arguments
from tools.paths import CHECKOUT
from tradewind import images
from tradewind.choices import Architecture
from tradewind.errors import SpecError
from tradewind.host.options import HostOptions
from tradewind.host.roles import controller, later_worker_files
from tradewind.host.settings import OVERRIDE_DROP_IN
from tradewind.images import KubeletRegistry
from tradewind.platforms.local.spec import local_spec
from tradewind.spec import cluster_spec
from tradewind.spec.validate import problems_of

TEXT = (CHECKOUT / "docs/kubelet-images.md").read_text().partition("\n## Building")[0]
NAMES = {"Quay": KubeletRegistry.QUAY, "Docker Hub": KubeletRegistry.DOCKER_HUB}


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", TEXT, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def table(*titles: str) -> list[list[str]]:
    """The rows of the table with these titles."""
    head = r"\| " + r" \| ".join(titles) + r" \|\n\|[-| ]+\|\n"
    (rows,) = re.findall(rf"{head}((?:\|.*\|\n)+)", TEXT)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]


def choice(cell: str) -> dict[str, str]:
    """The first of the ways to say it that a cell of the table names."""
    given = re.findall(r"`(\w+): ([^`]+)`", cell)
    return dict(given)


_TABLE = table("choice", "tag", "registries", "machines")
ROWS = [(choice(cell), tag.strip("`"), registries, machines) for cell, tag, registries, machines in _TABLE]


def test_the_registries_are_those_of_the_code():
    rows = re.findall(r"^\| `([a-z./]+)` \| the (official|alternative)", TEXT, re.MULTILINE)
    assert [registry for registry, _ in rows] == [registry.value for registry in KubeletRegistry]


def test_every_style_of_tag_is_in_the_table():
    styles = {style.name for _, tag, _, _ in ROWS if (style := images._style(tag))}
    assert styles == {style.name for style in images._TAG_STYLES}


@pytest.mark.parametrize("registry", NAMES)
@pytest.mark.parametrize(("given", "tag", "registries", "machines"), ROWS, ids=str)
def test_a_row_says_what_is_published_and_where_it_runs(given, tag, registries, machines, registry):
    published = registry in registries.split(", ")
    args = arguments(kubelet_image={**given, "registry": NAMES[registry]})
    assert (problems_of(args) == ()) is published
    if published:
        image = cluster_spec(args).kubelet_image
        assert image.tag == tag
        assert image.architectures == {Architecture(each) for each in machines.split(", ")}


def test_the_example_gives_each_machine_the_image_that_it_says():
    (example,) = (yaml.safe_load(block) for block in blocks("yaml") if "config:" in block)
    args = example["config"]["tradewind:cluster"]
    spec = local_spec(args, host=Architecture.AMD64)
    own = {host.name: host.kubelet_image.reference for host in spec.workers if host.kubelet_image}
    pinned = args["worker_pools"][1]["kubelet_image"]
    assert spec.cluster.kubelet_image.reference == "docker.io/psdn/kubelet:v1.36.2"
    assert own == {
        "local-canary-0": "quay.io/poseidon/kubelet:v1.36.1",
        "local-pinned-0": f"{pinned['registry']}:{pinned['tag']}@{pinned['digest']}",
    }
    assert spec.cluster.images.etcd == args["images"]["etcd"]


def test_what_is_refused_says_what_the_page_shows():
    (args,) = (yaml.safe_load(block) for block in blocks("yaml") if block.startswith("name:"))
    build, host = (block.strip() for block in blocks("text"))
    with pytest.raises(SpecError) as raised:
        local_spec(args)
    assert [str(problem) for problem in raised.value.problems] == [build]
    with pytest.raises(SpecError) as raised:
        local_spec({"name": "a", "worker_pools": [{"name": "arm", "architecture": "arm64"}]}, host=Architecture.AMD64)
    assert [str(problem) for problem in raised.value.problems] == [host]


def test_the_input_of_an_outage_becomes_the_drop_in_that_the_page_shows():
    (change,) = (yaml.safe_load(block) for block in blocks("yaml") if block.startswith("kubelet_image:"))
    (shown,) = blocks("ini")
    spec = cluster_spec(arguments(**change))
    path = f"/etc/systemd/system/kubelet.service.d/{OVERRIDE_DROP_IN}"
    delivered = {file.path: file.content for file in later_worker_files(spec, HostOptions(), {})}
    assert delivered[path] == shown
    assert f"TRADEWIND_{re.sub('[^A-Za-z0-9]', '_', path.strip('/'))}" in TEXT
    assert controller(spec, spec.controllers[0], HostOptions()).user_data()


def test_the_drop_ins_are_listed_in_the_order_in_which_systemd_reads_them():
    names = [row[0].strip("`") for row in table("drop-in", "says", "written by")]
    assert names == sorted(names)
    assert OVERRIDE_DROP_IN in names
    for block in blocks("sh"):
        assert f"/etc/systemd/system/kubelet.service.d/{names[-1]}" in block
