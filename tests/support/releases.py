"""The Kubernetes versions under test: the newest release of every supported minor, which the toolchain pins."""

from pathlib import Path

from tools.paths import kubernetes_bin_dir
from tradewind.versions import Release, newest_of_each_minor

TESTED: dict[str, Release] = newest_of_each_minor()
"""By minor, such as `v1.36`."""


def programs(release: Release) -> Path:
    """The folder with the programs of a release."""
    folder = kubernetes_bin_dir(release.kubernetes.removeprefix("v"))
    assert folder.is_dir(), f"{folder} is missing: run `python3 -m tools.setup --dev`"
    return folder
