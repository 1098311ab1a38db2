"""The local cluster imported into a larger program: parent, providers, aliases, transforms and options, as the engine
takes them.
"""

import pytest

from tests.engine.stacks.program import PLUGINS
from tests.support.pulumi_stack import Stack, StackRunner
from tools.paths import CHECKOUT

PROGRAM = f"""
import sys

sys.path[:0] = [{str(CHECKOUT / "components")!r}]
import pulumi
import pulumi_command as command
import pulumi_kubernetes as kubernetes
import pulumi_random as random
import pulumi_tls as tls
from pulumi import Alias, ResourceOptions, ResourceTransformArgs, ResourceTransformResult
from tradewind.platforms.local.cluster import Cluster

ARGS = {{{{"name": "test", "workers": 1}}}}
OTHER = {{{{"name": "other", "host_cidr": "10.79.0.0/24", "pod_cidr": "10.24.0.0/14"}}}}
platform = None


class Platform(pulumi.ComponentResource):
    def __init__(self, name, opts=None, **options):
        super().__init__("my:index:Platform", name, None, opts)
        inside = ResourceOptions.merge(ResourceOptions(parent=self), ResourceOptions(**options))
        self.cluster = Cluster("test", ARGS, inside)


{{body}}
"""
ALONE = 'Cluster("test", ARGS)'
PROVIDED = """
own = {
    "kubernetes": kubernetes.Provider("elsewhere", kubeconfig="{}"),
    "tls": tls.Provider("my-tls"),
    "random": random.Provider("my-random"),
    "command": command.Provider("my-command"),
}
Platform("platform", ResourceOptions(providers=own))
"""
OPTIONS = """
before = random.RandomPet("before")
Platform("platform", protect=True, retain_on_delete=True, depends_on=[before])
"""
TRANSFORMED = """
def transform(args):
    if args.type_ == "random:index/randomPassword:RandomPassword":
        return ResourceTransformResult({**args.props, "keepers": {"owner": "me"}}, args.opts)
    return ResourceTransformResult(args.props, ResourceOptions.merge(args.opts, ResourceOptions(protect=True)))


Platform("platform", transforms=[transform])
"""
TWO = ALONE + '\nCluster("other", OTHER)'
SAME = ALONE + '\nCluster("test", ARGS)'


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), PLUGINS).stack("larger", PROGRAM.format(body=ALONE))


def planned(stack, body):
    stack.write(PROGRAM.format(body=body))
    return [step for step in stack.preview() if "pulumi:providers:" not in step.urn or "::default" not in step.urn]


def kind(step):
    """The resource's type without those of its parents."""
    return step.urn.split("::")[2].rpartition("$")[2]


def custom(steps, package):
    return [step for step in steps if kind(step).startswith(f"{package}:")]


def provider(step):
    return step.new["provider"].split("::")[3]


def test_it_takes_the_providers_of_its_parent_but_for_objects_in_its_own_cluster(stack):
    steps = planned(stack, PROVIDED)
    for package in ("tls", "random", "command"):
        assert {provider(step) for step in custom(steps, package)} == {f"my-{package}"}
    inside = custom(steps, "kubernetes")
    assert len(inside) > 20
    assert {provider(step) for step in inside} == {"test-kubernetes"}


def test_protection_retention_and_dependencies_reach_everything_inside(stack):
    steps = planned(stack, OPTIONS)
    inside = [step for step in steps if step.name not in ("platform", "before")]
    assert len(inside) > 60
    assert {step.name for step in inside if not step.new.get("protect")} == set()
    assert {step.name for step in inside if step.new.get("custom") and not step.new.get("retainOnDelete")} == set()
    (before,) = [step.urn for step in steps if step.name == "before"]
    # Keys need not wait; machines do, and what is done with them. Objects wait for their provider.
    waiting = {step.name for step in inside if before in step.new.get("dependencies", [])}
    assert waiting >= {
        "test-controller-0",
        "test-worker-0",
        "test-controller-0-files",
        "test-bootstrap",
        "test-kubernetes",
    }


def test_transforms_reach_everything_inside(stack):
    steps = planned(stack, TRANSFORMED)
    inside = [step for step in steps if step.name != "platform"]
    assert len(inside) > 60
    assert {step.name for step in inside if not step.new.get("protect")} == set()
    passwords = [step for step in inside if kind(step).endswith(":RandomPassword")]
    assert [step.new["inputs"]["keepers"] for step in passwords] == [{"owner": "me"}] * 2


def test_a_second_cluster_has_names_of_its_own(stack):
    steps = planned(stack, TWO)
    names = [step.urn for step in steps]
    assert len(set(names)) == len(names)
    second = [step for step in steps if step.name.startswith("other")]
    first = [step for step in steps if step.name.startswith("test")]
    assert len(first) + len(second) == len(steps)
    assert len(second) == len(first)


def test_the_same_name_twice_is_refused(stack):
    stack.write(PROGRAM.format(body=SAME))
    message = stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert "Duplicate resource URN" in message
    assert "Cluster::test'; try giving it a unique name" in message
    assert not {"test-controller-0", "test-worker-0"} & stack.resources().keys()
