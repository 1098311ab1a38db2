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
from tools.toolchain.pins import MODULES, TOOLS, recipe_digest, toolchain_key
from tools.toolchain.recipes import Download, GoBuild, Tool

NAMES = [tool.name for tool in TOOLS]
BUILDS = [build for tool in TOOLS for build in tool.builds if isinstance(build, GoBuild)]


def test_every_program_has_one_tool() -> None:
    programs = [program.name for tool in TOOLS for program in tool.programs]
    assert len(programs) == len(set(programs))


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_each_source_gives_exactly_the_programs(tool: Tool) -> None:
    programs = sorted(program.name for program in tool.programs)
    if tool.downloads:
        assert sorted(program for download in tool.downloads for program, _ in download.members) == programs
    built = [program for build in tool.builds if isinstance(build, GoBuild) for program, _ in build.packages]
    built += [program for build in tool.builds if isinstance(build, GoBuild) for program, *_ in build.scripts]
    assert tool.builds
    assert sorted(built) == programs or tool.name == "pause"


@pytest.mark.parametrize("download", [each for tool in TOOLS for each in tool.downloads], ids=lambda each: each.url)
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
    assert len({recipe_digest(tool) for tool in TOOLS}) == len(TOOLS)


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
