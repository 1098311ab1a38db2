"""The reference of inputs and outputs is what the types say; a word of a type or a default that is lost is noticed."""

import re

import pytest

from tests.support.golden import assert_golden
from tools.paths import CHECKOUT
from tools.reference.page import pages
from tools.reference.source import module
from tools.reference.types import nested, required, type_of
from tradewind.args import ClusterArgs
from tradewind.platforms.local.args import LocalClusterArgs

PAGES = pages()
LOCAL = module("tradewind.platforms.local.args").get("LocalClusterArgs")
DEFAULT = re.compile(r"\bDefault: ")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_stored_as_it_is_generated(page):
    assert_golden(page, PAGES[page], CHECKOUT)


def test_no_page_is_about_nothing():
    stored = {str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "docs/platforms").glob("*-reference.md")}
    assert stored == set(PAGES)


@pytest.mark.parametrize("arguments", [ClusterArgs, LocalClusterArgs])
def test_the_source_as_text_has_the_fields_of_the_classes(arguments):
    read = module(arguments.__module__).get(arguments.__name__)
    assert set(read.members) == arguments.__required_keys__ | arguments.__optional_keys__
    assert {name for name, each in read.members.items() if required(each)} == arguments.__required_keys__


def test_a_class_that_replaces_a_field_is_its_owner():
    assert LOCAL.members["networking"].owner == LOCAL
    assert LOCAL.members["name"].owner.name == "SharedArgs"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("name", "string"),
        ("workers", "integer"),
        ("coredns", "boolean"),
        ("machine_command", "list of string"),
        ("controller_labels", "map of string"),
        ("networking", "<Networking>"),
        ("machine_snippets", "map of list of <SnippetArgs>"),
    ],
)
def test_types_in_words(name, words):
    assert type_of(LOCAL.members[name], lambda found: f"<{found.name}>") == words


def test_what_may_come_from_another_resource_says_so():
    authority = module("tradewind.args").get("CertificateAuthorityArgs")
    assert type_of(authority.members["cert_pem"], str) == "string, may be an output"


def test_types_below_arguments_have_the_paths_of_their_fields():
    found = [(each.name, path) for each, path in nested(LOCAL)]
    assert ("WorkerPoolArgs", "worker_pools[]") in found
    assert ("TaintArgs", "worker_pools[].taints[]") in found
    assert ("SnippetArgs", "machine_snippets[name][]") in found
    assert ("CertificateAuthorityArgs", "certificates.etcd_ca") in found


@pytest.mark.parametrize("page", PAGES)
def test_every_default_is_in_its_column(page):
    rows = [line.split(" | ") for line in PAGES[page].splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert [row for row in rows if DEFAULT.search(" ".join(row))] == []
    assert all(len(row) <= 4 for row in rows)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_heading(page):
    links = re.findall(r"\]\(([a-z-]*(?:\.md)?)#([a-z]+)\)", PAGES[page])
    assert links
    for target, anchor in links:
        text = PAGES[f"docs/platforms/{target}" if target else page]
        assert f"### `{anchor}`" in text.lower(), f"{target}#{anchor}"
