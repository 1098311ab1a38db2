"""What Matchbox has for each machine is as stored, and the tutorial lists what Matchbox has to serve."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.platforms.bare_metal_arguments import ARGS, FLATCAR, machine
from tests.unit.platforms.bare_metal_profiles import RENDERED, made_of
from tools.paths import CHECKOUT


@pytest.mark.parametrize("case", sorted(RENDERED))
def test_rendered_profile(case: str) -> None:
    assert_golden(case, RENDERED[case])


def test_no_stale_file() -> None:
    assert_no_stale("bare-metal", RENDERED)


@pytest.mark.parametrize("args", [ARGS, FLATCAR], ids=["fedora-coreos", "flatcar"])
@pytest.mark.parametrize(("architecture", "name"), [("amd64", "x86_64"), ("arm64", "aarch64")])
def test_the_tutorial_lists_every_file_of_matchboxs_assets(args: dict[str, Any], architecture: str, name: str) -> None:
    tutorial = (CHECKOUT / "docs/platforms/bare-metal.md").read_text()
    workers = [machine("hand", 32, architecture=architecture)]
    made = made_of({**args, "cached_install": True, "workers": workers}, "")
    (boot,) = (profile.netboot for key, profile in made.items() if "/hand" in key and profile.netboot)
    words = " ".join((boot.kernel, boot.initrd, *boot.args)).replace("=", " ").split()
    files = [urlsplit(word).path.removeprefix("/") for word in words if "/assets/" in word]
    assert len(files) == (3 if args is ARGS else 2)
    for file in files:
        folder, _, last = file.replace(args["os_version"], "<version>").rpartition("/")
        assert f"`{folder}/`" in tutorial
        assert f"`{last.replace(name, '<arch>')}`" in tutorial


def test_the_tutorial_names_the_image_that_flatcars_installer_reads() -> None:
    """The installer makes these names itself: https://github.com/flatcar/init/blob/flatcar-master/bin/flatcar-install."""
    tutorial = (CHECKOUT / "docs/platforms/bare-metal.md").read_text()
    for name in ("flatcar_production_image.bin.bz2", "flatcar_production_image.bin.bz2.sig"):
        assert f"`{name}`" in tutorial
    assert "`flatcar_production_<oem_type>_image.bin.bz2`" in tutorial
