"""The real table: what it says must fit the pinned modules and the other pins of the project."""

import re
import subprocess
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tools import paths
from tools.plugins.versions import VERSIONS
from tools.toolchain.checksums import SHA256
from tools.toolchain.installed import check_version
from tools.toolchain.pins import (
    KUBERNETES_VERSION,
    MODULES,
    OTHER_KUBERNETES,
    RELABELLING_IGNITION,
    TOOLS,
    architecture,
    kubelet_programs,
    recipe_digest,
    toolchain_key,
)
from tools.toolchain.recipes import Download, GoBuild, Tool
from tradewind.versions import DEFAULT_VERSION, newest_of_each_minor

NAMES = [tool.name for tool in TOOLS]
OTHERS = [f"{tool.name}-{tool.version}" for tool in OTHER_KUBERNETES]
KUBERNETES = [*(tool for tool in TOOLS if tool.name == "kubernetes"), *OTHER_KUBERNETES]
BUILDS = [
    build
    for tool in (*TOOLS, *OTHER_KUBERNETES, RELABELLING_IGNITION)
    for build in tool.builds
    if isinstance(build, GoBuild)
]


def test_every_program_has_one_tool() -> None:
    programs = [program.name for tool in TOOLS for program in tool.programs]
    assert len(programs) == len(set(programs))


@pytest.mark.parametrize("tool", (*TOOLS, *OTHER_KUBERNETES), ids=(*NAMES, *OTHERS))
def test_each_source_gives_exactly_the_programs(tool: Tool) -> None:
    programs = sorted(program.name for program in tool.programs)
    if tool.downloads:
        assert sorted(program for download in tool.downloads for program, _ in download.members) == programs
    built = [program for build in tool.builds if isinstance(build, GoBuild) for program, _ in build.packages]
    built += [program for build in tool.builds if isinstance(build, GoBuild) for program, *_ in build.scripts]
    assert tool.builds
    assert sorted(built) == programs or tool.name == "pause"


@pytest.mark.parametrize(
    "download", [each for tool in (*TOOLS, *OTHER_KUBERNETES) for each in tool.downloads], ids=lambda each: each.url
)
def test_downloads_are_https_and_their_places_are_filled_in(download: Download) -> None:
    for _, arch in download.arches:
        for url in (download.url.format(arch=arch), download.checksums.format(arch=arch)):
            assert urlsplit(url).scheme == "https"
            assert not set("{}") & set(url)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.module)
def test_packages_belong_to_modules_that_go_sum_pins(build: GoBuild) -> None:
    pinned = (MODULES / build.module / "go.sum").read_text()
    own = re.search(r"^module (\S+)$", (MODULES / build.module / "go.mod").read_text(), re.MULTILINE)
    assert own is not None
    modules = {line.split()[0] for line in pinned.splitlines() if not line.split()[1].endswith("/go.mod")} | {own[1]}
    for _, package in build.packages:
        assert any(package == module or package.startswith(f"{module}/") for module in modules), package


def test_the_engine_asks_for_the_plugins_that_the_python_packages_have() -> None:
    lines = (paths.CHECKOUT / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^pulumi-([a-z]+)==(\S+)$", lines, re.MULTILINE))
    assert pinned == VERSIONS


def test_the_tool_folder_depends_on_every_recipe() -> None:
    assert toolchain_key(TOOLS[1:]) != toolchain_key()
    every = (*TOOLS, *OTHER_KUBERNETES, RELABELLING_IGNITION)
    assert len({recipe_digest(tool) for tool in every}) == len(every)


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_the_tools_that_setup_brought_say_their_version(tool: Tool) -> None:
    for program in tool.programs:
        check_version(tool, program, paths.bin_dir() / program.name)


def test_runc_has_seccomp() -> None:
    said = subprocess.run([paths.bin_dir() / "runc", "--version"], capture_output=True, text=True, check=True).stdout
    assert "libseccomp" in said


def test_the_csr_approver_decides_as_its_rules_say() -> None:
    folder = MODULES / "kubelet-csr-approver"
    done = subprocess.run(
        ["go", "test", "-mod=readonly", "./..."], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_known_checksum_belongs_to_a_download() -> None:
    offered = {
        (download.url.format(arch=name), digest)
        for tool in TOOLS
        for download in tool.downloads
        for arch, digest in download.sha256
        for go_name, name in download.arches
        if go_name == arch
    }
    assert offered == set(SHA256.items())
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in SHA256.values())


def test_a_checksum_does_not_change_what_a_tool_is() -> None:
    tool = next(tool for tool in TOOLS if tool.name == "etcd")
    other = replace(tool, downloads=tuple(replace(download, sha256=()) for download in tool.downloads))
    assert recipe_digest(other) == recipe_digest(tool)


def test_the_programs_of_every_supported_minor_are_pinned_in_its_newest_release() -> None:
    pinned = [f"v{version}" for version in (KUBERNETES_VERSION, *(tool.version for tool in OTHER_KUBERNETES))]
    newest = {release.kubernetes for release in newest_of_each_minor().values()}
    assert set(pinned) == newest
    assert len(pinned) == len(newest)
    assert f"v{KUBERNETES_VERSION}" == DEFAULT_VERSION


@pytest.mark.parametrize("tool", OTHER_KUBERNETES, ids=lambda tool: tool.version)
def test_another_kubernetes_has_a_folder_of_its_own_and_says_its_version(tool: Tool) -> None:
    folder = paths.kubernetes_bin_dir(tool.version)
    assert folder != paths.bin_dir()
    for program in tool.programs:
        check_version(tool, program, folder / program.name)


def test_the_default_kubernetes_is_in_the_folder_of_all_tools() -> None:
    assert paths.kubernetes_bin_dir(KUBERNETES_VERSION) == paths.bin_dir()
    with pytest.raises(KeyError):
        paths.kubernetes_bin_dir("1.0.0")


@pytest.mark.parametrize("tool", KUBERNETES, ids=lambda tool: tool.version)
def test_every_module_of_kubernetes_is_of_the_tools_version(tool: Tool) -> None:
    """The staging modules are replaced one by one, and one of another version would build all the same."""
    (build,) = tool.builds
    text = (MODULES / build.module / "go.mod").read_text()
    staged = re.findall(r"=> k8s\.io/\S+ v0\.(\S+)$", text, re.MULTILINE)
    assert len(staged) > 20
    assert {f"1.{version}" for version in staged} == {tool.version}
    assert f"k8s.io/kubernetes v{tool.version} // indirect" in text


def test_the_kubelet_of_this_machine_s_architecture_is_the_pinned_tool() -> None:
    assert [kubelet_programs(tool.version, architecture()) for tool in KUBERNETES] == KUBERNETES


def test_the_kubelet_of_another_architecture_is_a_tool_of_its_own() -> None:
    other = {"amd64": "arm64", "arm64": "amd64"}[architecture()]
    tools = [kubelet_programs(tool.version, other) for tool in KUBERNETES]
    assert all(tool.builds for tool in tools)
    assert len({recipe_digest(tool) for tool in (*tools, *KUBERNETES)}) == 2 * len(KUBERNETES)
    # None that is installed here is asked, or taken.
    assert {program.probe for tool in tools for program in tool.programs} == {None}


def test_a_release_that_is_not_pinned_can_be_downloaded() -> None:
    tool = kubelet_programs("1.36.99", "amd64")
    assert (len(tool.downloads), tool.builds) == (2, ())
