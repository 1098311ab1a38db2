"""What people read and copy: the stored stacks, and every program and stack of the tutorials, up to their preview."""

import re
from pathlib import Path

import pytest
import yaml

from tests.clouds.platforms import OTHERS, SYSTEMS
from tests.clouds.stack import cloud_stack, program_stack
from tests.support.documentation import examples
from tests.support.pulumi_stack import StackRunner, Step
from tools.paths import CHECKOUT

PLATFORMS = [name.replace("_", "-") for name in OTHERS]
STORED = [f"{platform}-{system}" for platform in PLATFORMS for system in SYSTEMS]
TUTORIALS = [page for page in sorted((CHECKOUT / "docs/platforms").glob("*.md")) if "-reference" not in page.stem]
PATH = f"import sys\nsys.path.insert(0, {str(CHECKOUT / 'components')!r})\n"


def blocks(language: str) -> list[object]:
    """The blocks of a language of all tutorials."""
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in TUTORIALS
        for number, block in enumerate(examples(f"platforms/{page.name}", language))
    ]


def previewed(clouds: StackRunner, folder: Path, text: str) -> list[Step]:
    """What a preview of a stack's settings does."""
    config = yaml.safe_load(text)["config"]
    platform, cluster = config.pop("tradewind:platform"), config.pop("tradewind:cluster")
    stack = cloud_stack(clouds, folder, platform, cluster)
    stack.configure(cluster, **config)
    return stack.preview()


def plans_clusters(steps: list[Step]) -> bool:
    """Whether all is created, and a cluster or a pool is among it."""
    components = [step for step in steps if re.search(r"[:$]tradewind:\w+:(Cluster|WorkerPool)::", step.urn)]
    return {step.op for step in steps} <= {"create", "read"} and bool(components)


@pytest.mark.parametrize("name", STORED)
def test_a_stored_stack_plans_its_cluster(clouds: StackRunner, tmp_path: Path, name: str) -> None:
    assert plans_clusters(previewed(clouds, tmp_path, (CHECKOUT / "stacks" / f"Pulumi.{name}.yaml").read_text()))


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_stack_of_a_tutorial_plans_its_cluster(clouds: StackRunner, tmp_path: Path, text: str) -> None:
    assert plans_clusters(previewed(clouds, tmp_path, text))


@pytest.mark.parametrize("program", blocks("python"))
def test_a_program_of_a_tutorial_plans_its_cluster(clouds: StackRunner, tmp_path: Path, program: str) -> None:
    assert plans_clusters(program_stack(clouds, tmp_path, PATH + program).preview())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_has_a_tutorial_with_a_stack_a_program_and_commands(platform: str) -> None:
    assert all(examples(f"platforms/{platform}.md", language) for language in ("yaml", "python", "sh"))
