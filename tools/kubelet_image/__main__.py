"""`make kubelet-image`: `python3 -m tools.kubelet_image VERSION [--tag TAG] [--publish]`.

Reads: the release, the checkout's commit, SOURCE_DATE_EPOCH, logins of registries.
Makes: an OCI image layout in dist/kubelet-image/TAG; with --publish the image in its registries.
"""

import argparse
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tools import paths
from tools.crane import LIMIT_SECONDS
from tools.kubelet_image import image
from tools.kubelet_image.publish import KubeletRegistry, Plan, publish
from tools.machines import rootfs
from tools.setup import guarded
from tools.toolchain.errors import ToolchainError
from tools.toolchain.install import Installer
from tools.toolchain.packages import FOR_MACHINES, ensure
from tools.toolchain.pins import TOOLS
from tools.toolchain.progress import Progress

_OPTIONS = {KubeletRegistry.QUAY: "quay", KubeletRegistry.DOCKER_HUB: "docker-hub"}
_LABEL = "org.opencontainers.image"


def make(chosen: argparse.Namespace) -> None:
    """Build, and publish if that is wanted."""
    if not re.fullmatch(r"v\d+\.\d+\.\d+", chosen.version):
        raise ToolchainError(f"VERSION must be a release such as v1.36.2, not `{chosen.version}`")
    if os.geteuid() != 0:
        raise ToolchainError("the image is built as root: Debian's own tools unpack its packages in a root file system")
    plan = Plan.of(chosen.tag or chosen.version, chosen.version)
    repositories = _repositories(chosen, plan)
    with Progress() as progress:
        ensure(FOR_MACHINES, "the root file system that packages are unpacked in", progress)
        Installer(TOOLS, progress).install(list(TOOLS))
        rootfs.setup()
        programs = image.obtain(chosen.version, plan.architectures, progress)
        output = (chosen.output or paths.CHECKOUT / "dist/kubelet-image" / plan.tag).absolute()
        layout = image.build(programs, output, _labels(plan.tag, chosen.source))
    print(f"{layout.folder} {layout.digest}")
    for architecture, digest in layout.parts.items():
        print(f"  {architecture} {digest}")
    if chosen.publish:
        publish(layout, plan.tags(layout), repositories, replace=chosen.replace, limit=chosen.limit)
    else:
        names = ", ".join(f"{repository}:{tag}" for repository in repositories for tag in plan.tags(layout))
        print(f"Not published. PUBLISH=yes would set {names}")


def _repositories(chosen: argparse.Namespace, plan: Plan) -> list[str]:
    wanted = [registry for registry in plan.registries if chosen.only in {None, _OPTIONS[registry]}]
    if not wanted:
        raise ToolchainError(f"only {', '.join(each.value for each in plan.registries)} publishes tags like {plan.tag}")
    return [getattr(chosen, _OPTIONS[registry].replace("-", "_")) or registry.value for registry in wanted]


def _labels(tag: str, source: str | None) -> dict[str, str]:
    """https://github.com/opencontainers/image-spec/blob/main/annotations.md"""  # noqa: D415
    revision = _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct") or 0)
    created = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {"created": created, "revision": revision, "source": source, "version": tag}
    return {f"{_LABEL}.{name}": value for name, value in found.items() if value}


def _git(*arguments: str) -> str:
    """What git says of the checkout; nothing where there is no git or no commit."""
    try:
        command = ["git", "-C", str(paths.CHECKOUT), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def main(arguments: list[str]) -> int:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.kubelet_image", description=__doc__)
    parser.add_argument("version", metavar="VERSION", help="a release of Kubernetes, such as v1.36.2")
    parser.add_argument("--tag", help="VERSION when left out; its style decides on registries and architectures")
    parser.add_argument("--publish", action="store_true", help="upload the image and set its tags")
    for registry, name in _OPTIONS.items():
        parser.add_argument(f"--{name}", metavar="REPOSITORY", help=f"in the place of {registry.value}")
    parser.add_argument("--only", choices=_OPTIONS.values(), help="leave the other registry alone")
    parser.add_argument("--replace", action="store_true", help="let tags stand for another image than so far")
    parser.add_argument("--source", metavar="URL", help="where the source is, for the image's labels")
    parser.add_argument("--output", metavar="FOLDER", type=Path, help="dist/kubelet-image/TAG when left out")
    parser.add_argument("--limit", metavar="SECONDS", type=float, default=LIMIT_SECONDS, help="of one upload")
    return guarded(make, parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
