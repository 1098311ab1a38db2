"""The life of a platform's cluster, with plugins that record: what each change of its arguments does, and what not.

A platform's module derives a class from `CloudLifecycle` or `Lifecycle`, named `Test...`, for each example:

    class TestFlatcar(CloudLifecycle):
        platform = "aws"
        example = "aws-flatcar"
        cluster = {"name": "example", ...}
        larger = {"worker_machine": {"instance_type": "m7i.large"}}
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from tests.clouds.stack import CloudStack
from tests.support.golden import assert_golden
from tests.support.pulumi_stack import Step
from tradewind.versions import RELEASES

_DEFAULT_PROVIDER = re.compile(r"pulumi:providers:[^:]+::default")


class Lifecycle:
    """Tests of one example; its stack is up before the first and destroyed after the last (fixture `lifecycle`)."""

    platform: ClassVar[str]
    """`tradewind:platform`."""
    example: ClassVar[str]
    """Name of its golden list of URNs."""
    cluster: ClassVar[Mapping[str, Any]]
    """`tradewind:cluster`: one controller and two workers."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """Further settings of the stack by their full keys, such as the provider's region."""

    @pytest.fixture(autouse=True)
    def _as_it_was(self, lifecycle: CloudStack) -> Iterator[None]:
        yield
        lifecycle.configure(self.cluster, **self.settings)

    def changes(self, stack: CloudStack, **fields: Any) -> dict[str, Step]:
        """What a preview does with changed fields of `cluster`, by the resource's name."""
        stack.configure({**self.cluster, **fields}, **self.settings)
        return {step.name: step for step in stack.changes()}

    def test_every_resource_is_one_of_the_list(self, lifecycle: CloudStack) -> None:
        assert_golden(f"cloud-urns/{self.example}.txt", urns(lifecycle.recorded()))

    def test_unchanged_arguments_change_nothing(self, lifecycle: CloudStack) -> None:
        assert self.changes(lifecycle) == {}

    def test_a_new_image_of_the_operating_system_changes_nothing(
        self, lifecycle: CloudStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(lifecycle.environment, "TRADEWIND_IMAGE_RELEASE", "2")
        assert self.changes(lifecycle) == {}

    def test_more_workers_leave_every_machine_alone(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, **self.workers(3))
        assert steps
        assert {step.op for step in steps.values()} <= {"create", "update"}
        assert controllers(steps) == []

    def test_fewer_workers_remove_no_other(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, **self.workers(1))
        assert steps
        assert {step.op for step in steps.values()} <= {"delete", "update"}
        assert controllers(steps) == []

    def test_another_kubernetes_version_is_delivered_and_replaces_no_controller(self, lifecycle: CloudStack) -> None:
        newest = max(RELEASES, key=_numbers)
        steps = self.changes(lifecycle, kubernetes_version=newest)
        deliveries = [name for name in controllers(steps) if name.endswith("-files")]
        assert len(deliveries) == self.cluster.get("controllers", 1)
        for name in controllers(steps):
            assert steps[name].op == "update", name
        for name in deliveries:
            shown = [path for path in steps[name].diffs if "kube_apiserver_yaml" in path]
            assert shown == ["environment.TRADEWIND_etc_kubernetes_manifests_kube_apiserver_yaml"]
            manifest = steps[name].new["inputs"]["environment"][shown[0].removeprefix("environment.")]
            assert f"kube-apiserver:{newest}" in manifest

    def test_another_number_of_controllers_is_refused_before_anything_is_changed(self, lifecycle: CloudStack) -> None:
        before = lifecycle.recorded(show_secrets=True)
        lifecycle.configure({**self.cluster, **self.other_controllers()}, **self.settings)
        for command in (["preview"], ["up", "--yes", "--skip-preview"]):
            message = lifecycle.fails(*command, "--stack", "test")
            assert re.search(r"controllers: \d \(.*\) must stay \d \(.*\), as etcd's members can't be changed", message)
        assert lifecycle.recorded(show_secrets=True) == before

    def test_no_private_key_is_in_the_state_in_plain_text(self, lifecycle: CloudStack) -> None:
        assert "PRIVATE KEY" not in lifecycle.state_text()

    def workers(self, count: int) -> dict[str, Any]:
        """The fields of `cluster` for so many workers."""
        return {"workers": count}

    def other_controllers(self) -> dict[str, Any]:
        """The fields of `cluster` for another number of controllers."""
        return {"controllers": 3 if self.cluster.get("controllers", 1) == 1 else 1}


class CloudLifecycle(Lifecycle):
    """A cloud's: machines have types."""

    larger: ClassVar[Mapping[str, Any]]
    """Changed fields of `cluster` that give workers another type of machine."""

    def test_another_type_of_workers_leaves_controllers_alone(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, **self.larger)
        assert steps
        assert controllers(steps) == []


def urns(recorded: Mapping[str, Any]) -> str:
    """The URNs as golden lists have them: of any stack, without what the engine makes by itself."""
    own = [urn for urn in recorded if "pulumi:pulumi:Stack::" not in urn and not _DEFAULT_PROVIDER.search(urn)]
    return "".join(sorted(f"{re.sub('^urn:pulumi:[^:]+::[^:]+', 'urn:pulumi:stack::project', urn)}\n" for urn in own))


def controllers(steps: Mapping[str, Step]) -> list[str]:
    """The resources that are about a controller."""
    return [name for name in steps if "-controller-" in name]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.removeprefix("v").split(".")]
