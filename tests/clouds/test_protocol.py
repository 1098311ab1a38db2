"""Every platform answers the same questions, in files of the same names, with the same shared arguments."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import tradewind
from tests.clouds.platforms import OTHERS, arguments, example, fields, made, module
from tools.paths import CHECKOUT
from tools.venv import clouds_folder, site_packages
from tradewind.args.platform import CloudArgs, PlatformArgs
from tradewind.errors import SpecError
from tradewind.lazy import EXTRAS
from tradewind.platforms.base import Hosts, Platform
from tradewind.platforms.cloud import CloudPlatform
from tradewind.platforms.component import ClusterComponent

EVERY = [*OTHERS, "local"]
CLOUDS = [name for name in OTHERS if name != "bare_metal"]
QUESTIONS = [name for name in (*vars(Hosts), *vars(Platform)) if not name.startswith("_")]
FILES_OF_CLOUDS = {
    *("__init__", "args", "spec", "network", "firewall", "images", "load_balancer", "dns", "controllers", "workers"),
    *("cluster", "worker_pool"),
}

every = pytest.mark.parametrize("platform", EVERY)
others = pytest.mark.parametrize("platform", OTHERS)
clouds = pytest.mark.parametrize("platform", CLOUDS)


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters) if callable(function) else []


@every
def test_a_platform_answers_every_question_of_the_protocol(platform: str) -> None:
    answers = made(platform)
    asked = {name: parameters(getattr(Platform, name)) for name in QUESTIONS}
    assert {name: parameters(getattr(answers, name)) for name in QUESTIONS} == asked
    assert len(asked) == 8


@every
def test_its_answers_are_in_the_order_of_the_protocol(platform: str) -> None:
    own = [name for name, answer in vars(made(platform)).items() if name in QUESTIONS and callable(answer)]
    assert own == [name for name in QUESTIONS if name in own]


@clouds
def test_clouds_share_one_base(platform: str) -> None:
    assert issubclass(made(platform), CloudPlatform)


@clouds
def test_a_cloud_has_the_files_that_every_cloud_has(platform: str) -> None:
    names = {file.stem for file in (CHECKOUT / "components/tradewind/platforms" / platform).glob("*.py")}
    assert FILES_OF_CLOUDS - names == set()


@every
def test_a_cluster_is_a_component_of_its_platform_with_the_shared_outputs(platform: str) -> None:
    cluster = getattr(tradewind, platform).Cluster
    assert cluster.__name__ == "Cluster"
    assert issubclass(cluster, ClusterComponent)


@others
def test_a_platform_has_every_argument_that_platforms_share(platform: str) -> None:
    taken = fields(arguments(getattr(tradewind, platform).Cluster))
    shared = fields(CloudArgs if platform in CLOUDS else PlatformArgs)
    assert set(shared) - set(taken) == set()


@others
def test_a_pool_beside_a_cluster_takes_the_clusters_arguments_and_one_output(platform: str) -> None:
    package = getattr(tradewind, platform)
    taken = fields(arguments(package.WorkerPool))
    assert set(taken) == {"cluster", "pool", "worker_access"}
    assert taken["cluster"] is arguments(package.Cluster)
    assert "worker_access" in package.Cluster.__annotations__


@others
def test_public_names_are_those_of_the_same_form(platform: str) -> None:
    package = getattr(tradewind, platform)
    prefix = arguments(package.Cluster).__name__.removesuffix("ClusterArgs")
    assert set(package.__all__) >= {"Cluster", "WorkerPool", f"{prefix}ClusterArgs", f"{prefix}WorkerPoolArgs"}


LOADED = f"""
import sys
sys.path[:0] = [{str(CHECKOUT / "components")!r}]
sys.path.append({str(site_packages(clouds_folder()))!r})
import tradewind
PLATFORM
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & {set(EXTRAS) | {"pulumi"}!r}))
"""


def loaded(platform: str = "") -> list[str]:
    """Packages of Pulumi and of clouds that a program has loaded which uses a platform, or none."""
    program = LOADED.replace("PLATFORM", f"tradewind.{platform}.Cluster" if platform else "")
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return shown.stdout.split()


def test_the_package_alone_loads_no_package_of_a_cloud_and_no_pulumi() -> None:
    assert loaded() == []


@every
def test_a_platform_loads_its_own_package_and_no_other(platform: str) -> None:
    own = [package for package, extra in EXTRAS.items() if extra.replace("-", "_") == platform]
    assert loaded(platform) == ["pulumi", *own]


def test_every_platform_is_a_folder_with_a_stack_program() -> None:
    folders = {file.parent.name for file in (CHECKOUT / "components/tradewind/platforms").glob("*/cluster.py")}
    assert folders == set(EVERY)
    assert {Path(f"{name}.py") for name in EVERY} <= {
        file.relative_to(CHECKOUT / "stacks") for file in (CHECKOUT / "stacks").glob("*.py")
    }


@clouds
def test_a_pool_beside_a_cluster_replaces_no_file_that_it_does_not_list(platform: str) -> None:
    snippet = {"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/containerd/config.toml"}]}}
    args = {
        "cluster": example(platform, "flatcar"),
        "pool": {"name": "extra", "snippets": [{"config": json.dumps(snippet)}]},
        "worker_access": {},
    }
    with pytest.raises(SpecError) as caught:
        module(platform, "worker_pool").WorkerPool("extra", args)
    assert [problem.path for problem in caught.value.problems] == ["pool.snippets[0].config.storage.files[0].path"]
